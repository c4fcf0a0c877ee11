const namespace = 'http://www.w3.org/2000/svg'
const row = 34
const left = 8
const width = 640

/**
 * Ratings with their 95 % intervals: a line for each model, the mark at its rating, and a hollow one where it is with length and place held equal. Text is in the table beside it.
 *
 * @param models of a ranking, the best first
 */
export function drawIntervals({ t, number }, models) {
  const ends = models.flatMap(({ interval, corrected, elo }) => [...interval, ...corrected.interval, elo])
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const names = Math.min(240, 14 + 8 * Math.max(...models.map(({ model }) => model.length)))
  const x = (value) => names + 14 + ((value - low) / Math.max(1, high - low)) * (width - names - 40)
  const height = row * models.length + 34
  const svg = node('svg', { viewBox: `0 0 ${width} ${height}`, class: 'picture', role: 'img' })
  const described = models.map(({ model, elo }) => `${model} ${number(elo, { maximumFractionDigits: 0 })}`).join(', ')
  svg.setAttribute('aria-label', `${t('organise.ranking')}: ${described}`)
  for (const tick of ticks(low, high)) {
    svg.append(
      node('line', { x1: x(tick), x2: x(tick), y1: 4, y2: height - 26, class: 'tick' }),
      label(x(tick), height - 8, number(tick), 'middle'),
    )
  }
  models.forEach(({ model, elo, interval, corrected }, i) => {
    const y = 20 + row * i
    svg.append(
      label(left, y + 5, model.length > 28 ? `${model.slice(0, 27)}…` : model, 'start'),
      node('line', { x1: x(interval[0]), x2: x(interval[1]), y1: y, y2: y, class: 'interval' }),
      node('circle', { cx: x(elo), cy: y, r: 6, class: 'mark' }),
      node('circle', { cx: x(corrected.elo), cy: y + 9, r: 4, class: 'hollow' }),
    )
  })
  return svg
}

function node(name, attributes) {
  const made = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function label(x, y, text, anchor) {
  const made = node('text', { x, y, 'text-anchor': anchor, direction: 'ltr' })
  made.textContent = text
  return made
}

/** Round numbers between two. */
function ticks(low, high) {
  const step = [10, 20, 50, 100, 200, 500, 1000].find((each) => (high - low) / each <= 7) ?? 2000
  const first = Math.ceil(low / step) * step
  return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, i) => first + i * step)
}
