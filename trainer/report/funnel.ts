import { grouped } from '../../core/format.ts'
import type { Data } from '../distill.ts'
import { colours, label, picture, rectangle, widthOf, wrap } from './svg.ts'

const width = 800
const bar = { from: 24, to: 776, height: 18 }

/** What was left out only because the mix was full: not a fault of the row. */
export const notNeeded = 'budget'

/** The drops of a step: by filter, most first; those for a fault and those for want of room apart. */
export function dropsOf({ dropped }: Data['funnel'][number]): {
  byFilter: [filter: string, count: number][]
  faulty: number
  surplus: number
} {
  const byFilter = Object.entries(dropped).sort(([, a], [, b]) => b - a)
  const surplus = dropped[notNeeded] ?? 0
  return { byFilter, surplus, faulty: byFilter.reduce((sum, [, count]) => sum + count, 0) - surplus }
}

/** From questions to kept rows: a bar for each step, with what it kept and what it dropped, and why. */
export function funnelPicture(funnel: Data['funnel']): string {
  const title = 'From questions to training rows'
  const most = Math.max(1, ...funnel.map((step) => step.kept + total(step)))
  const body = [label(24, 32, title, { size: 16, bold: true }), ...legend()]
  let y = 84
  for (const step of funnel) {
    const drawn = drawStep(step, y, (bar.to - bar.from) / most)
    body.push(...drawn.body)
    y = drawn.bottom
  }
  if (funnel.length === 0) body.push(label(24, y + 16, 'No step was recorded.'))
  return picture({
    width,
    height: Math.max(y, 130),
    title,
    description: funnel.map(describe).join(' ') || 'No step was recorded.',
    body,
  })
}

function drawStep(step: Data['funnel'][number], top: number, pixels: number): { body: string[]; bottom: number } {
  const { byFilter, faulty, surplus } = dropsOf(step)
  const counts = [
    `kept ${grouped(step.kept)}`,
    ...(faulty > 0 ? [`dropped ${grouped(faulty)}`] : []),
    ...(surplus > 0 ? [`not needed ${grouped(surplus)}`] : []),
  ].join(' · ')
  const names = wrap(step.title, bar.to - bar.from - widthOf(counts, 12) - 16, 13)
  const reasons = byFilter
    .filter(([filter]) => filter !== notNeeded)
    .map(([filter, count]) => `${filter} ${grouped(count)}`)
    .join(', ')
  const lines = reasons === '' ? [] : wrap(`dropped for: ${reasons}`, bar.to - bar.from, 12)
  const below = top + 14 + 17 * (names.length - 1) + 8
  let x = bar.from
  const body = [
    ...names.map((name, index) => label(bar.from, top + 14 + 17 * index, name)),
    label(bar.to, top + 14, counts, { size: 12, fill: colours.muted, anchor: 'end' }),
  ]
  for (const [count, fill] of [
    [step.kept, colours.blue],
    [faulty, colours.paleOrange],
    [surplus, colours.grey],
  ] as const) {
    if (count === 0) continue
    // A single example must be seen too.
    const length = Math.max(1.5, count * pixels)
    body.push(rectangle(x, below, length, bar.height, fill))
    x += length
  }
  body.push(
    ...lines.map((each, index) =>
      label(bar.from, below + bar.height + 16 + 16 * index, each, { size: 12, fill: colours.muted }),
    ),
  )
  return { body, bottom: below + bar.height + 16 * lines.length + 24 }
}

function legend(): string[] {
  let x = bar.from
  return (
    [
      ['kept', colours.blue],
      ['dropped by a filter', colours.paleOrange],
      ['not needed: the mix was full', colours.grey],
    ] as const
  ).flatMap(([name, fill]) => {
    const drawn = [rectangle(x, 48, 12, 12, fill), label(x + 18, 58, name, { size: 12, fill: colours.muted })]
    x += 18 + widthOf(name, 12) + 20
    return drawn
  })
}

const total = (step: Data['funnel'][number]) => Object.values(step.dropped).reduce((sum, count) => sum + count, 0)

function describe(step: Data['funnel'][number]): string {
  const drops = dropsOf(step)
    .byFilter.map(([filter, count]) => `${filter} ${count}`)
    .join(', ')
  return `${step.title}: kept ${step.kept}${drops && `, dropped ${drops}`}.`
}
