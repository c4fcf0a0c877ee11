import { scriptTester } from '../../evaluator/text.ts'

/** What a character is, as bits. */
export const space = 1
export const wordLike = 2
/** Of a script that writes no spaces between words: the character is taken for a word. */
export const unspaced = 4
/** A blank that is neither space nor line feed, or a character that is not seen. */
export const odd = 8
/** What is repeated for fun. */
export const emoticon = 16
/** Half of a character beyond the basic plane: what it is says its code point. */
export const half = 32

const patterns: readonly (readonly [bit: number, pattern: RegExp])[] = [
  // Ethiopic has a mark between words.
  [space, /^[\s\u1361]$/u],
  [wordLike, /^[\p{L}\p{M}\p{N}_]$/u],
  [
    unspaced,
    /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]$/u,
  ],
  [odd, /^(?![ \n])[\s\p{Cc}\u00ad\u200b\u200e\u200f\u2060]$/u],
  [emoticon, /^(?!\p{Nd})[!?~^♡♥★☆\u3131-\u318e\p{Extended_Pictographic}]$/u],
]

function bitsOf(character: string): number {
  let bits = patterns.reduce((sum, [bit, pattern]) => sum | (pattern.test(character) ? bit : 0), 0)
  if (!(bits & wordLike)) bits &= ~unspaced
  return bits
}

/** The bits of each UTF-16 code unit, made once: to ask a regular expression for every character of a corpus is slow. */
export const unitBits = Uint8Array.from({ length: 65_536 }, (_, code) =>
  code >= 0xd800 && code <= 0xdfff ? half : bitsOf(String.fromCharCode(code)),
)

const astral = new Map<number, number>()

/** The bits of a character beyond the basic plane, by the unit at a place and that beside it: its second half is as its first. */
export function astralBits(units: Uint16Array, at: number): number {
  const code = units[at] as number
  const [high, low] = code < 0xdc00 ? [code, units[at + 1] ?? 0] : [units[at - 1] ?? 0, code]
  const point = high * 0x400 + low - 0x35fdc00
  let bits = astral.get(point)
  if (bits === undefined) {
    bits = point > 0xffff && point <= 0x10ffff ? bitsOf(String.fromCodePoint(point)) : 0
    astral.set(point, bits)
  }
  return bits
}

/**
 * Makes a function that lays a text's UTF-16 code units into an array, which is walked through much faster than a string. The array is used again for the next text.
 */
export function createUnits(): (text: string) => Uint16Array {
  let buffer = Buffer.alloc(1 << 16)
  return (text) => {
    if (text.length * 2 > buffer.length) buffer = Buffer.alloc(text.length * 4)
    buffer.write(text, 'utf16le')
    return new Uint16Array(buffer.buffer, buffer.byteOffset, text.length)
  }
}

/** Whether texts in a script have no spaces between words (ISO 15924 code). */
export function isUnspaced(script: string): boolean {
  return ['Hans', 'Hant', 'Hani', 'Jpan', 'Hira', 'Kana', 'Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt'].includes(script)
}

const tables = new Map<string, Uint8Array>()

/** For each UTF-16 code unit, 1 where it is a letter or mark of the script (ISO 15924), else 0. Halves of surrogate pairs are 1 where the script has letters with them. */
export function scriptTable(script: string): Uint8Array {
  let known = tables.get(script)
  if (!known) {
    const isOf = scriptTester(script)
    const isLetter = /^[\p{L}\p{M}]$/u
    known = new Uint8Array(65_536)
    for (let point = 0; point < 0x32000; point++) {
      const character = String.fromCodePoint(point)
      if (!isLetter.test(character) || !isOf(character)) continue
      for (let i = 0; i < character.length; i++) known[character.charCodeAt(i)] = 1
    }
    tables.set(script, known)
  }
  return known
}
