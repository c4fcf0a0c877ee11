import fs from 'node:fs'
import path from 'node:path'
import { EndonymError, messageOf } from '../core/error.ts'
import { canonicalJson, sha256 } from '../core/hash.ts'
import type { Home } from '../core/home.ts'
import { withLock, withMachine } from '../core/lock.ts'
import type { Progress, ProgressEvent } from '../core/progress.ts'
import { createRandom } from '../core/random.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { createMemory } from '../data/memory.ts'
import type { RunRow } from '../data/schema.ts'
import { readGguf } from '../models/gguf.ts'
import { quantize } from '../models/quantize.ts'
import type { Runtime } from '../models/runtime.ts'
import { pullModel } from '../models/sources.ts'
import { findModel, importModel, listModels, type StoredModel } from '../models/store.ts'
import { bulkExamples, recordInBulk } from './bulk.ts'
import type { TrainingRow } from './engine.ts'
import type { Example } from './example.ts'
import type { Funnel } from './examples.ts'
import { following, keptExamples, recordExamples } from './examples.ts'
import type { Recipe, Scale } from './recipe.ts'
import { createStages, type RunStage } from './stages.ts'
import type { Finding, Step, StepContext } from './step.ts'
import type { Teacher } from './teacher.ts'
import { localTeacher } from './teachers/local.ts'
import type { Translator } from './translator.ts'

/** What a run was asked to do: written down whole, so that the same wish is the same run. */
export type RunWish = {
  language: Language
  recipe: string
  scale: Scale
  /** The recipe's settings, all of them. */
  options: Record<string, unknown>
  /** Address of the student: `smollm2-135m-instruct`, `hf:…`, a path. */
  student: string
  /** What the teacher is called; `self` for the student itself. */
  teacher: string
  translator: string
  /** The recording that the data are made from again: a file, or the one that ships. */
  replay?: { file: string | 'shipped'; sha256: string }
  /** Rows of each benchmark of the report card at most; what the scale says where it is left out. */
  limit?: number
}

/** What a run works with. */
export type RunDeps = {
  home: Home
  store: Store
  runtime: Runtime
  recipe: Recipe
  rich: Language
  openTranslator(): Promise<Translator>
  /** Undefined: the student teaches itself. */
  openTeacher?: () => Promise<Teacher>
  /** Who stands in for teacher and translator while the data are made from a recording: nothing is fetched either. */
  replay?: { teacher: Teacher; translator: Translator }
  progress: Progress
  say(sentence: string): void
  signal: AbortSignal
}

/** A run that is under way. */
export type Run = {
  id: string
  folder: string
  wish: RunWish
  /** The student as it was named. */
  student: StoredModel
  /** The student at 8 bits: it answers the questions, and the taught student is compared with it. */
  base: StoredModel
  stage: RunStage
  deps: RunDeps
  memory: ReturnType<typeof createMemory>
}

/** The id of a run: of its wish, so that the same command is the same run and goes on where it was cut off. */
export function runIdOf(wish: RunWish): string {
  return `${wish.language.bcp47}-${wish.recipe}-${wish.scale}-${sha256(wish).slice(0, 6)}`
}

/** Errors that end a command and not the run, which goes on with the next: answers that come later, and a budget that is spent. */
const pauses: readonly string[] = ['batch_pending', 'budget_reached']

/**
 * Opens a run (a new one, or the one that was cut off) and does `work` while no other run uses the home.
 *
 * @param options.after what the run is when the work is done: `stopped` where more is left to do.
 * @throws EndonymError `locked` when another run uses this home, `run_differs` when a run of that name had another wish.
 */
