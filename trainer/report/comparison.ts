import type { MeasureResult } from '../../evaluator/compare.ts'
import { figuresOf, sentenceCase } from './figures.ts'
import { colours, label, line, picture, rectangle, scale, tickLabel, ticks, wrap } from './svg.ts'

const width = 860
const left = { from: 24, to: 316 }
const plot = { from: 332, to: 640 }
const right = 660

const verdicts = {
  student: { text: 'student better', colour: colours.green },
  base: { text: 'student worse', colour: colours.orange },
  undecided: { text: 'undecided', colour: colours.muted },
} as const

/**
 * A forest plot of the differences, student − base, with their 95 % intervals: one axis for each unit, zero marked, and in each row an arrow over a pale ground to the side on which
 * the student is better.
 */
export function comparisonPicture(measures: readonly MeasureResult[]): string {
  const body: string[] = [
    label(24, 32, 'Student against base', { size: 16, bold: true }),
    label(24, 54, 'Difference (student − base) with its 95 % interval; on green ground the student is better.', {
      fill: colours.muted,
    }),
  ]
  let y = 82
  if (measures.length === 0) body.push(label(24, y + 16, 'Nothing was measured.'))
  for (const [unit, results] of Map.groupBy(measures, (result) => figuresOf(result).unit)) {
    const panel = drawPanel(unit, results, y)
    body.push(...panel.body)
    y = panel.bottom
  }
  return picture({
    width,
    height: Math.max(y, 130),
    title: 'Student against base',
    description: measures.map(describe).join(' ') || 'Nothing was measured.',
    body,
  })
}

function drawPanel(unit: string, results: readonly MeasureResult[], top: number): { body: string[]; bottom: number } {
  const domain = domainOf(results)
  const x = scale(domain, [plot.from, plot.to])
  const grounds: string[] = []
  const rows: string[] = []
  let y = top + 14
  for (const result of results) {
    const row = drawRow(result, y, x)
    grounds.push(row.ground)
    rows.push(...row.body)
    y = row.bottom
  }
  const body = [
    label(plot.from, top + 4, unit, { size: 12, fill: colours.muted, bold: true }),
    ...grounds,
    line(x(0), top + 14, x(0), y, colours.ink, 'stroke-width="1.25"'),
    ...rows,
    ...ticks(domain, 5).flatMap((tick) => [
      line(x(tick), y, x(tick), y + 5, colours.axis),
      label(x(tick), y + 19, tickLabel(tick), { size: 11, fill: colours.muted, anchor: 'middle' }),
    ]),
    line(plot.from, y, plot.to, y, colours.axis),
  ]
  return { body, bottom: y + 44 }
}

function drawRow(
  result: MeasureResult,
  top: number,
  x: (value: number) => number,
): { ground: string; body: string[]; bottom: number } {
  const { base, student, difference, interval, higherIsBetter } = result
  const figures = figuresOf(result)
  const names = wrap(sentenceCase(result.title), left.to - left.from, 13)
  const height = Math.max(54, 17 * names.length + 34)
  const middle = top + 22
  const { text, colour } = verdicts[result.better]
  const at = (value: number) => x(value * figures.factor)
  const [from, to] = higherIsBetter ? [x(0), plot.to] : [plot.from, x(0)]
  const ground = rectangle(from, top + 3, to - from, height - 6, colours.paleGreen)
  const body = [
    label(higherIsBetter ? plot.to - 6 : plot.from + 6, top + height - 10, higherIsBetter ? 'better →' : '← better', {
      size: 11,
      fill: colours.green,
      anchor: higherIsBetter ? 'end' : 'start',
    }),
    ...names.map((name, index) => label(left.from, top + 19 + 17 * index, name)),
    label(left.from, top + 20 + 17 * names.length, `${figures.value(base)} → ${figures.value(student)}`, {
      size: 12,
      fill: colours.muted,
    }),
    label(right, top + 19, `${figures.difference(difference)} ${figures.interval(interval)}`, { size: 12 }),
    label(right, top + 37, text, { size: 12, fill: colour, bold: true }),
  ]
  if ([difference, ...interval].every(Number.isFinite)) {
    const [low, high] = interval
    body.push(
      line(at(low), middle, at(high), middle, colour, 'stroke-width="2.5"'),
      ...[low, high].map((end) => line(at(end), middle - 5, at(end), middle + 5, colour, 'stroke-width="2"')),
      // Hollow where the interval holds zero.
      `<circle cx="${at(difference).toFixed(2)}" cy="${middle}" r="5" fill="${result.better === 'undecided' ? '#ffffff' : colour}" stroke="${colour}" stroke-width="2"/>`,
    )
  }
  return { ground, body, bottom: top + height }
}

/** All intervals and zero, with room on both sides for the word that says which is better. */
function domainOf(results: readonly MeasureResult[]): [number, number] {
  const values = results.flatMap((result) =>
    [result.difference, ...result.interval].filter(Number.isFinite).map((value) => value * figuresOf(result).factor),
  )
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)]
  const span = high - low || 1
  // `better →` takes a quarter of the axis.
  return [Math.min(low - 0.06 * span, -0.32 * span), Math.max(high + 0.06 * span, 0.32 * span)]
}

function describe(result: MeasureResult): string {
  const { value, difference, interval } = figuresOf(result)
  return `${sentenceCase(result.title)}: base ${value(result.base)}, student ${value(result.student)}, difference ${difference(result.difference)} ${interval(result.interval)}, ${verdicts[result.better].text}.`
}
