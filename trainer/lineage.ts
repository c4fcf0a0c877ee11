import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import type { Example } from './example.ts'
import { type TrainingLine, trainingLines } from './history.ts'

/** An example as a run recorded it. */
export type RecordedExample = Example & { step: string; position: number }

/** A remembered request that an example was made from, and its answer. `response` is missing where memory has lost it. */
export type RememberedRequest = {
  hash: string
  kind?: string
  /** Who answered. */
  source?: string
  request?: unknown
  response?: unknown
  promptTokens?: number
  completionTokens?: number
  seconds?: number
  price?: number
}

/** An example and what was asked for it; what was asked for its ancestors already stands there. */
export type TracedExample = RecordedExample & {
  asked: RememberedRequest[]
  /** The filters by which its step dropped others. */
  passed: string[]
}

/**
 * Where an example came from: its ancestors and itself, from the question on, each with the requests that it was made from and the filter that dropped it.
 *
 * @param id of an example, its beginning, or either behind its step: `mix/feb7a0`. Without a step everything that has the id is shown: a step that lets an example through keeps its id.
 * @throws EndonymError `example_unknown`, `example_ambiguous`
 */
export async function traceExample(store: Store, run: string, id: string): Promise<TracedExample[]> {
  const stages = await store.selectFrom('stages').select('name').where('run', '=', run).orderBy('position').execute()
  const steps = stages.map(({ name }) => name)
  const [step, wanted = ''] = id.includes('/') ? id.split(/\/(.*)/s) : [undefined, id]
  const last = step === undefined ? steps.length : steps.indexOf(step) + 1
  const found = await named(store, run, steps.slice(0, last), wanted)
  const ids = [...new Set(found.filter((each) => step === undefined || each.step === step).map((each) => each.id))]
  if (ids.length > 1) {
    throw new EndonymError('example_ambiguous', `"${id}" can be one of ${ids.slice(0, 5).join(', ')}.`, { exitCode: 2 })
  }
  if (ids.length === 0) {
    throw new EndonymError(
      'example_unknown',
      `The run ${run} has no example "${id}". "endonym runs ${run} --examples" shows some, with their ids.`,
      { exitCode: 2 },
    )
  }
  const place = (example: RecordedExample) => steps.indexOf(example.step)
  const lineage = new Map<string, RecordedExample>()
  const add = async (examples: readonly RecordedExample[]): Promise<void> => {
    for (const example of examples) {
      const key = `${example.step}/${example.id}`
      if (lineage.has(key)) continue
      lineage.set(key, example)
      const before = steps.slice(0, place(example))
      for (const parent of example.parents) await add(await named(store, run, before, parent))
    }
  }
  await add(found.filter((each) => each.id === ids[0]))
  const ordered = [...lineage.values()].sort((a, b) => place(a) - place(b) || a.position - b.position)
  const filters = await filtersOf(store, run)
  const seen = new Set<string>()
  const traced: TracedExample[] = []
  for (const example of ordered) {
    const fresh = example.requests.filter((hash) => !seen.has(hash))
    for (const hash of fresh) seen.add(hash)
    const passed = (filters.get(example.step) ?? []).filter((filter) => filter !== example.dropped?.by)
    traced.push({ ...example, asked: await remembered(store, fresh), passed })
  }
  return traced
}

/** By step, the filters that dropped something in it. */
async function filtersOf(store: Store, run: string): Promise<Map<string, string[]>> {
  const rows = await store
    .selectFrom('examples')
    .select(['step', 'dropped_by'])
    .distinct()
    .where('run', '=', run)
    .where('dropped_by', 'is not', null)
    .orderBy('dropped_by')
    .execute()
  const byStep = Map.groupBy(rows, ({ step }) => step)
  return new Map([...byStep].map(([step, of]) => [step, of.flatMap(({ dropped_by }) => dropped_by ?? [])]))
}

/** A row of training data and all that it was made from. */
export type RowLineage = {
  /** From 1, in the order of the files, those that are held out included. */
  number: number
  rows: number
  split: 'train' | 'valid'
  /** Tokens, seconds and money of what was asked for it, and for what it was made from. */
  cost: { requests: number; promptTokens: number; completionTokens: number; seconds: number; price: number }
  /** Everything that it descends from, from the beginning on; the row itself is the last. */
  lineage: TracedExample[]
}

