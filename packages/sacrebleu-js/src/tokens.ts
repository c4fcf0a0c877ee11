import { isSpace } from './text.ts'

/** What a tokeniser may take a character for. */
export const kinds = {
  /** Part of a word. */
  letter: 0,
  /** Part of a word, and what keeps stops in it. */
  digit: 1,
  space: 2,
  /** A token of its own. */
  mark: 3,
  /** A token of its own but for those between digits. */
  stop: 4,
  /** A token of its own after a digit. */
  dash: 5,
  /** With `s` at a word's end, a token of its own. */
  apostrophe: 6,
  /** A half of a surrogate pair, or a character whose kind is found out when it is first met. */
  unknown: 7,
  /** Where it occurs, the text is rewritten before it is split. */
  special: 8,
} as const

export type Rules = {
  /** The kind of each UTF-16 code unit. */
  kinds: Uint8Array
  /** The kind of the character at a place, where the table says `unknown`. */
  kindAt?: (text: string, place: number) => number
  /** What is made of a text with a special character; those in it are tokens of their own then. */
  rewrite?: ((text: string) => string) | undefined
  /** Whether the text's ends count as white space. Otherwise a stop at an end lacks the neighbour that splits it off. */
  padded?: boolean
}

/** The kinds of code units of which white space, as Python sees it, is all that is known; the others are of one kind. */
export function createKinds(others: number = kinds.letter): Uint8Array {
  const table = new Uint8Array(0x10000).fill(others)
  // Where `isSpace` finds any: to ask it of every unit would cost more than scoring a thousand segments.
  for (const [first, last] of [
    [0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x205f],
    [0x3000, 0x3000],
  ] as const) {
    for (let unit = first; unit <= last; unit++) if (isSpace(unit)) table[unit] = kinds.space
  }
  return table
}

/** White space alone separates tokens. */
export const words: Rules = { kinds: createKinds() }

/** The tokens of a text, one after the other in buffers that are used again for the next text. */
export class Tokens {
  /** All tokens' UTF-16 code units, without what separated them. */
  units = new Uint16Array(1024)
  /** Where each token ends, which is where the next begins. */
  ends = new Int32Array(1024)
  /** The hash of each token, as `hash` gives it. */
  keys = new Int32Array(1024)
  count = 0

  /**
   * Splits a text. mteval's and Tercom's tokenisers are regular expressions that run over the whole text one after the other, each match eating the stop's
   * neighbour: `([^0-9])([.,])` → `\1 \2 ` and then `([.,])([^0-9])` → ` \1 \2`. What comes of it is decided here by the neighbours alone: the first of a run
   * of stops is split off unless a digit is before it, then every second one is (its neighbour was not eaten), and any is that has no digit behind it.
   */
  read(text: string, rules: Rules): this {
    const { kinds: table, kindAt = letterAt, padded = false } = rules
    this.#reserve(text.length)
    const { units, ends, keys } = this
    const size = text.length
    let count = 0
    let start = 0
    let length = 0
    let key = 0
    // Kinds of the neighbours that the ends of a text stand for.
    let before: number = padded ? kinds.space : kinds.digit
    const behind: number = before
    let split = false
    for (let i = 0; i < size; i++) {
      const unit = text.charCodeAt(i)
      let kind = table[unit] as number
      if (kind === kinds.letter) {
        before = kind
        units[length++] = unit
        key = (Math.imul(key, 31) + unit) | 0
        continue
      }
      if (kind === kinds.unknown) kind = kindAt(text, i)
      else if (kind === kinds.special) {
        if (rules.rewrite) return this.read(rules.rewrite(text), { ...rules, rewrite: undefined })
        kind = kinds.mark
      }
      let alone = false
      if (kind >= kinds.space) {
        if (kind === kinds.stop) {
          const next = kindOf(text, i + unitsAt(text, i), table, kindAt, behind)
          split = before === kinds.stop ? !split : before !== kinds.digit
          alone = split || next !== kinds.digit
        } else if (kind === kinds.dash) alone = i > 0 && before === kinds.digit
        else if (kind !== kinds.apostrophe) alone = true
        if ((alone || (kind === kinds.apostrophe && isPossessive(text, i, table))) && length > start) {
          ends[count] = length
          keys[count++] = key ^ (key >>> 13)
          start = length
          key = 0
        }
      }
      before = kind
      if (kind === kinds.space) continue
      units[length++] = unit
      key = (Math.imul(key, 31) + unit) | 0
      if (isPair(text, i)) {
        const low = text.charCodeAt(++i)
        units[length++] = low
        key = (Math.imul(key, 31) + low) | 0
      }
      if (alone) {
        ends[count] = length
        keys[count++] = key ^ (key >>> 13)
        start = length
        key = 0
      }
    }
    if (length > start) {
      ends[count] = length
      keys[count++] = key ^ (key >>> 13)
    }
    this.count = count
    return this
  }

  /** The tokens with spaces between them. */
  toString(): string {
    const texts: string[] = []
    for (let token = 0, start = 0; token < this.count; token++) {
      const end = this.ends[token] as number
      let text = ''
      // Function arguments are limited, so long tokens go in pieces.
      for (; start < end; start += 4096) {
        text += String.fromCharCode.apply(
          null,
          this.units.subarray(start, Math.min(start + 4096, end)) as unknown as number[],
        )
      }
      start = end
      texts.push(text)
    }
    return texts.join(' ')
  }

  /** A token has at least a unit, so there are no more tokens than units. */
  #reserve(units: number): void {
    if (this.units.length >= units) return
    this.units = new Uint16Array(units * 2)
    this.ends = new Int32Array(units * 2)
    this.keys = new Int32Array(units * 2)
  }
}

/** The hash by which a lexicon finds a word. */
export function hash(units: Uint16Array, start: number, end: number): number {
  let key = 0
  for (let i = start; i < end; i++) key = (Math.imul(key, 31) + (units[i] as number)) | 0
  return key ^ (key >>> 13)
}

const letterAt = (): number => kinds.letter

function isPair(text: string, place: number): boolean {
  return (text.charCodeAt(place) & 0xfc00) === 0xd800 && (text.charCodeAt(place + 1) & 0xfc00) === 0xdc00
}

const unitsAt = (text: string, place: number): number => (isPair(text, place) ? 2 : 1)

/** The kind of the character at a place, which may be the text's end. */
function kindOf(
  text: string,
  place: number,
  table: Uint8Array,
  kindAt: (text: string, place: number) => number,
  behind: number,
): number {
  if (place >= text.length) return behind
  const kind = table[text.charCodeAt(place)] as number
  return kind === kinds.unknown ? kindAt(text, place) : kind
}

/** Whether an apostrophe begins `'s` before a space, a mark or the end. */
function isPossessive(text: string, place: number, table: Uint8Array): boolean {
  if (text[place + 1] !== 's') return false
  return place + 2 === text.length || text[place + 2] === ' ' || table[text.charCodeAt(place + 2)] === kinds.mark
}
