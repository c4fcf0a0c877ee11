import { grouped } from '../core/format.ts'
import type { Data } from '../trainer/distill.ts'
import { funnelText } from './runs-text.ts'
import { table } from './table.ts'

/** What `endonym distill --data-only` prints for people: the funnel, what was noted on the way, and where the rows are. */
export function dataText(made: Data & { run: string; sha256: { train: string } }): string {
  const kinds = Object.entries(made.kinds).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return [
    funnelText(made),
    '',
    table(
      kinds.map(([kind, count]) => [`  ${kind}`, grouped(count)]),
      { right: [1] },
    ),
    `${grouped(made.rows)} rows: ${made.train}`,
    `SHA-256 ${made.sha256.train}`,
    `Any row with all that it was made from: endonym runs ${made.run} --example 1`,
  ].join('\n')
}