/**
 * The n-th row that a run trains on, with everything that it was made from.
 *
 * @throws EndonymError `run_unfinished`, `row_unknown`
 */
export async function rowLineage(store: Store, run: string, number: number): Promise<RowLineage> {
  let rows = 0
  let row: TrainingLine | undefined
  for await (const line of trainingLines(store, run)) if (++rows === number) row = line
  if (!row) {
    throw new EndonymError('row_unknown', `The run ${run} has ${rows} rows; there is no row ${number}.`, {
      exitCode: 2,
    })
  }
  const lineage = await traceExample(store, run, row.id)
  const asked = lineage.flatMap((example) => example.asked)
  const total = (of: (each: RememberedRequest) => number | undefined) =>
    asked.reduce((sum, each) => sum + (of(each) ?? 0), 0)
  return {
    number,
    rows,
    split: row.split,
    cost: {
      requests: asked.length,
      promptTokens: total((each) => each.promptTokens),
      completionTokens: total((each) => each.completionTokens),
      seconds: total((each) => each.seconds),
      price: total((each) => each.price),
    },
    lineage,
  }
}

/** The examples whose id begins so, in any of the steps. */
async function named(store: Store, run: string, steps: readonly string[], id: string): Promise<RecordedExample[]> {
  if (!/^[0-9a-f]+$/.test(id)) return []
  const found: RecordedExample[] = []
  for (const step of steps) {
    const rows = await store
      .selectFrom('examples')
      .select(['step', 'position', 'example_json'])
      .where('run', '=', run)
      .where('id', '>=', `${step}/${id}`)
      // Ids are hexadecimal: nothing that begins so comes behind the letter g.
      .where('id', '<', `${step}/${id}g`)
      .limit(6)
      .execute()
    found.push(...rows.map(read))
  }
  return found
}

async function remembered(store: Store, hashes: readonly string[]): Promise<RememberedRequest[]> {
  if (hashes.length === 0) return []
  const rows = await store.selectFrom('completions').selectAll().where('hash', 'in', hashes).execute()
  return hashes.map((hash) => {
    const row = rows.find((each) => each.hash === hash)
    if (!row) return { hash }
    const { kind, source, prompt_tokens: promptTokens, completion_tokens: completionTokens, seconds, price } = row
    return {
      hash,
      kind,
      source,
      request: JSON.parse(row.request_json),
      response: JSON.parse(row.response_json),
      promptTokens,
      completionTokens,
      seconds,
      price,
    }
  })
}

/**
 * Some of what each step kept, and some of what each of its filters dropped. Ids are hashes, so the first by id are a sample, and always the same one.
 *
 * @param options.step only this one.
 * @throws EndonymError `step_unknown`
 */
export async function sampleExamples(
  store: Store,
  run: string,
  options: { step?: string; limit: number },
): Promise<RecordedExample[]> {
  const groups = await store
    .selectFrom('examples')
    .innerJoin('stages', (join) =>
      join.onRef('stages.run', '=', 'examples.run').onRef('stages.name', '=', 'examples.step'),
    )
    .select(['examples.step', 'examples.dropped_by'])
    .distinct()
    .where('examples.run', '=', run)
    .orderBy('stages.position')
    .orderBy('examples.dropped_by')
    .execute()
  const steps = [...new Set(groups.map(({ step }) => step))]
  if (options.step !== undefined && !steps.includes(options.step)) {
    throw new EndonymError(
      'step_unknown',
      `The run ${run} has no examples of a step "${options.step}". It has them of ${steps.join(', ') || 'none yet'}.`,
      { exitCode: 2 },
    )
  }
  const samples: RecordedExample[] = []
  for (const { step, dropped_by } of groups) {
    if (options.step !== undefined && step !== options.step) continue
    const rows = await store
      .selectFrom('examples')
      .select(['step', 'position', 'example_json'])
      .where('run', '=', run)
      .where('step', '=', step)
      .where('dropped_by', dropped_by === null ? 'is' : '=', dropped_by)
      .orderBy('id')
      .limit(options.limit)
      .execute()
    samples.push(...rows.map(read))
  }
  return samples
}

const read = (row: { step: string; position: number; example_json: string }): RecordedExample => ({
  ...(JSON.parse(row.example_json) as Example),
  step: row.step,
  position: row.position,
})