export async function withRun<T>(
  wish: RunWish,
  name: string | undefined,
  deps: RunDeps,
  work: (run: Run) => Promise<T>,
  { after = 'done' }: { after?: 'done' | 'stopped' } = {},
): Promise<T> {
  const { home, store } = deps
  const id = name === undefined ? runIdOf(wish) : checkRunName(name)
  deps.recipe.check(wish.options)
  return withLock(
    path.join(home.dir, 'locks', 'run.lock'),
    async () => {
      await announceRun(store, id, wish)
      await setStatus(store, id, 'running')
      const folder = path.join(home.runs, id)
      fs.mkdirSync(folder, { recursive: true })
      const memory = createMemory(store)
      let latest: ProgressEvent | undefined
      const progress: Progress = (event) => {
        latest = event
        deps.progress(event)
      }
      try {
        const student = await pullModel({ home, store }, wish.student, { progress: deps.progress, signal: deps.signal })
        await checkStudent(student)
        const base = await atEightBits(deps, student)
        const result = await work({
          id,
          folder,
          wish,
          student,
          base,
          deps: { ...deps, progress },
          memory,
          // Stages compute while no other Endonym process on this machine does.
          stage: createStages(store, id, memory, {
            turn: (work) => withMachine(work, { onWait: deps.say, signal: deps.signal }),
            latest: () => latest,
          }),
        })
        await setStatus(store, id, after)
        return result
      } catch (error) {
        const stopped = deps.signal.aborted
        const paused = error instanceof EndonymError && pauses.includes(error.code)
        await setStatus(store, id, stopped || paused ? 'stopped' : 'failed', stopped ? undefined : messageOf(error))
        if (!stopped) throw error
        throw new EndonymError(
          'stopped',
          `Stopped. Run the same command again to go on: what was answered, translated and trained is kept (run ${id}).`,
          { cause: error },
        )
      }
    },
    {
      busy: `Another run is under way in ${home.dir}. Wait for it, or give this one a home of its own with --home DIR.`,
    },
  )
}

/**
 * The student at 8 bits. Smaller files of small models lose quality and, where llama.cpp has no fast kernel for their type, speed: SmolLM2-135M reads prompts at 594 tokens/s in Q8_0
 * and at 263 in Q4_1 on two cores.
 */
async function atEightBits(deps: RunDeps, student: StoredModel): Promise<StoredModel> {
  if (student.quantisation === 'Q8_0') return student
  const name = `${student.name}.q8_0`
  const known = (await listModels(deps.store)).find((model) => model.name === name)
  if (known) return findModel(deps, name)
  const file = path.join(deps.home.cache, `${student.sha256}.q8_0.gguf`)
  await quantize(student.file, file, 'Q8_0', { signal: deps.signal, threads: deps.runtime.threads })
  return importModel(deps, file, {
    name,
    role: 'base',
    base: student.name,
    source: `${student.name}, quantised here`,
    move: true,
  })
}

/** What is asked of a run's student before anything is spent. @throws EndonymError `no_chat_template` */
async function checkStudent(student: StoredModel): Promise<void> {
  const { chatTemplate } = await readGguf(student.file)
  if (chatTemplate !== undefined) return
  throw new EndonymError(
    'no_chat_template',
    `"${student.name}" is no chat model: its file has no chat template. Name an instruction-tuned model with --student.`,
    { exitCode: 2 },
  )
}

/** A run's name is a folder's too. @throws EndonymError `run_name_invalid` */
function checkRunName(name: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,99}$/u.test(name)) return name
  throw new EndonymError(
    'run_name_invalid',
    `"${name}" cannot be a run's name: use letters, digits and . _ -, beginning with a letter or digit.`,
    { exitCode: 2 },
  )
}

/**
 * Writes a run down that is to be begun, if it is not known yet: from then on it is listed.
 *
 * @throws EndonymError `run_differs` when a run of that name had another wish.
 */
export async function announceRun(store: Store, id: string, wish: RunWish): Promise<void> {
  const now = new Date().toISOString()
  const known = await store.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst()
  if (known && canonicalJson(JSON.parse(known.options_json)) !== canonicalJson(wish)) {
    throw new EndonymError(
      'run_differs',
      `A run "${id}" exists with other settings. Choose another name with --run, or leave --run out.`,
      { exitCode: 2 },
    )
  }
  if (known) return
  await store
    .insertInto('runs')
    .values({
      id,
      language: wish.language.iso3,
      recipe: wish.recipe,
      scale: wish.scale,
      options_json: JSON.stringify(wish),
      status: 'stopped',
      error: null,
      created_at: now,
      updated_at: now,
    })
    .execute()
}

async function setStatus(store: Store, id: string, status: RunRow['status'], error?: string): Promise<void> {
  await store
    .updateTable('runs')
    .set({ status, error: error ?? null, updated_at: new Date().toISOString() })
    .where('id', '=', id)
    .execute()
}

/** The training data of a run: where it is, and what became of everything on the way. */
export type Data = {
  train: string
  valid: string
  rows: number
  kinds: Record<string, number>
  funnel: ({ step: string; title: string } & Funnel)[]
}

