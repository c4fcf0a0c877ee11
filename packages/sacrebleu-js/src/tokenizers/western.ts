import { Units } from '../units.ts'

/**
 * What mteval-v13a, sacreBLEU's Chinese tokeniser and Tercom share for text in European languages: spaces around ASCII punctuation, and around full stops,
 * commas and dashes depending on the digits beside them. Four passes over UTF-16 code units, each over what the last has written: the originals are regular
 * expressions whose matches eat the neighbour, so `a..b` and `1..2` come out unlike what one look at each mark would give. Tercom also splits off `'s`. All but Chinese
 * text is padded with a space on both sides, which the rules then see as its neighbours.
 */
export function separatePunctuation(text: string, { padded = true, possessives = false } = {}): Units {
  // The first pass writes at most three times what it reads, the others at most twice.
  source.reserve(24 * text.length + 16)
  target.reserve(24 * text.length + 16)
  let length = 0
  let stops = false
  let dashes = false
  const { units } = source
  if (padded) units[length++] = space
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80 && isPunctuation[unit] === 1) {
      if (unit !== space) units[length++] = space
      units[length++] = unit
      if (unit !== space) units[length++] = space
      continue
    }
    units[length++] = unit
    stops ||= unit === stop || unit === comma
    dashes ||= unit === dash
  }
  if (padded) units[length++] = space
  source.length = length
  if (possessives) pass(possessivesBeforeSpaces)
  if (stops) {
    pass(stopsAfterOthers)
    pass(stopsBeforeOthers)
  }
  if (dashes) pass(dashesAfterDigits)
  return source
}

const space = 0x20
const apostrophe = 0x27
const comma = 0x2c
const dash = 0x2d
const stop = 0x2e
const letterS = 0x73

/** Space to &, ( to +, / and : to @, [ to `, { to ~: ASCII punctuation but for apostrophe, comma, dash and full stop. */
const isPunctuation = new Uint8Array(0x80)
for (const [first, last] of [
  [0x20, 0x26],
  [0x28, 0x2b],
  [0x2f, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0x7e],
] as const) {
  isPunctuation.fill(1, first, last + 1)
}

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39
const isStop = (unit: number): boolean => unit === stop || unit === comma

/** What a pass reads and what it writes; they change places after each. */
let source = new Units()
let target = new Units()

function pass(step: (from: Uint16Array, length: number, to: Uint16Array) => number): void {
  target.length = step(source.units, source.length, target.units)
  const read = source
  source = target
  target = read
}

/** `'s ` → ` 's ` */
function possessivesBeforeSpaces(source: Uint16Array, length: number, target: Uint16Array): number {
  let written = 0
  for (let i = 0; i < length; i++) {
    if (source[i] === apostrophe && source[i + 1] === letterS && source[i + 2] === space && i + 2 < length) {
      target[written++] = space
    }
    target[written++] = source[i] as number
  }
  return written
}

/** `([^0-9])([.,])` → `\1 \2 ` */
function stopsAfterOthers(source: Uint16Array, length: number, target: Uint16Array): number {
  let written = 0
  for (let i = 0; i < length; i++) {
    const unit = source[i] as number
    target[written++] = unit
    if (i + 1 < length && isStop(source[i + 1] as number) && !isDigit(unit)) {
      target[written++] = space
      target[written++] = source[++i] as number
      target[written++] = space
    }
  }
  return written
}

/** `([.,])([^0-9])` → ` \1 \2` */
function stopsBeforeOthers(source: Uint16Array, length: number, target: Uint16Array): number {
  let written = 0
  for (let i = 0; i < length; i++) {
    const unit = source[i] as number
    if (isStop(unit) && i + 1 < length && !isDigit(source[i + 1] as number)) {
      target[written++] = space
      target[written++] = unit
      target[written++] = space
      target[written++] = source[++i] as number
    } else target[written++] = unit
  }
  return written
}

/** `([0-9])(-)` → `\1 \2 ` */
function dashesAfterDigits(source: Uint16Array, length: number, target: Uint16Array): number {
  let written = 0
  for (let i = 0; i < length; i++) {
    const unit = source[i] as number
    target[written++] = unit
    if (isDigit(unit) && i + 1 < length && source[i + 1] === dash) {
      target[written++] = space
      target[written++] = source[++i] as number
      target[written++] = space
    }
  }
  return written
}
