import fs from 'node:fs'
import path from 'node:path'
import { EndonymError } from '../core/error.ts'
import type { Home } from '../core/home.ts'
import { withLock } from '../core/lock.ts'
import type { ProgressEvent } from '../core/progress.ts'
import type { Store } from '../data/database.ts'
import { editDistance } from '../data/languages/names.ts'
import type { ModelRow, RunRow, StageRow } from '../data/schema.ts'
import { bulkExamples } from './bulk.ts'
import { type Data, type RunWish, runIdOf } from './distill.ts'
import type { Example } from './example.ts'
import { type Funnel, keptExamples } from './examples.ts'
import { methods } from './preferences/settings.ts'
import { type PreferenceWish, preferenceCommandOf } from './preferences/wish.ts'
import { recipeOf } from './recipes.ts'
import { polyglotScoreRecipe } from './score/settings.ts'
import { type ScoreWish, scoreCommandOf } from './score/wish.ts'

/** What runs left behind: read from the tables `runs`, `stages`, `examples` and `models`, and from the runs' folders. */
export type HistoryDeps = { home: Home; store: Store }

/** One run in one line. */
export type RunSummary = {
  id: string
  language: string
  /** BCP-47 of the language. */
  tag: string
  recipe: string
  scale: string
  status: RunRow['status']
  error?: string
  createdAt: string
  updatedAt: string
  /** Sums over its stages. Tokens and price are of everything that it used, remembered answers included. */
  seconds: number
  promptTokens: number
  completionTokens: number
  price: number
  /** Bytes: the highest of its stages. */
  peakMemory: number
}

/** A stage of a run. */
export type StageDetail = Pick<
  StageRow,
  'name' | 'status' | 'seconds' | 'price' | 'asked' | 'remembered' | 'failed' | 'spent'
> & {
  promptTokens: number
  completionTokens: number
  /** That were written for it a second, where any were. */
  tokensPerSecond?: number
  peakMemory: number
  /** How far it is, while it runs. */
  progress?: ProgressEvent
}

/** A run and what became of it. */
export type RunDetail = RunSummary & {
  wish: RunWish
  /** The command that goes on with it. */
  command: string
  folder: string
  /** The report card, once it is written. */
  report?: string
  stages: StageDetail[]
  /** What each step kept and dropped, in the order of the steps. */
  funnel: ({ step: string } & Funnel)[]
  models: Pick<ModelRow, 'name' | 'role' | 'quantisation' | 'bytes'>[]
}

