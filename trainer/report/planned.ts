import { duration, grouped } from '../../core/format.ts'
import type { Report } from './document.ts'
import { money } from './making.ts'
import { code, table, text } from './markdown.ts'

/** What the plan said before anything was asked, beside what it came to. */
export function plannedSection({ plan, stages }: Report): string[] {
  if (!plan) return []
  const rows = plan.flatMap((planned) => {
    const actual = stages.find(({ name }) => name === planned.step)
    if (!actual) return []
    const pair = (said: string, came: string) => text(`${said} → ${came}`)
    const asks = planned.requests > 0
    return [
      [
        code(planned.step),
        asks ? pair(grouped(planned.requests), grouped(actual.asked + actual.remembered)) : '–',
        asks ? pair(grouped(planned.promptTokens), grouped(actual.promptTokens)) : '–',
        asks ? pair(grouped(planned.completionTokens), grouped(actual.completionTokens)) : '–',
        pair(duration(planned.seconds), duration(actual.seconds)),
        asks && planned.price !== undefined ? pair(money(planned.price), money(actual.spent)) : '–',
      ],
    ]
  })
  if (rows.length === 0) return []
  return [
    '## Planned, and what it came to',
    table(['Step', '>Requests', '>Tokens read', '>Tokens written', '>Time', '>Price'], rows),
    'The plan was made when the run began. It counts what would be asked at most, if no filter dropped anything; time and price are of what memory did not have.',
  ]
}
