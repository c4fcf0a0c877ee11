import { drawing, label, node, widthOnPage } from './drawing.js'

const row = 34
const left = 8

/**
 * Ratings with their 95 % intervals: a line for each model, the mark at its rating, and a hollow one where it is with length and place held equal. Text is in the table beside it.
 *
 * @param models of a ranking, the best first
 * @param title what it is a picture of
 */
export function drawIntervals({ number }, models, title) {
  const ends = models.flatMap(({ interval, corrected, elo }) => [...interval, ...(corrected?.interval ?? []), elo])
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const width = widthOnPage()
  // Eight for a letter, and at most so much that there is room for the lines.
  const longest = Math.floor((0.375 * width - 14) / 8)
  const names = 14 + 8 * Math.min(longest, Math.max(...models.map(({ model }) => model.length)))
  const x = (value) => names + 14 + ((value - low) / Math.max(1, high - low)) * (width - names - 40)
  const height = row * models.length + 34
  const described = models.map(({ model, elo }) => `${model} ${number(elo, { maximumFractionDigits: 0 })}`).join(', ')
  const svg = drawing(width, height, `${title}: ${described}`)
  for (const tick of ticks(low, high, width / 90)) {
    svg.append(
      node('line', { x1: x(tick), x2: x(tick), y1: 4, y2: height - 26, class: 'tick' }),
      label(x(tick), height - 8, number(tick), 'middle'),
    )
  }
  models.forEach(({ model, elo, interval, corrected }, i) => {
    const y = 20 + row * i
    svg.append(
      label(left, y + 5, model.length > longest ? `${model.slice(0, longest - 1)}…` : model, 'start'),
      node('line', { x1: x(interval[0]), x2: x(interval[1]), y1: y, y2: y, class: 'interval' }),
      node('circle', { cx: x(elo), cy: y, r: 6, class: 'mark' }),
    )
    if (corrected) svg.append(node('circle', { cx: x(corrected.elo), cy: y + 9, r: 4, class: 'hollow' }))
  })
  return svg
}

/** Round numbers between two, so many at most. */
function ticks(low, high, most) {
  const step = [10, 20, 50, 100, 200, 500, 1000].find((each) => (high - low) / each <= most) ?? 2000
  const first = Math.ceil(low / step) * step
  return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, i) => first + i * step)
}
