import { InvalidArgumentError } from 'commander'
import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import { resolveLanguage } from '../data/languages.ts'
import { openRuntime } from '../models/llama.ts'
import { defaultStudent } from '../models/sources.ts'
import { appraise } from '../trainer/appraise.ts'
import { spentSince, withBudget } from '../trainer/budget.ts'
import { makeData, type Run, type RunWish, runIdOf, withRun } from '../trainer/distill.ts'
import { installPython } from '../trainer/engines/trl/environment.ts'
import { finish } from '../trainer/finish.ts'
import { proveStudent } from '../trainer/prove.ts'
import { type Scale, scales } from '../trainer/recipe.ts'
import { recipeOf, settingsOf } from '../trainer/recipes.ts'
import { summaryText } from '../trainer/report.ts'
import { convertStudent, registerStudent, trainStudent } from '../trainer/student.ts'
import type { Teacher } from '../trainer/teacher.ts'
import { openaiTeacher } from '../trainer/teachers/openai.ts'
import { checkPair, openTranslator } from '../trainer/translators.ts'
import type { Register } from './command.ts'

const register: Register = (program, action) => {
  program
    .command('distill <language>')
    .description('teach a small model a language: data, training, quantisation, evaluation, report')
    .option('--recipe <name>', 'the published method', 'sdrrl')
    .option('--scale <scale>', `size of the run: ${scales.join(', ')}`, parseScale, 'demo')
    .option('--student <address>', 'model to teach: a name, hf:owner/repo, or a GGUF file', defaultStudent.name)
    .option('--teacher <url>', 'an OpenAI-compatible endpoint that answers (default: the student itself)')
    .option('--teacher-model <model>', 'which of its models; the key is taken from OPENAI_API_KEY')
    .option('--translator <which>', 'apertium, teacher, or the address of an APy server', 'apertium')
    .option('--price <prompt,completion>', "the teacher's price per million tokens", parsePrice)
    .option('--budget <amount>', 'stop before the teacher has cost more than this', parseAmount)
    .option('--set <name=value>', 'override one setting of the recipe; may be repeated', collect, [])
    .option('--limit <rows>', 'rows of each benchmark of the report card at most', parseCount)
    .option('--run <name>', 'name of the run (default: made of the settings)')
    .action(
      action(async (context, query: string, options: DistillOptions) => {
        const language = resolveLanguage(query)
        const rich = resolveLanguage('eng')
        const recipe = recipeOf(options.recipe)
        const wish = wishOf(language, options)
        const teacher = teacherOf(options)
        const translator = await openTranslator(options.translator, teacher)
        checkPair(translator, rich, language)
        await installPython(context.home, context)
        await context.withStore(async (store) => {
          const runtime = await openRuntime()
          const id = options.run ?? runIdOf(wish)
          const deps = {
            ...context,
            store,
            runtime,
            recipe,
            rich,
            openTranslator: async () => translator,
            ...(teacher && { openTeacher: () => budgeted(teacher, options.budget, store, id) }),
          }
          try {
            const written = await withRun(wish, id, deps, (run) => distill(run, context.say))
            context.print(written.report, summaryText(written))
          } finally {
            await runtime.dispose()
          }
        })
      }),
    )
}

export default register

/** Every stage in its order; each is done once and remembered. */
async function distill(run: Run, say: (sentence: string) => void) {
  say(`Run ${run.id}: ${run.wish.language.name} by ${run.deps.recipe.paper}.`)
  const data = await makeData(run)
  const training = await trainStudent(run, data)
  const files = await convertStudent(run, training)
  const proof = await proveStudent(run, files)
  const models = await registerStudent(run, files)
  const evaluation = await appraise(run, models)
  return finish(run, { data, training, models, proof, evaluation })
}

export type DistillOptions = {
  recipe: string
  scale: Scale
  student: string
  teacher?: string
  teacherModel?: string
  translator: string
  price?: { prompt: number; completion: number }
  budget?: number
  set: string[]
  limit?: number
  run?: string
}

/** The wish that the options of `distill` (and of `plan`) come to. */
export function wishOf(language: RunWish['language'], options: DistillOptions): RunWish {
  const recipe = recipeOf(options.recipe)
  return {
    language,
    recipe: recipe.name,
    scale: options.scale,
    options: settingsOf(recipe, options.scale, options.set),
    student: options.student,
    teacher: options.teacher ? `${options.teacher}:${options.teacherModel}` : 'self',
    translator: options.translator,
    ...(options.limit !== undefined && { limit: options.limit }),
  }
}

/** The teacher that the options name, or undefined where the student teaches itself. @throws EndonymError `teacher_incomplete` */
export function teacherOf({ teacher, teacherModel, price }: DistillOptions): Teacher | undefined {
  if (!teacher && !teacherModel) return undefined
  if (!teacher || !teacherModel) {
    throw new EndonymError('teacher_incomplete', 'A teacher needs both --teacher URL and --teacher-model MODEL.', {
      exitCode: 2,
    })
  }
  return openaiTeacher({ baseURL: teacher, model: teacherModel, ...(price && { price }) })
}

async function budgeted(teacher: Teacher, budget: number | undefined, store: Store, run: string): Promise<Teacher> {
  if (budget === undefined) return teacher
  const started = await store.selectFrom('runs').select('created_at').where('id', '=', run).executeTakeFirst()
  return withBudget(teacher, budget, await spentSince(store, teacher, started?.created_at ?? ''))
}

export function parseScale(value: string): Scale {
  const scale = scales.find((known) => known === value)
  if (!scale) throw new InvalidArgumentError(`It is one of ${scales.join(', ')}.`)
  return scale
}

export function parsePrice(value: string): { prompt: number; completion: number } {
  const [prompt = Number.NaN, completion = Number.NaN] = value.split(',').map(parseAmount)
  if (Number.isNaN(prompt) || Number.isNaN(completion)) throw new InvalidArgumentError('It is two numbers: 0.15,0.60.')
  return { prompt, completion }
}

function parseAmount(value: string): number {
  const amount = Number(value)
  if (value.trim() === '' || !Number.isFinite(amount) || amount < 0) throw new InvalidArgumentError('It is a number.')
  return amount
}

function parseCount(value: string): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is a whole number from 1 on.')
  return count
}

export const collect = (value: string, list: string[]) => [...list, value]
