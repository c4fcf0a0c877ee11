/**
 * What mteval-v13a, sacreBLEU's Chinese tokeniser and Tercom share for text in European languages: spaces around ASCII punctuation, and around full stops,
 * commas and dashes depending on the digits beside them. Four passes over UTF-16 code units, each over what the last has written: the originals are regular
 * expressions whose matches eat the neighbour, so `a..b` and `1..2` come out unlike what one look at each mark would give. Tercom also splits off `'s`.
 */
export function separatePunctuation(text: string, possessives = false): string {
  reserve(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80 && isPunctuation[unit] === 1) {
      source[length++] = space
      source[length++] = unit
      source[length++] = space
    } else source[length++] = unit
  }
  if (possessives) length = pass(length, possessivesBeforeSpaces)
  length = pass(length, stopsAfterOthers)
  length = pass(length, stopsBeforeOthers)
  length = pass(length, dashesAfterDigits)
  return textOf(length)
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
let source = new Uint16Array(4096)
let target = new Uint16Array(4096)

/** Each pass writes at most twice what it reads, the first at most three times. */
function reserve(length: number): void {
  const needed = 24 * length + 16
  if (source.length >= needed) return
  source = new Uint16Array(needed)
  target = new Uint16Array(needed)
}

function pass(length: number, step: (length: number) => number): number {
  const written = step(length)
  const swapped = source
  source = target
  target = swapped
  return written
}

/** `'s ` → ` 's ` */
function possessivesBeforeSpaces(length: number): number {
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
function stopsAfterOthers(length: number): number {
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
function stopsBeforeOthers(length: number): number {
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
function dashesAfterDigits(length: number): number {
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

/** The source's code units. Function arguments are limited, so long texts go in pieces. */
function textOf(length: number): string {
  if (length <= 4096) return String.fromCharCode.apply(null, source.subarray(0, length) as unknown as number[])
  let text = ''
  for (let i = 0; i < length; i += 4096) {
    text += String.fromCharCode.apply(null, source.subarray(i, Math.min(i + 4096, length)) as unknown as number[])
  }
  return text
}
