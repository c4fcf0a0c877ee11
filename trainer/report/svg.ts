import { clean } from './markdown.ts'

/** Colours with a contrast of at least 4.5 to white where they carry text; each meaning has a shape or a word too, for those who do not see the colour. */
export const colours = {
  ink: '#1f2328',
  muted: '#59636e',
  grid: '#e3e7eb',
  axis: '#8b949e',
  blue: '#1f5fa8',
  paleBlue: '#9bbfe6',
  orange: '#bc4c00',
  paleOrange: '#f0b37e',
  green: '#18794e',
  paleGreen: '#eaf5ee',
  grey: '#c3cad2',
} as const

/** A picture that reads alike on a light and on a dark page: it brings its own background and uses the system's typeface. */
export function picture(options: {
  width: number
  height: number
  title: string
  /** What it shows, for those who cannot see it. */
  description: string
  body: readonly string[]
}): string {
  const { width, height, title, description, body } = options
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif">`,
    `<title id="title">${xml(title)}</title>`,
    `<desc id="desc">${xml(description)}</desc>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="${colours.grid}"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

type TextOptions = { size?: number; fill?: string; anchor?: 'start' | 'middle' | 'end'; bold?: boolean }

export function label(x: number, y: number, content: string, options: TextOptions = {}): string {
  const { size = 13, fill = colours.ink, anchor = 'start', bold = false } = options
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}"${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}${bold ? ' font-weight="600"' : ''}>${xml(content)}</text>`
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}"${more && ` ${more}`}/>`
}

export function rectangle(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" fill="${fill}"${more && ` ${more}`}/>`
}

export function polyline(points: readonly (readonly [number, number])[], stroke: string, width: number): string {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
  return `<polyline points="${path}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round" stroke-linecap="round"/>`
}

/** Maps a domain of values onto a range of pixels. */
export function scale(domain: readonly [number, number], range: readonly [number, number]): (value: number) => number {
  const [low, high] = domain
  const [from, to] = range
  return (value) => from + ((value - low) / (high - low || 1)) * (to - from)
}

/** Some `count` round numbers (1, 2 or 5 times a power of ten apart) within a domain. */
export function ticks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count
  if (!(rough > 0)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

/** A tick's number with a real minus sign. */
export function tickLabel(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 6 }).replace('-', '−')
}

/** Pixels that a text takes at most: SVG cannot ask, and a wide typeface (DejaVu Sans, Verdana) needs 0.62 em a character on average. */
export function widthOf(content: string, size: number): number {
  let em = 0
  for (const character of content)
    em += /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uff60]/.test(character) ? 1 : 0.62
  return em * size
}

/** Breaks a text into lines that fit; a word that is too long for a line is broken as well. */
export function wrap(content: string, width: number, size: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of clean(content).split(/\s+/)) {
    const longer = current === '' ? word : `${current} ${word}`
    if (widthOf(longer, size) <= width) {
      current = longer
      continue
    }
    if (current !== '') lines.push(current)
    current = word
    while (widthOf(current, size) > width && [...current].length > 1) {
      const characters = [...current]
      const fit = Math.max(1, Math.floor((characters.length * width) / widthOf(current, size)))
      lines.push(characters.slice(0, fit).join(''))
      current = characters.slice(fit).join('')
    }
  }
  if (current !== '') lines.push(current)
  return lines
}

/** A name in so many pixels: one that is too long loses its middle, since its end tells versions apart. */
export function shortened(name: string, width: number, size: number): string {
  if (widthOf(name, size) <= width) return name
  const letters = [...name]
  for (let kept = letters.length - 1; kept > 2; kept--) {
    const short = `${letters.slice(0, Math.ceil(kept / 2)).join('')}…${letters.slice(-Math.floor(kept / 2)).join('')}`
    if (widthOf(short, size) <= width) return short
  }
  return '…'
}

/** Text within XML. */
export function xml(value: string): string {
  return clean(value).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const round = (value: number) => Math.round(value * 100) / 100
