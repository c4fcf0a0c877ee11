import type { Tokenizer } from '../tokenizer.ts'
import { Units } from '../units.ts'

/** mteval-v14's international tokens: punctuation and symbols of any script stand alone, but for punctuation between digits. */
export const tokenizerIntl: Tokenizer = {
  signature: 'intl',
  tokenize: (segment) => write(segment).toString(),
  write,
}

const other = 1
const number = 2
const punctuation = 3
const symbol = 4

/** The class of each code point, found out when it is first met: asking a regular expression for each would take three times as long. */
const classes = new Uint8Array(0x110000)
const units = new Units()
let points = new Int32Array(4096)
let spaced = new Int32Array(4096)

function classOf(point: number): number {
  const known = classes[point] as number
  if (known !== 0) return known
  const character = String.fromCodePoint(point)
  const found = /\p{N}/u.test(character)
    ? number
    : /\p{P}/u.test(character)
      ? punctuation
      : /\p{S}/u.test(character)
        ? symbol
        : other
  classes[point] = found
  return found
}

/** As with 13a, each pass reads what the last has written, and a match eats the neighbour. */
function write(segment: string): Units {
  const room = 4 * segment.length + 4
  if (points.length < room) {
    points = new Int32Array(room * 2)
    spaced = new Int32Array(room * 2)
  }
  let length = 0
  for (let i = 0; i < segment.length; i++) {
    const point = segment.codePointAt(i) as number
    if (point > 0xffff) i++
    points[length++] = point
  }
  length = afterOthers(length)
  length = beforeOthers(length)
  units.reserve(4 * length)
  const { units: into } = units
  let written = 0
  for (let i = 0; i < length; i++) {
    const point = points[i] as number
    const alone = classOf(point) === symbol
    if (alone) into[written++] = 0x20
    if (point > 0xffff) {
      into[written++] = 0xd7c0 + (point >> 10)
      into[written++] = 0xdc00 | (point & 0x3ff)
    } else into[written++] = point
    if (alone) into[written++] = 0x20
  }
  units.length = written
  return units
}

/** `(\P{N})(\p{P})` → `\1 \2 ` from `points` to `spaced` */
function afterOthers(length: number): number {
  let written = 0
  for (let i = 0; i < length; i++) {
    const point = points[i] as number
    spaced[written++] = point
    if (i + 1 < length && classOf(points[i + 1] as number) === punctuation && classOf(point) !== number) {
      spaced[written++] = 0x20
      spaced[written++] = points[++i] as number
      spaced[written++] = 0x20
    }
  }
  return written
}

/** `(\p{P})(\P{N})` → ` \1 \2` and back */
function beforeOthers(length: number): number {
  let written = 0
  for (let i = 0; i < length; i++) {
    const point = spaced[i] as number
    if (i + 1 < length && classOf(point) === punctuation && classOf(spaced[i + 1] as number) !== number) {
      points[written++] = 0x20
      points[written++] = point
      points[written++] = 0x20
      points[written++] = spaced[++i] as number
    } else points[written++] = point
  }
  return written
}
