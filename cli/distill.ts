import { EndonymError } from '../core/error.ts'
import { sha256File } from '../core/hash.ts'
import type { Store } from '../data/database.ts'
import { resolveLanguage } from '../data/languages.ts'
import { openRuntime } from '../models/llama.ts'
import type { Runtime } from '../models/runtime.ts'
import { appraise } from '../trainer/appraise.ts'
import { withBatches } from '../trainer/batches.ts'
import { heldToBudget } from '../trainer/budget.ts'
import { type Data, makeData, type Run, type RunDeps, type RunWish, runIdOf, withRun } from '../trainer/distill.ts'
import { installPython } from '../trainer/engines/trl/environment.ts'
import { finish } from '../trainer/finish.ts'
import { interfaceOfRun, ships } from '../trainer/interface.ts'
import { checkTuning, mergeStudent, tuneStudent } from '../trainer/merge.ts'
import { planStage } from '../trainer/plan.ts'
import { proveStudent } from '../trainer/prove.ts'
import { recipeOf } from '../trainer/recipes.ts'
import { importRecording } from '../trainer/recording.ts'
import { openReplay, type Replay, replayedWish } from '../trainer/replay.ts'
import { summaryText } from '../trainer/report.ts'
import { convertStudent, registerStudent, trainStudent } from '../trainer/student.ts'
import type { Teacher } from '../trainer/teacher.ts'
import { storedTeacher } from '../trainer/teachers/stored.ts'
import { checkPair, openTranslator, openTranslatorIfAny } from '../trainer/translators.ts'
import { localTeacherOf, teacherOf, type WishOptions, wishOf } from '../trainer/wish.ts'
import type { Context, Register } from './command.ts'
import { dataText } from './distill-text.ts'
import { interfaceText } from './interface.ts'
import { parseAmount, wishOptions } from './wish.ts'

const register: Register = (program, action) => {
  wishOptions(program.command('distill <language>'))
    .description('teach a small model a language: data, training, quantisation, evaluation, report')
    .option('--data-only', 'make the data and stop; the same command without it goes on')
    .option('--replay [file]', 'make the data from a recording, asking nobody (default: the one that ships)')
    .option('--interface', 'have the teacher translate the pages and bots into the language too')
    .option('--budget <amount>', 'stop before the teacher has cost more than this', parseAmount)
    .option(
      '--batch',
      'hand requests in to the batch API of the teacher and stop; run the same command again to collect them',
    )
    .action(
      action(async (context, query: string, options: DistillOptions) => {
        const language = resolveLanguage(query)
        const rich = resolveLanguage('eng')
        const recipe = recipeOf(options.recipe)
        const replay = await replayOf(options, language)
        const wish = replay ? await replayedWish(replay, wishOf(language, options)) : wishOf(language, options)
        await context.withStore(async (store) => {
          if (replay) await importRecording(store, replay.file, { signal: context.signal })
          const id = options.run ?? runIdOf(wish)
          const runtime = await openRuntime()
          try {
            const teacher = await openTeacher(options, { ...context, store, runtime }, id)
            const optional = recipe.translator === 'optional'
            const open = async () => {
              const translator = await (optional ? openTranslatorIfAny : openTranslator)(options.translator, teacher)
              if (!optional) checkPair(translator, rich, language)
              return translator
            }
            // The data of a replay need none; what base and student are asked afterwards does.
            const translator = replay && options.dataOnly ? replay.translator : await open()
            if (options.interface && !teacher && !ships(language)) {
              throw new EndonymError(
                'teacher_incomplete',
                'The interface is translated by a teacher: name one with --teacher, or leave out --interface.',
                { exitCode: 2 },
              )
            }
            if (!options.dataOnly) await installPython(context.home, context)
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
            if (options.dataOnly) {
              const made = await withData(wish, id, deps)
              context.print(made, dataText(made))
              return
            }
            const written = await withRun(wish, id, deps, async (run) => {
              const made = await distill(run, context.say)
              if (options.interface && teacher) await speakInterface(run, teacher)
              return made
            })
            context.print(written.report, summaryText(written))
          } finally {
            await runtime.dispose()
          }
        })
      }),
    )
}

export default register

type DistillOptions = WishOptions & {
  budget?: number
  batch?: boolean
  dataOnly?: boolean
  replay?: string | true
  interface?: boolean
}

/** The interface in the run's own language, where it does not ship in it. */
async function speakInterface(run: Run, teacher: Teacher): Promise<void> {
  const made = await interfaceOfRun(run, teacher)
  run.deps.say(made ? interfaceText(made) : `The interface ships in ${run.wish.language.name}.`)
}

async function replayOf(options: DistillOptions, language: RunWish['language']): Promise<Replay | undefined> {
  if (options.replay === undefined) return undefined
  if (options.set.length > 0) {
    throw new EndonymError(
      'usage',
      'A recording says itself with which settings it was made: leave out --set, or --replay.',
      { exitCode: 2 },
    )
  }
  return openReplay(options.replay, { ...options, language })
}

type MadeData = Data & { run: string; sha256: { train: string; valid: string } }

/** The data alone; the run can be gone on with. */
function withData(wish: RunWish, id: string, deps: RunDeps): Promise<MadeData> {
  const work = async (run: Run) => {
    deps.say(`Run ${run.id}: data in ${wish.language.name} by ${deps.recipe.paper}.`)
    const data = await makeData(run)
    return { run: id, ...data, sha256: { train: await sha256File(data.train), valid: await sha256File(data.valid) } }
  }
  return withRun(wish, id, deps, work, { after: 'stopped' })
}

/** The teacher that the options name, held to its budget; undefined where the student teaches itself. @throws EndonymError `teacher_incomplete` */
async function openTeacher(
  options: DistillOptions,
  deps: Context & { store: Store; runtime: Runtime },
  run: string,
): Promise<Teacher | undefined> {
  const local = localTeacherOf(options)
  if (local !== undefined) return storedTeacher(local, deps)
  const named = teacherOf(options, deps)
  const { budget } = options
  const teacher = named && budget !== undefined ? await heldToBudget(named, budget, { store: deps.store, run }) : named
  if (!options.batch) return teacher
  if (teacher) return withBatches(teacher, deps.store, deps.say)
  throw new EndonymError(
    'teacher_incomplete',
    '--batch is for a teacher at an endpoint: name it with --teacher URL and --teacher-model MODEL.',
    { exitCode: 2 },
  )
}

/** Every stage in its order; each is done once and remembered. */
async function distill(run: Run, say: (sentence: string) => void) {
  say(`Run ${run.id}: ${run.wish.language.name} by ${run.deps.recipe.paper}.`)
  checkTuning(run)
  const plan = await planStage(run)
  const data = await makeData(run)
  const training = await trainStudent(run, data)
  const tuned = await tuneStudent(run, training)
  const merge = await mergeStudent(run, data, training, tuned)
  const files = await convertStudent(run, merge ? { adapter: merge.model, weights: 'full' } : training)
  const proof = await proveStudent(run, files)
  const models = await registerStudent(run, files)
  const evaluation = await appraise(run, models)
  return finish(run, {
    ...{ plan, data, training, models, proof, evaluation },
    ...(tuned && { tuned }),
    ...(merge && { merge }),
  })
}
