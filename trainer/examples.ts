import type { Store } from '../data/database.ts'
import type { Example } from './example.ts'

/** Rows written in one transaction. */
const batch = 200

/**
 * Records what a step yields in table `examples`, kept and dropped alike, in its order; whatever the step had recorded before it was cut off is replaced.
 *
 * @returns how many were kept and how many dropped, by filter.
 */
export async function recordExamples(
  store: Store,
  run: string,
  step: string,
  examples: AsyncIterable<Example>,
): Promise<Funnel> {
  await store.deleteFrom('examples').where('run', '=', run).where('step', '=', step).execute()
  const funnel: Funnel = { kept: 0, dropped: {} }
  const seen = new Set<string>()
  let position = 0
  let waiting: Parameters<typeof toRow>[] = []
  const write = async () => {
    const rows = waiting.map((each) => toRow(...each))
    waiting = []
    if (rows.length > 0) await store.insertInto('examples').values(rows).execute()
  }
  for await (const example of examples) {
    // Equal content from equal parents is one example: it would count double in training.
    if (seen.has(example.id)) continue
    seen.add(example.id)
    waiting.push([run, step, position++, example])
    tally(funnel, example)
    if (waiting.length >= batch) await write()
  }
  await write()
  return funnel
}

/** How many examples left a step, how many each filter dropped, of documents how much of each kind was masked in those that were kept, and what the step found out besides. */
export type Funnel = {
  kept: number
  dropped: Record<string, number>
  masked?: Record<string, number>
  measures?: Record<string, number>
  notes?: string[]
}

/** The examples of several steps, one step after the other. */
export async function* following(lists: Iterable<AsyncIterable<Example> | Iterable<Example>>): AsyncGenerator<Example> {
  for (const list of lists) yield* list
}

/** Counts an example. */
export function tally(funnel: Funnel, { dropped, masked = {} }: Example): void {
  if (dropped) {
    funnel.dropped[dropped.by] = (funnel.dropped[dropped.by] ?? 0) + 1
    return
  }
  funnel.kept++
  for (const [kind, count] of Object.entries(masked)) {
    funnel.masked ??= {}
    funnel.masked[kind] = (funnel.masked[kind] ?? 0) + count
  }
}

/** The examples that a step kept, in order, in constant memory. */
export async function* keptExamples(store: Store, run: string, step: string): AsyncGenerator<Example> {
  for (let from = 0; ; ) {
    const rows = await store
      .selectFrom('examples')
      .select(['position', 'example_json'])
      .where('run', '=', run)
      .where('step', '=', step)
      .where('dropped_by', 'is', null)
      .where('position', '>=', from)
      .orderBy('position')
      .limit(batch)
      .execute()
    for (const row of rows) yield JSON.parse(row.example_json) as Example
    const last = rows.at(-1)
    if (!last) return
    from = last.position + 1
  }
}

/** An example as a row of the table. */
export function toRow(run: string, step: string, position: number, example: Example) {
  return {
    run,
    id: `${step}/${example.id}`,
    step,
    position,
    example_json: JSON.stringify(example),
    parents_json: JSON.stringify(example.parents),
    requests_json: JSON.stringify(example.requests),
    dropped_by: example.dropped?.by ?? null,
    dropped_reason: example.dropped?.reason ?? null,
  }
}
