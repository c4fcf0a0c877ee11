import { type IntrinsicMetric, intrinsicMetrics } from '../evaluator/polyglot-score/intrinsic.ts'
import {
  colours,
  label,
  line,
  picture,
  rectangle,
  scale,
  shortened,
  tickLabel,
  ticks,
  wrap,
} from '../trainer/report/svg.ts'
import { changeText, signed, unitFigures } from '../trainer/score/figures.ts'
import { metricNames } from '../trainer/score/notes.ts'
import type { ScoreResult } from '../trainer/score/result.ts'
import type { ScoreRow } from '../trainer/score/score-row.ts'
import type { TaskUnit } from '../trainer/score/tasks.ts'

const width = 960
const left = 24
const rowHeight = 40
const top = 146

type Column = { from: number; to: number; title: string; under: string }

const data: Column = {
  from: 270,
  to: 560,
  title: 'The data, by themselves (z)',
  under: 'deviations from the mean of all; right is better',
}
const gain: Column = { from: 620, to: 930, title: 'Its student on the held-out tasks', under: '' }

const marks: Readonly<Record<IntrinsicMetric, string>> = {
  promptDistinctness: 'P',
  responseDistinctness: 'R',
  rubric: 'J',
  fluency: 'F',
}

const orders = {
  'polyglot score': 'In the order of the Polyglot Score.',
  change: 'Students that cannot be told from the best one come first, in the order of z; then the others.',
  z: 'In the order of z.',
} as const satisfies Record<ScoreResult['ranking']['by'], string>

/** Teachers by strategies, the best first: z with the metrics that it is the mean of, and the student's change with its interval. */
export function scorePicture(result: ScoreResult): string {
  const { rows, language, extrinsic, advice, ranking } = result
  const title = `Who should teach ${language.name}?`
  const bottom = top + rowHeight * rows.length
  const adviceTop = bottom + 94
  const lines = wrap(advice, width - 2 * left, 13)
  const domain = paddedDomain(rows.flatMap(({ z = 0, parts = {} }) => [z, ...Object.values(parts)]))
  const x = scale(domain, [data.from, data.to])
  const body = [
    label(left, 34, title, { size: 18, bold: true }),
    label(left, 58, orders[ranking.by], { fill: colours.muted }),
    label(left, 76, 'A bar at the right is a 95 % interval; one that holds zero may be noise.', {
      fill: colours.muted,
    }),
    ...axis(data, domain, bottom),
    ...rows.flatMap((row, nth) => [...names(row, middleOf(nth), nth), ...zOf(row, middleOf(nth), x)]),
    ...(extrinsic ? gains(rows, extrinsic.unit, bottom) : []),
    legend(bottom + 62),
    ...lines.map((text, nth) => label(left, adviceTop + 19 * nth, text)),
  ]
  return picture({
    width,
    height: adviceTop + 19 * lines.length + 6,
    title,
    description: [...rows.map((row) => describe(row, result)), advice].join(' '),
    body,
  })
}

const middleOf = (nth: number) => top + rowHeight * nth + rowHeight / 2

/** The students' changes, in the unit's own figures. */
function gains(rows: readonly ScoreRow[], unit: TaskUnit, bottom: number): string[] {
  const { factor, name } = unitFigures[unit]
  const values = rows.flatMap(({ change }) => (change ? [change.value, ...change.interval] : []))
  const domain = paddedDomain(values.map((value) => factor * value))
  const x = scale(domain, [gain.from, gain.to])
  return [
    ...axis({ ...gain, under: `${name}, against the base` }, domain, bottom),
    ...rows.flatMap((row, nth) => gainOf(row, middleOf(nth), (value) => x(factor * value), unit)),
  ]
}

/** A domain that holds zero, with room at its ends. */
function paddedDomain(values: readonly number[]): [number, number] {
  const known = values.filter(Number.isFinite)
  const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)]
  const room = 0.08 * (high - low || 1)
  return [low - room, high + room]
}

