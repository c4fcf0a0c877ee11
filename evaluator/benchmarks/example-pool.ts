import { EndonymError } from '../../core/error.ts'
import { plural } from '../../core/format.ts'
import type { Note } from '../benchmark.ts'
import type { Numbered } from './rows.ts'

/** Where a benchmark's examples come from, and which of its rows are examined. */
export type ExampleSource<Row> = {
  /** For people, with the configuration: `SIB-200 (glg_Latn)`. */
  title: string
  shots: number
  splits: { test: string; examples: string }
  /** The first rows of the test split, so many, are examined. */
  limit: number
  group?: ((row: Row) => string) | undefined
  /** All rows of a split. */
  read(split: string): Promise<Numbered<Row>[]>
  note?: Note | undefined
}

/**
 * The rows that examples are chosen from: those of the split that the data set's authors, and lm-evaluation-harness, take them from.
 *
 * A local folder, and some hubs, have the test split alone. Then they come from the test split: from its rows that are not examined where these are enough, else from all but the row
 * that is asked. Prompts are then not the harness's, and `note` says so.
 *
 * @returns `sameSplit`: whether the row that is asked may be among them.
 */
export async function examplePool<Row>(
  source: ExampleSource<Row>,
): Promise<{ pool: Numbered<Row>[]; sameSplit: boolean }> {
  const { title, shots, splits, limit, group = () => '', read, note } = source
  if (shots === 0) return { pool: [], sameSplit: false }
  if (splits.examples === splits.test) return { pool: await read(splits.test), sameSplit: true }
  try {
    return { pool: await read(splits.examples), sameSplit: false }
  } catch (error) {
    if (!(error instanceof EndonymError) || error.code !== 'hub_dataset_unknown') throw error
  }
  const all = await read(splits.test)
  const others = all.filter(({ number }) => number >= limit)
  const counts = new Map([...Map.groupBy(others, ({ row }) => group(row))].map(([name, rows]) => [name, rows.length]))
  const enough = all.every(({ row, number }) => number >= limit || (counts.get(group(row)) ?? 0) >= shots)
  const from = enough
    ? `the ${plural(others.length, 'row')} of its split ${splits.test} that are not examined`
    : `the other rows of its split ${splits.test}`
  note?.(
    `${title} has no split "${splits.examples}" here, which examples should come from. They come from ${from}, so the prompts are not those of lm-evaluation-harness.`,
  )
  return { pool: enough ? others : all, sameSplit: true }
}
