import { bitsAt, space } from '../characters.ts'

/** What the filters look at, found in one walk over the text. */
export type Shape = {
  /** Words between white space, and their characters. */
  words: number
  wordCharacters: number
  /** `#` and ellipses, which menus and teasers are full of. */
  symbols: number
  lines: number
  bulletLines: number
  ellipsisLines: number
  /** Characters in the language's script, and all but white space. */
  inScript: number
  characters: number
}

const bullets = new Set([...'•‣◦▪▫■□●○◆◇▶►·*-–'].map((character) => character.charCodeAt(0)))
const ellipsis = 0x2026
const [hash, dot, newline] = [0x23, 0x2e, 0x0a]

/** Measures a text. @param script of `scriptTable` */
export function shapeOf(text: string, script: Uint8Array): Shape {
  const shape: Shape = {
    words: 0,
    wordCharacters: 0,
    symbols: 0,
    lines: 0,
    bulletLines: 0,
    ellipsisLines: 0,
    inScript: 0,
    characters: 0,
  }
  let inWord = false
  /** The first two characters of the line that are no blanks, and the last three. */
  let first = 0
  let second = -1
  let last = 0
  let dots = 0
  const endLine = () => {
    if (first !== 0) {
      shape.lines++
      // A dash that begins a line of speech is not followed by a blank everywhere; a bullet is.
      if (bullets.has(first) && (second === -2 || first > 0x2000)) shape.bulletLines++
      if (last === ellipsis || dots >= 3) shape.ellipsisLines++
    }
    first = 0
    second = -1
    last = 0
    dots = 0
  }
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x20 || bitsAt(text, at) & space) {
      inWord = false
      if (code === newline) endLine()
      else if (first !== 0 && second === -1) second = -2
      continue
    }
    if (!inWord) {
      inWord = true
      shape.words++
    }
    shape.characters++
    shape.inScript += script[code] as number
    if (code === hash || code === ellipsis) shape.symbols++
    dots = code === dot ? dots + 1 : 0
    if (dots === 3) shape.symbols++
    if (first === 0) first = code
    else if (second === -1) second = code
    last = code
  }
  endLine()
  shape.wordCharacters = shape.characters
  return shape
}