function axis(column: Column, domain: [number, number], bottom: number): string[] {
  const x = scale(domain, [column.from, column.to])
  return [
    label(column.from, top - 30, column.title, { bold: true }),
    ...ticks(domain, 5).flatMap((tick) => [
      line(
        x(tick),
        top - 6,
        x(tick),
        bottom,
        tick === 0 ? colours.axis : colours.grid,
        tick === 0 ? 'stroke-width="1.5"' : '',
      ),
      label(x(tick), bottom + 16, tickLabel(tick), { size: 11, fill: colours.muted, anchor: 'middle' }),
    ]),
    line(column.from, bottom, column.to, bottom, colours.axis),
    label((column.from + column.to) / 2, bottom + 34, column.under, {
      size: 11,
      fill: colours.muted,
      anchor: 'middle',
    }),
  ]
}

function legend(y: number): string {
  const words = intrinsicMetrics.map((metric) => `${marks[metric]} ${metricNames[metric]}`)
  return label(left, y, `● z, the mean of ${words.join(' · ')}`, { size: 11, fill: colours.muted })
}

function names(row: ScoreRow, y: number, nth: number): string[] {
  return [
    ...(nth > 0 ? [line(left, y - rowHeight / 2, width - left, y - rowHeight / 2, colours.grid)] : []),
    label(left, y - 3, shortened(row.teacher, data.from - left - 36, 13), { bold: true }),
    label(left, y + 13, `${row.strategy} · ${row.kept} of ${row.asked} rows`, { size: 11, fill: colours.muted }),
  ]
}

function zOf({ z, parts = {} }: ScoreRow, y: number, x: (value: number) => number): string[] {
  if (z === undefined) return [label(data.from, y + 4, 'too few rows to measure', { size: 11, fill: colours.muted })]
  return [
    ...letters(parts, x).map(([mark, at]) =>
      label(at, y + 15, mark, { size: 10, fill: colours.muted, anchor: 'middle' }),
    ),
    rectangle(Math.min(x(0), x(z)), y - 5, Math.abs(x(z) - x(0)), 6, colours.paleBlue),
    `<circle cx="${x(z).toFixed(2)}" cy="${y - 2}" r="5" fill="${colours.blue}"/>`,
    label(x(z) + (z < 0 ? -9 : 9), y + 2, signed(z, 2), { size: 11, anchor: z < 0 ? 'end' : 'start' }),
  ]
}

/** The metrics' letters from left to right, so far apart that each can be read. */
function letters(parts: NonNullable<ScoreRow['parts']>, x: (value: number) => number): [string, number][] {
  const sorted = (Object.entries(parts) as [IntrinsicMetric, number][]).sort(([, a], [, b]) => a - b)
  let last = Number.NEGATIVE_INFINITY
  return sorted.map(([metric, value]) => {
    last = Math.max(x(value), last + 9)
    return [marks[metric], last]
  })
}

function gainOf({ change, pg }: ScoreRow, y: number, x: (value: number) => number, unit: TaskUnit): string[] {
  if (!change) return [label(gain.from, y + 4, 'no student', { size: 11, fill: colours.muted })]
  const [low, high] = change.interval
  const colour = low > 0 ? colours.green : high < 0 ? colours.orange : colours.muted
  const { factor, digits } = unitFigures[unit]
  const figures = `${signed(factor * change.value, digits)}${pg === undefined ? '' : ` · PG ${signed(pg, 2)}`}`
  return [
    rectangle(x(low), y - 4, x(high) - x(low), 4, colour, 'rx="2" opacity="0.45"'),
    `<circle cx="${x(change.value).toFixed(2)}" cy="${y - 2}" r="5" fill="${colour}"/>`,
    label(x(change.value), y + 14, figures, { size: 11, anchor: 'middle' }),
  ]
}

function describe({ teacher, strategy, z, change }: ScoreRow, { extrinsic }: ScoreResult): string {
  const gained = change && extrinsic ? `, its student ${changeText(change, extrinsic.unit)} against the base` : ''
  return `${teacher}, ${strategy}: z ${z === undefined ? 'unknown' : signed(z, 2)}${gained}.`
}
