import { scriptTester } from '../../evaluator/text.ts'

/** What a character is, as bits. */
export const space = 1
export const wordLike = 2
/** Of a script that writes no spaces between words: the character is taken for a word. */
export const unspaced = 4

/** Bits of each UTF-16 code unit; made once, because asking a regular expression for every character of a corpus is slow. Surrogates are looked up by their code point. */
const table = new Uint8Array(65_536)
const patterns = {
  space: /^\s$/u,
  word: /^[\p{L}\p{M}\p{N}_]$/u,
  unspaced:
    /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]$/u,
}
for (let code = 0; code < table.length; code++) table[code] = bitsOf(String.fromCharCode(code))

function bitsOf(character: string): number {
  if (patterns.space.test(character)) return space
  if (!patterns.word.test(character)) return 0
  return wordLike | (patterns.unspaced.test(character) ? unspaced : 0)
}

const astral = new Map<number, number>()

/** The bits of the character at a place in a text. */
export function bitsAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code < 0xd800 || code > 0xdfff) return table[code] as number
  // The second half of a pair is as the first: a word never ends between them.
  const point = text.codePointAt(code >= 0xdc00 && at > 0 ? at - 1 : at) as number
  let bits = astral.get(point)
  if (bits === undefined) {
    bits = bitsOf(String.fromCodePoint(point))
    astral.set(point, bits)
  }
  return bits
}

/** Whether texts in a script have no spaces between words (ISO 15924 code). */
export function isUnspaced(script: string): boolean {
  return ['Hans', 'Hant', 'Hani', 'Jpan', 'Hira', 'Kana', 'Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt'].includes(script)
}

const tables = new Map<string, Uint8Array>()

/** For each UTF-16 code unit, 1 where it is a letter or mark of the script (ISO 15924), else 0. Halves of surrogate pairs are 1 where the script lies beyond the basic plane. */
export function scriptTable(script: string): Uint8Array {
  let known = tables.get(script)
  if (!known) {
    const isOf = scriptTester(script)
    known = new Uint8Array(65_536)
    for (let code = 0; code < known.length; code++) {
      const character = String.fromCharCode(code)
      if (/^[\p{L}\p{M}]$/u.test(character) && isOf(character)) known[code] = 1
    }
    for (let point = 0x10000; point < 0x32000; point++) {
      const character = String.fromCodePoint(point)
      if (!/^\p{L}$/u.test(character) || !isOf(character)) continue
      known[character.charCodeAt(0)] = 1
      known[character.charCodeAt(1)] = 1
    }
    tables.set(script, known)
  }
  return known
}
