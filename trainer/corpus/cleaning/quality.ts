import { astralBits, createUnits, emoticon, half, odd, space, unitBits, unspaced, wordLike } from '../characters.ts'

/** What the filters look at, found in one walk over the text. */
export type Shape = {
  /** Words between white space. */
  words: number
  /** `#` and ellipses, which menus and teasers are full of. */
  symbols: number
  lines: number
  bulletLines: number
  ellipsisLines: number
  /** Characters in the language's script, and all but white space. */
  inScript: number
  characters: number
  /** Whether there is white space to tidy up, and a run of emoticons: what looks for them is slower than this walk. */
  untidy: boolean
  emoticons: boolean
}

const bullets = new Set([...'•‣◦▪▫■□●○◆◇▶►·*-–'].map((character) => character.charCodeAt(0)))
const [blank, newline, hash, dot, ellipsis] = [0x20, 0x0a, 0x23, 0x2e, 0x2026]

/** Beside the bits of `unitBits`: of the language's script, and nothing to look at but that. */
const [ours, plain] = [64, 128]

/** Makes the function that measures a text. @param script of `scriptTable` */
export function createShape(script: Uint8Array): (text: string) => Shape {
  const unitsOf = createUnits()
  const table = unitBits.map(
    (bits, code) => bits | (script[code] ? ours : 0) | ((bits & ~unspaced) === wordLike ? plain : 0),
  )
  return (text) => {
    const units = unitsOf(text)
    const { length } = units
    let [words, symbols, inScript, characters, lines, bulletLines, ellipsisLines] = [0, 0, 0, 0, 0, 0, 0]
    let [untidy, emoticons, inWord] = [false, false, false]
    let lineStart = -1
    const bitsAt = (at: number) => (at < 0 || at >= length ? space : (table[units[at] as number] as number))
    const endLine = (end: number) => {
      if (lineStart < 0) return
      lines++
      if (isBullet(units, lineStart)) bulletLines++
      if (isEllipsis(units, end)) ellipsisLines++
      lineStart = -1
    }
    for (let at = 0; at < length; at++) {
      const code = units[at] as number
      const bits = table[code] as number
      if (bits & space) {
        inWord = false
        // A run of blanks, a blank at either end of a line, or two empty lines.
        if (bits & odd || (code === blank ? bitsAt(at - 1) | bitsAt(at + 1) : bitsAt(at - 1) & bitsAt(at - 2)) & space)
          untidy = true
        if (code === newline) endLine(at)
        continue
      }
      if (!inWord) {
        inWord = true
        words++
        if (lineStart < 0) lineStart = at
      }
      characters++
      if (bits & ours) inScript++
      if (bits & plain) continue
      if (code === hash || code === ellipsis || (code === dot && isEllipsis(units, at + 1) && units[at - 3] !== dot))
        symbols++
      if (bits & odd) untidy = true
      if (bits & emoticon && code === units[at - 1] && code === units[at - 2]) emoticons = true
      // The second half of a pair, and the same pair twice before it.
      const again = bits & half && code >= 0xdc00 && code === units[at - 2] && code === units[at - 4]
      if (again && units[at - 1] === units[at - 3] && astralBits(units, at) & emoticon) emoticons = true
    }
    endLine(length)
    return { words, symbols, lines, bulletLines, ellipsisLines, inScript, characters, untidy, emoticons }
  }
}

/** Whether what ends there, blanks left out, is an ellipsis. */
function isEllipsis(units: Uint16Array, end: number): boolean {
  let at = end - 1
  while (at > 0 && (unitBits[units[at] as number] as number) & space) at--
  return units[at] === ellipsis || (units[at] === dot && units[at - 1] === dot && units[at - 2] === dot)
}

/** A dash begins a line of speech in many languages, and then no blank follows it in most. */
function isBullet(units: Uint16Array, at: number): boolean {
  const first = units[at] as number
  if (!bullets.has(first)) return false
  return first > 0x2020 || ((unitBits[units[at + 1] ?? newline] as number) & space) !== 0
}
