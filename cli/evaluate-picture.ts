import type { Language } from '../data/language.ts'
import type { Sheet, SheetRow } from '../evaluator/sheet.ts'
import { figuresOf } from '../trainer/report/figures.ts'
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

const width = 860
const left = 24
const plot = { from: 300, to: 690 }
const right = 706
const rowHeight = 22
const headSize = 13
const nameSize = 12

/** Every value with its 95 % interval: a panel for each measure, a row for each model, and guessing as a dashed line. */
export function sheetPicture({ rows }: Sheet, language: Language): string {
  const title = `Models on ${language.name}`
  const body: string[] = [
    label(left, 32, title, { size: 16, bold: true }),
    label(left, 54, 'Points are values, bars their 95 % intervals; a dashed line is what guessing gives.', {
      fill: colours.muted,
    }),
  ]
  let y = 84
  const models = [...new Set(rows.map(({ model }) => model))]
  for (const group of Map.groupBy(rows, ({ benchmark, measure }) => `${benchmark}\0${measure}`).values()) {
    const panel = drawPanel(group, models, y)
    body.push(...panel.body)
    y = panel.bottom
  }
  return picture({ width, height: y, title, description: rows.map(describe).join(' '), body })
}

/** The first model is grey, since the others are compared with it; shape and name tell models apart too. */
const colourOf = (nth: number) => (nth === 0 ? colours.muted : nth % 2 === 1 ? colours.blue : colours.orange)

function drawPanel(
  rows: readonly SheetRow[],
  models: readonly string[],
  top: number,
): { body: string[]; bottom: number } {
  const [first] = rows as [SheetRow, ...SheetRow[]]
  const unit = unitOf(first)
  const domain = domainOf(rows)
  const x = scale(domain, [plot.from, plot.to])
  const heading = wrap(first.title, width - 2 * left, headSize)
  const start = top + 18 * heading.length + 4
  const bottom = start + rowHeight * rows.length
  const body = heading.map((text, i) => label(left, top + 18 * i, text, { size: headSize, bold: true }))
  for (const tick of ticks(domain, 5)) {
    body.push(
      line(x(tick), start, x(tick), bottom, colours.grid),
      label(x(tick), bottom + 16, tickLabel(tick), { size: 11, fill: colours.muted, anchor: 'middle' }),
    )
  }
  if (first.chance) {
    const at = x(first.chance.share * unit.factor)
    body.push(line(at, start, at, bottom, colours.axis, 'stroke-width="1.5" stroke-dasharray="5 4"'))
  }
  body.push(
    ...rows.flatMap((row, i) => drawRow(row, models.indexOf(row.model), start + rowHeight * i + rowHeight / 2, x)),
    line(plot.from, bottom, plot.to, bottom, colours.axis),
    label(plot.from - 12, bottom + 16, unit.name, { size: 11, fill: colours.muted, anchor: 'end' }),
  )
  return { body, bottom: bottom + 48 }
}

function drawRow(row: SheetRow, nth: number, y: number, x: (value: number) => number): string[] {
  const { factor, write } = unitOf(row)
  const colour = colourOf(nth)
  const [low, high] = row.interval
  const body = [
    label(plot.from - 12, y + 4, shortened(row.model, plot.from - left - 12, nameSize), {
      size: nameSize,
      anchor: 'end',
    }),
    label(right, y + 4, `${write(row.value)} [${write(low)}, ${write(high)}]`, { size: 11 }),
  ]
  if (![row.value, low, high].every(Number.isFinite)) return body
  body.push(rectangle(x(low * factor), y - 2, x(high * factor) - x(low * factor), 4, colour, 'rx="2" opacity="0.45"'))
  const at = x(row.value * factor)
  // Circle, square and diamond in turn.
  const turn = nth % 3 === 2 ? ` transform="rotate(45 ${at.toFixed(2)} ${y})"` : ''
  body.push(
    nth % 3 === 0
      ? `<circle cx="${at.toFixed(2)}" cy="${y}" r="5" fill="${colour}"/>`
      : `<rect x="${(at - 4.5).toFixed(2)}" y="${y - 4.5}" width="9" height="9" fill="${colour}"${turn}/>`,
  )
  return body
}

/** Shares are drawn in percent; other measures as they are. */
function unitOf(row: SheetRow): { name: string; factor: number; write: (value: number) => string } {
  const better = row.higherIsBetter ? 'higher is better' : 'lower is better'
  if (row.measure === 'characters') return { name: 'characters', factor: 1, write: (value) => value.toFixed(0) }
  if (row.measure === 'bits-per-byte' || row.measure === 'chrf++') {
    const digits = row.measure === 'chrf++' ? 1 : 3
    const what = row.measure === 'chrf++' ? 'chrF++' : 'bits per byte'
    return { name: `${what}, ${better}`, factor: 1, write: (value) => value.toFixed(digits) }
  }
  const { factor } = figuresOf(row)
  return { name: `%, ${better}`, factor, write: (value) => (factor * value).toFixed(1) }
}

function domainOf(rows: readonly SheetRow[]): [number, number] {
  const values = rows.flatMap((row) =>
    [row.value, ...row.interval, row.chance?.share ?? row.value]
      .filter(Number.isFinite)
      .map((value) => value * unitOf(row).factor),
  )
  if (values.length === 0) return [0, 1]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = 0.08 * (high - low || Math.abs(high) || 1)
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room]
}

function describe(row: SheetRow): string {
  const { write, name } = unitOf(row)
  const [low, high] = row.interval
  return `${row.title}, ${row.model}: ${write(row.value)} [${write(low)}, ${write(high)}] (${name}).`
}
