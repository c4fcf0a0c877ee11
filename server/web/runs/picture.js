import { drawing, label, node, widthOnPage } from '../shared/drawing.js'

const height = 240
const [left, bottom] = [46, 26]

/** How wrong the model's guesses were while it learned, on what it was taught and on what was held back. @param curve points `{step, loss, split}` */
export function drawCurve({ t, number }, curve) {
  const width = widthOnPage()
  const losses = curve.map(({ loss }) => loss)
  const [low, high] = [Math.min(...losses), Math.max(...losses)]
  const last = Math.max(...curve.map(({ step }) => step))
  const x = (step) => left + (step / last) * (width - left - 12)
  const y = (loss) => 8 + (1 - (loss - low) / Math.max(1e-9, high - low)) * (height - bottom - 16)
  const of = (split) => curve.filter((point) => point.split === split)
  const end = of('valid').at(-1) ?? curve.at(-1)
  const begin = of('valid')[0] ?? curve[0]
  const short = (value) => number(value, { maximumFractionDigits: 2 })
  const svg = drawing(width, height, t('runs.curve-says', { from: short(begin.loss), to: short(end.loss) }))
  for (const value of [low, (low + high) / 2, high]) {
    svg.append(
      node('line', { x1: left, x2: width - 12, y1: y(value), y2: y(value), class: 'tick' }),
      label(left - 6, y(value) + 5, short(value), 'end'),
    )
  }
  svg.append(label(width - 12, height - 6, t('runs.curve-steps', { count: last }), 'end'))
  for (const split of ['train', 'valid']) {
    const points = of(split).map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`)
    if (points.length > 0) svg.append(node('polyline', { points: points.join(' '), class: `line ${split}` }))
  }
  return svg
}
