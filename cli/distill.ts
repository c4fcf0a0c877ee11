import { EndonymError } from '../core/error.ts'
import { sha256File } from '../core/hash.ts'
import type { Store } from '../data/database.ts'
import { resolveLanguage } from '../data/languages.ts'
import { openRuntime } from '../models/llama.ts'
import { appraise } from '../trainer/appraise.ts'
import { spentSince, withBudget } from '../trainer/budget.ts'
import { type Data, makeData, type Run, type RunDeps, type RunWish, runIdOf, withRun } from '../trainer/distill.ts'
import { installPython } from '../trainer/engines/trl/environment.ts'
import { finish } from '../trainer/finish.ts'
import { mergeStudent, tuneStudent } from '../trainer/merge.ts'
import { proveStudent } from '../trainer/prove.ts'
import { recipeOf } from '../trainer/recipes.ts'
import { importRecording } from '../trainer/recording.ts'
import { openReplay, type Replay } from '../trainer/replay.ts'
import { summaryText } from '../trainer/report.ts'
import { convertStudent, registerStudent, trainStudent } from '../trainer/student.ts'
import type { Teacher } from '../trainer/teacher.ts'
import { checkPair, openTranslator } from '../trainer/translators.ts'
import type { Register } from './command.ts'
import { dataText } from './distill-text.ts'
import { parseAmount, teacherOf, type WishOptions, wishOf, wishOptions } from './wish.ts'

const register: Register = (program, action) => {
  wishOptions(program.command('distill <language>'))
    .description('teach a small model a language: data, training, quantisation, evaluation, report')
    .option('--data-only', 'make the data and stop; the same command without it goes on')
    .option('--replay [file]', 'make the data from a recording, asking nobody (default: the one that ships)')
    .option('--budget <amount>', 'stop before the teacher has cost more than this', parseAmount)
    .action(
      action(
        async (
          context,
          query: string,
          options: WishOptions & { budget?: number; dataOnly?: true; replay?: string | true },
        ) => {
          const language = resolveLanguage(query)
          const rich = resolveLanguage('eng')
          const recipe = recipeOf(options.recipe)
          if (options.replay && options.set.length > 0) {
            throw new EndonymError(
              'usage',
              'A recording says itself with which settings it was made: leave out --set, or --replay.',
              { exitCode: 2 },
            )
          }
          const replay = options.replay && (await openReplay(options.replay, { ...options, language }))
          const wish = replay ? await replayed(replay, wishOf(language, options)) : wishOf(language, options)
          await context.withStore(async (store) => {
            if (replay) await importRecording(store, replay.file, { signal: context.signal })
            const id = options.run ?? runIdOf(wish)
            const teacher = await budgeted(teacherOf(options), options.budget, store, id)
            const openOwn = async () => {
              const translator = await openTranslator(options.translator, teacher)
              if (recipe.translator !== 'optional') checkPair(translator, rich, language)
              return translator
            }
            // The data of a replay need none; what base and student are asked afterwards does.
            const translator = replay && options.dataOnly ? replay.translator : await openOwn()
            if (!options.dataOnly) await installPython(context.home, context)
            const runtime = await openRuntime()
            const deps = {
              ...context,
              store,
              runtime,
              recipe,
              rich,
              openTranslator: async () => translator,
              ...(replay && { replay }),
              ...(teacher && { openTeacher: async () => teacher }),
            }
            try {
              if (options.dataOnly) {
                const made = await withData(wish, id, deps, context.say)
                context.print(made, dataText(made))
                return
              }
              const written = await withRun(wish, id, deps, (run) => distill(run, context.say))
              context.print(written.report, summaryText(written))
            } finally {
              await runtime.dispose()
            }
          })
        },
      ),
    )
}

export default register

/** The wish of a replay: what the recording was made with. */
async function replayed({ file, shipped, header }: Replay, wish: RunWish): Promise<RunWish> {
  return {
    ...wish,
    options: header.options,
    teacher: header.teacher,
    replay: { file: shipped ? 'shipped' : file, sha256: await sha256File(file) },
  }
}

type MadeData = Data & { run: string; sha256: { train: string; valid: string } }

/** The data alone; the run can be gone on with. */
function withData(wish: RunWish, id: string, deps: RunDeps, say: (sentence: string) => void): Promise<MadeData> {
  return withRun(
    wish,
    id,
    deps,
    async (run) => {
      say(`Run ${run.id}: data in ${wish.language.name} by ${deps.recipe.paper}.`)
      const data = await makeData(run)
      return { run: id, ...data, sha256: { train: await sha256File(data.train), valid: await sha256File(data.valid) } }
    },
    { after: 'stopped' },
  )
}

/** Every stage in its order; each is done once and remembered. */
async function distill(run: Run, say: (sentence: string) => void) {
  say(`Run ${run.id}: ${run.wish.language.name} by ${run.deps.recipe.paper}.`)
  const data = await makeData(run)
  const training = await trainStudent(run, data)
  const tuned = await tuneStudent(run, training)
  const merge = await mergeStudent(run, data, tuned ?? training)
  const files = await convertStudent(run, merge ? { adapter: merge.model, weights: 'full' } : (tuned ?? training))
  const proof = await proveStudent(run, files)
  const models = await registerStudent(run, files)
  const evaluation = await appraise(run, models)
  return finish(run, { data, training, models, proof, evaluation, ...(tuned && { tuned }), ...(merge && { merge }) })
}

/** The teacher, held to the budget of the run: what it was paid for this run before counts. */
async function budgeted(
  teacher: Teacher | undefined,
  budget: number | undefined,
  store: Store,
  run: string,
): Promise<Teacher | undefined> {
  if (teacher === undefined || budget === undefined) return teacher
  const started = await store.selectFrom('runs').select('created_at').where('id', '=', run).executeTakeFirst()
  return withBudget(teacher, budget, started ? await spentSince(store, teacher, started.created_at) : 0)
}