/** The recipe's steps, one after the other, each a stage; then the rows are written as the files that the engine reads. */
export async function makeData(run: Run): Promise<Data> {
  const { deps, wish, id, folder, stage } = run
  const { store, recipe } = deps
  const funnel: Data['funnel'] = []
  const opened = stepContext(run)
  try {
    let previous: Step | undefined
    const fileOf = ({ name }: Step) => path.join(folder, `${name}.jsonl`)
    const keptBy = (step: Step) => (step.bulk ? bulkExamples(fileOf(step)) : keptExamples(store, id, step.name))
    const steps = recipe.steps(wish.options, wish.language)
    const keptOf = (name: string) => {
      const step = steps.find((each) => each.name === name)
      return step ? keptBy(step) : keptExamples(store, id, name)
    }
    for (const step of steps) {
      const input = following((step.from ?? (previous ? [previous.name] : [])).map(keptOf))
      const kept = await stage(step.name, async () => {
        const found: Required<Pick<Funnel, 'measures' | 'notes'>> = { measures: {}, notes: [] }
        const note = ({ sentence, measures }: Finding) => {
          Object.assign(found.measures, measures)
          if (sentence === undefined) return
          found.notes.push(sentence)
          deps.say(sentence)
        }
        const examples = step.run(input, { ...opened.context, note })
        const made = step.bulk
          ? await recordInBulk(store, id, step.name, examples, fileOf(step))
          : await recordExamples(store, id, step.name, examples)
        return { ...made, ...found }
      })
      funnel.push({ step: step.name, title: step.title, ...kept })
      previous = step
    }
    const last = previous
    return await stage('data', async () => {
      if (last === undefined) throw new EndonymError('recipe_empty', `The recipe ${recipe.name} has no steps.`)
      return { ...(await writeRows(keptBy(last), folder)), funnel }
    })
  } finally {
    await opened.close()
  }
}

/** The context of the steps: the model and the translator are opened when a step first asks for them. */
function stepContext({ deps, wish, base, memory }: Run): {
  context: Omit<StepContext, 'note'>
  close(): Promise<void>
} {
  const once = <T>(open: () => Promise<T>) => {
    let opening: Promise<T> | undefined
    return { get: () => (opening ??= open()), opened: () => opening }
  }
  const model = once(() => deps.runtime.load(base.file))
  const { replay } = deps
  const teacher = once(async () => {
    if (replay) return replay.teacher
    if (deps.openTeacher) return deps.openTeacher()
    const contextSize = deps.recipe.contextSize?.(wish.options) ?? 1024
    const pool = await (await model.get()).open({ contextSize, sequences: 8 })
    return localTeacher(pool, { sha256: base.sha256, title: base.name })
  })
  const translator = once(async () => replay?.translator ?? deps.openTranslator())
  const context: Omit<StepContext, 'note'> = {
    language: wish.language,
    rich: deps.rich,
    // The seed is a setting like the others: another seed asks other questions.
    random: createRandom(`${wish.recipe} ${wish.options.seed ?? 0}`),
    memory,
    teacher: teacher.get,
    translator: translator.get,
    countTokens: async (of) => {
      const loaded = await model.get()
      if (typeof of === 'string') return loaded.tokenize(of).length
      return loaded.tokenize(loaded.renderChat(of, { addGenerationPrompt: false }), { special: true }).length
    },
    ...(!replay && { cache: deps.home.cache }),
    progress: deps.progress,
    signal: deps.signal,
  }
  return {
    context,
    close: async () => {
      for (const part of [teacher, translator, model]) await (await part.opened()?.catch(() => undefined))?.dispose()
    },
  }
}

/** Writes the kept rows as JSONL: `train.jsonl` and `valid.jsonl`, each line a TrainingRow. */
async function writeRows(
  rows: AsyncIterable<Example>,
  folder: string,
): Promise<Pick<Data, 'train' | 'valid' | 'rows' | 'kinds'>> {
  const files = { train: path.join(folder, 'train.jsonl'), valid: path.join(folder, 'valid.jsonl') }
  const handles = { train: fs.openSync(files.train, 'w'), valid: fs.openSync(files.valid, 'w') }
  const kinds: Record<string, number> = {}
  let count = 0
  try {
    for await (const { kind, prompt, completion, text } of rows) {
      const split = kind.startsWith('valid/') ? 'valid' : 'train'
      const row: TrainingRow =
        text === undefined
          ? { prompt: prompt ?? [], completion: completion ?? [] }
          : { text, kind: kind.replace(/^valid\//, '') }
      fs.writeSync(handles[split], `${JSON.stringify(row)}\n`)
      kinds[kind] = (kinds[kind] ?? 0) + 1
      count++
    }
  } finally {
    fs.closeSync(handles.train)
    fs.closeSync(handles.valid)
  }
  if (count === 0)
    throw new EndonymError('no_rows', 'No row was left to train on: "endonym runs" says which filter dropped them.')
  return { ...files, rows: count, kinds }
}
