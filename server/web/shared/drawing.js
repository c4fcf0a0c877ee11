/** Pictures that pages draw, as SVG. Their text runs from left to right whatever the page's direction is, since numbers do. */

const namespace = 'http://www.w3.org/2000/svg'

/** How wide a picture is drawn, so that its text is as large as the page's on every screen. */
export const widthOnPage = () => Math.max(300, Math.min(640, document.documentElement.clientWidth - 40))

/** @param described what it shows, for those who do not see it */
export function drawing(width, height, described) {
  const svg = node('svg', { viewBox: `0 0 ${width} ${height}`, class: 'picture', role: 'img' })
  svg.setAttribute('aria-label', described)
  return svg
}

export function node(name, attributes) {
  const made = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

export function label(x, y, text, anchor) {
  const made = node('text', { x, y, 'text-anchor': anchor, direction: 'ltr' })
  made.textContent = text
  return made
}
