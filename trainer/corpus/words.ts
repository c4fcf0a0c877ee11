import { astralBits, createUnits, half, unitBits, unspaced, wordLike } from './characters.ts'

/** The words of a text: where each begins and ends, and a hash of each in lower case. The arrays are used again for the next text. */
export type WordSpans = { count: number; starts: Int32Array; ends: Int32Array; hashes: Uint32Array }

const fnvStart = 0x811c9dc5

/**
 * Makes a scanner that finds the words of one text after the other: runs of letters, marks and digits. In scripts that are written without spaces each character is a word, because
 * finding words there takes a dictionary and a hundred times as long.
 *
 * The hash is FNV-1a over the code units, ASCII letters as if in lower case, then mixed.
 *
 * @example createWordScanner()('Bo día').count // 2
 */
export function createWordScanner(): (text: string) => WordSpans {
  const unitsOf = createUnits()
  let starts = new Int32Array(0)
  let ends = new Int32Array(0)
  let hashes = new Uint32Array(0)
  return (text) => {
    const units = unitsOf(text)
    const { length } = units
    // There cannot be more words than characters.
    if (starts.length < length) {
      starts = new Int32Array(length * 2)
      ends = new Int32Array(length * 2)
      hashes = new Uint32Array(length * 2)
    }
    let count = 0
    let start = -1
    let hash = fnvStart
    for (let at = 0; at < length; at++) {
      const code = units[at] as number
      let bits = unitBits[code] as number
      if (bits & half) bits = astralBits(units, at)
      const alone = bits & unspaced
      if (start >= 0 && (alone || !(bits & wordLike))) {
        starts[count] = start
        ends[count] = at
        hashes[count++] = mix(hash, 0)
        start = -1
      }
      if (!(bits & wordLike)) continue
      if (start < 0) {
        start = at
        hash = fnvStart
      }
      hash = Math.imul(hash ^ (code >= 65 && code <= 90 ? code + 32 : code), 0x01000193)
      if (!alone) continue
      if (code >= 0xd800 && code < 0xdc00) hash = Math.imul(hash ^ (units[++at] ?? 0), 0x01000193)
      starts[count] = start
      ends[count] = at + 1
      hashes[count++] = mix(hash, 0)
      start = -1
    }
    if (start >= 0) {
      starts[count] = start
      ends[count] = length
      hashes[count++] = mix(hash, 0)
    }
    return { count, starts, ends, hashes }
  }
}

/** The `index`-th hash function of 32-bit numbers: MurmurHash3's finaliser over the value and the index. */
export function mix(value: number, index: number): number {
  let hash = (value ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