/** All runs, the newest first. A run whose process has died is `stopped`, whatever its row says. */
export async function listRuns({ home, store }: HistoryDeps): Promise<RunSummary[]> {
  const rows = await store
    .selectFrom('runs')
    .leftJoin('stages', 'stages.run', 'runs.id')
    .selectAll('runs')
    .select((eb) => [
      eb.fn.sum<number | null>('stages.seconds').as('seconds'),
      eb.fn.sum<number | null>('stages.prompt_tokens').as('prompt_tokens'),
      eb.fn.sum<number | null>('stages.completion_tokens').as('completion_tokens'),
      eb.fn.sum<number | null>('stages.price').as('price'),
      eb.fn.max<number | null>('stages.peak_memory').as('peak_memory'),
    ])
    .groupBy('runs.id')
    .orderBy('runs.created_at', 'desc')
    .execute()
  const alive = await runUnderWay({ home, store })
  return rows.map((row) => ({
    id: row.id,
    ...languageOf(row),
    recipe: row.recipe,
    scale: row.scale,
    status: row.status === 'running' && row.id !== alive ? 'stopped' : row.status,
    ...(row.error !== null && { error: row.error }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    seconds: row.seconds ?? 0,
    promptTokens: row.prompt_tokens ?? 0,
    completionTokens: row.completion_tokens ?? 0,
    price: row.price ?? 0,
    peakMemory: row.peak_memory ?? 0,
  }))
}

function languageOf({ options_json }: Pick<RunRow, 'options_json'>): Pick<RunSummary, 'language' | 'tag'> {
  const { language } = JSON.parse(options_json) as RunWish
  return { language: language.name, tag: language.bcp47 }
}

/**
 * The id of the run that a process is working on now. A process that was killed leaves its row at `running`; the run lock, which the operating system lets go of, tells the truth, and only one
 * run at a time holds it: the one that was taken up last.
 */
export async function runUnderWay({ home, store }: HistoryDeps): Promise<string | undefined> {
  const running = await store
    .selectFrom('runs')
    .select('id')
    .where('status', '=', 'running')
    .orderBy('updated_at', 'desc')
    .executeTakeFirst()
  const lock = path.join(home.dir, 'locks', 'run.lock')
  if (!running || !fs.existsSync(lock)) return undefined
  try {
    await withLock(lock, async () => {}, { busy: 'A run is under way.' })
    return undefined
  } catch (error) {
    if (error instanceof EndonymError && error.code === 'locked') return running.id
    throw error
  }
}

/**
 * The run that an id, or the beginning of one, names.
 *
 * @throws EndonymError `run_unknown`, with the run that may have been meant; `run_ambiguous`
 */
export async function findRun(deps: HistoryDeps, name: string): Promise<RunSummary> {
  const runs = await listRuns(deps)
  const exact = runs.find(({ id }) => id === name)
  const [first, ...others] = exact ? [exact] : runs.filter(({ id }) => id.startsWith(name))
  if (first && others.length === 0) return first
  const ids = (some: readonly RunSummary[]) =>
    some
      .slice(0, 5)
      .map(({ id }) => id)
      .join(', ')
  if (first) {
    throw new EndonymError('run_ambiguous', `"${name}" can be one of these runs: ${ids([first, ...others])}.`, {
      exitCode: 2,
    })
  }
  const slips = Math.floor(name.length / 3)
  const [nearest] = runs
    .map(({ id }) => ({
      id,
      distance: editDistance(name, id, slips) ?? editDistance(name, id.slice(0, name.length), slips),
    }))
    .filter((run): run is { id: string; distance: number } => run.distance !== undefined)
    .sort((a, b) => a.distance - b.distance)
  const help = nearest
    ? `Did you mean ${nearest.id}?`
    : runs.length > 0
      ? `There are ${ids(runs)}.`
      : 'None has run here yet: endonym distill <language>.'
  throw new EndonymError('run_unknown', `There is no run "${name}". ${help}`, { exitCode: 2 })
}

/** Everything that is known of a run. */
export async function describeRun(deps: HistoryDeps, summary: RunSummary): Promise<RunDetail> {
  const { home, store } = deps
  const { id } = summary
  const row = await store.selectFrom('runs').select('options_json').where('id', '=', id).executeTakeFirstOrThrow()
  const wish = JSON.parse(row.options_json) as RunWish
  const stages = await store.selectFrom('stages').selectAll().where('run', '=', id).orderBy('position').execute()
  const models = await store
    .selectFrom('models')
    .select(['name', 'role', 'quantisation', 'bytes'])
    .where('run', '=', id)
    .orderBy('id')
    .execute()
  const folder = path.join(home.runs, id)
  const report = path.join(folder, 'report.md')
  return {
    ...summary,
    wish,
    command: commandOf(id, wish),
    folder,
    ...(fs.existsSync(report) && { report }),
    stages: stages.map((stage) => ({
      name: stage.name,
      status: stage.status,
      asked: stage.asked,
      remembered: stage.remembered,
      failed: stage.failed,
      seconds: stage.seconds,
      price: stage.price,
      spent: stage.spent,
      promptTokens: stage.prompt_tokens,
      completionTokens: stage.completion_tokens,
      ...(stage.written_tokens > 0 && { tokensPerSecond: stage.written_tokens / stage.seconds }),
      peakMemory: stage.peak_memory,
      ...(stage.progress_json !== null && { progress: JSON.parse(stage.progress_json) as ProgressEvent }),
    })),
    funnel: await funnelOf(store, id, stages),
    models,
  }
}

/** What finished steps counted; of a step that was cut off what the table holds, so that it shows how far it came. */
async function funnelOf(store: Store, run: string, stages: readonly StageRow[]): Promise<RunDetail['funnel']> {
  const counts = await store
    .selectFrom('examples')
    .select(['step', 'dropped_by', (eb) => eb.fn.countAll<number>().as('count')])
    .where('run', '=', run)
    .groupBy(['step', 'dropped_by'])
    .orderBy('count', 'desc')
    .execute()
  const recorded = new Set(counts.map(({ step }) => step))
  const steps = [...new Set([...stages.map(({ name }) => name), ...recorded])]
  return steps
    .map((step) => {
      const done = stages.find(({ name, status }) => name === step && status === 'done')
      if (done && recorded.has(step)) return { step, ...(JSON.parse(done.output_json ?? '{}') as Funnel) }
      const of = counts.filter((count) => count.step === step)
      const dropped = of.flatMap(({ dropped_by, count }) => (dropped_by === null ? [] : [[dropped_by, count] as const]))
      return {
        step,
        kept: of.find(({ dropped_by }) => dropped_by === null)?.count ?? 0,
        dropped: Object.fromEntries(dropped),
      }
    })
    .filter(({ kept, dropped }) => kept > 0 || Object.keys(dropped).length > 0)
}

/** The command line that means a wish, as a shell reads it. */
export function commandOf(id: string, wish: RunWish): string {
  if (methods.some((method) => method === wish.recipe)) return quoted(preferenceCommandOf(id, wish as PreferenceWish))
  if (wish.recipe === polyglotScoreRecipe.name) return quoted(scoreCommandOf(wish as ScoreWish))
  return quoted(['endonym', ...wordsOf(id, wish)])
}

/** The words of the command that means a wish: what differs from the defaults is named. */
export function wordsOf(id: string, wish: RunWish): string[] {
  const words = ['distill', wish.language.bcp47, '--recipe', wish.recipe, '--scale', wish.scale]
  words.push('--student', wish.student, '--translator', wish.translator)
  // The address ends where the model begins: http://127.0.0.1:11434/v1:llama3:8b.
  const [, address, model] = /^(https?:\/\/[^/]+(?:\/[^:]*)?):(.+)$/.exec(wish.teacher) ?? []
  if (address && model) words.push('--teacher', address, '--teacher-model', model)
  else if (wish.teacher.startsWith('local:') && !wish.replay) words.push('--teacher', wish.teacher)
  if (wish.limit !== undefined) words.push('--limit', String(wish.limit))
  const defaults = recipeOf(wish.recipe).defaults(wish.scale)
  // A recording says itself what it was made with.
  if (wish.replay) words.push('--replay', ...(wish.replay.file === 'shipped' ? [] : [wish.replay.file]))
  for (const [name, value] of Object.entries(wish.replay ? {} : wish.options)) {
    if (value !== defaults[name]) words.push('--set', `${name}=${value}`)
  }
  if (runIdOf(wish) !== id) words.push('--run', id)
  return words
}

/** Words as a shell reads them. */
const quoted = (words: readonly string[]) =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')

/** A row of training data as other programs take it. */
export type TrainingLine = ({ messages: NonNullable<Example['prompt']> } | { text: string }) & {
  kind: string
  split: 'train' | 'valid'
  /** What `endonym runs <id> --trace` takes. */
  id: string
  parents: string[]
  requests: string[]
}

/**
 * The rows that a run trains on, in constant memory.
 *
 * @throws EndonymError `run_unfinished` when its data are not made yet.
 */
export async function* trainingLines(store: Store, run: string): AsyncGenerator<TrainingLine> {
  const stage = await store
    .selectFrom('stages')
    .select('output_json')
    .where('run', '=', run)
    .where('name', '=', 'data')
    .where('status', '=', 'done')
    .executeTakeFirst()
  const data = JSON.parse(stage?.output_json ?? 'null') as Data | null
  const step = data?.funnel.at(-1)?.step
  if (step === undefined) {
    throw new EndonymError(
      'run_unfinished',
      `The run ${run} has no training rows yet. "endonym runs ${run}" says how far it came and how to go on.`,
    )
  }
  const bulk = path.join(path.dirname(data?.train ?? ''), `${step}.jsonl`)
  const rows = fs.existsSync(bulk) ? bulkExamples(bulk) : keptExamples(store, run, step)
  for await (const { id, kind, prompt = [], completion = [], text, parents, requests } of rows) {
    yield {
      ...(text === undefined ? { messages: [...prompt, ...completion] } : { text }),
      kind: kind.replace(/^valid\//, ''),
      split: kind.startsWith('valid/') ? 'valid' : 'train',
      id: `${step}/${id}`,
      parents,
      requests,
    }
  }
}

/**
 * Forgets a run: its rows and its folder. Its models stay, and so does what teachers and translators answered.
 *
 * @throws EndonymError `locked` when the run is under way.
 */
export async function removeRun({ home, store }: HistoryDeps, id: string): Promise<{ examples: number }> {
  if ((await runUnderWay({ home, store })) === id) {
    throw new EndonymError('locked', `The run ${id} is under way. Stop it with Ctrl-C where it runs, then remove it.`)
  }
  const { examples } = await store.transaction().execute(async (transaction) => {
    const { numDeletedRows } = await transaction.deleteFrom('examples').where('run', '=', id).executeTakeFirstOrThrow()
    await transaction.deleteFrom('stages').where('run', '=', id).execute()
    await transaction.deleteFrom('runs').where('id', '=', id).execute()
    return { examples: Number(numDeletedRows) }
  })
  const folder = path.join(home.runs, id)
  // A name that points elsewhere ("..") is no folder of a run's own.
  if (path.dirname(folder) === home.runs) fs.rmSync(folder, { recursive: true, force: true })
  return { examples }
}
