import { grouped } from '../core/format.ts'
import type { Data } from '../trainer/distill.ts'
import { table } from './table.ts'

/** What `endonym distill --data-only` prints for people: the funnel, what was noted on the way, and where the rows are. */
export function dataText({
  run,
  funnel,
  kinds,
  rows,
  train,
  sha256,
}: Data & { run: string; sha256: { train: string } }): string {
  const reasons = (dropped: Record<string, number>) =>
    Object.entries(dropped)
      .sort(([, a], [, b]) => b - a)
      .map(([by, count]) => `${by} ${grouped(count)}`)
      .join(', ')
  const measures = (found: Record<string, number> = {}) =>
    Object.entries(found)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')
  const notes = funnel.flatMap(({ notes = [] }) => notes)
  return [
    table(
      [
        ['STEP', 'KEPT', 'DROPPED FOR', 'MEASURED'],
        ...funnel.map((step) => [step.step, grouped(step.kept), reasons(step.dropped), measures(step.measures)]),
      ],
      { right: [1] },
    ),
    '',
    ...(notes.length > 0 ? [...notes, ''] : []),
    table(
      Object.entries(kinds)
        .sort(([a], [b]) => a.localeCompare(b, 'en'))
        .map(([kind, count]) => [`  ${kind}`, grouped(count)]),
      { right: [1] },
    ),
    `${grouped(rows)} rows: ${train}`,
    `SHA-256 ${sha256.train}`,
    `Any row with all that it was made from: endonym runs ${run} --example 1`,
  ].join('\n')
}
