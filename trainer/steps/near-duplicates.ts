import { sha256 } from '../../core/hash.ts'
import { words } from '../../evaluator/text.ts'

/** Hash functions, in bands of rows: two texts whose shingles have a Jaccard similarity of 0.8 meet in a band with probability 0.9998, those with 0.4 with 0.34, and the meeting is then checked. */
const bands = 16
const rows = 4
const shingleWords = 3

/**
 * Finds near-duplicates among short texts: MinHash over word trigrams with banding (Broder 1997; Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", 3.4), then the exact Jaccard similarity.
 *
 * @returns a function that takes a text and its id; it gives the id of the earlier text that it nearly equals, or remembers it and gives undefined.
 * @example const seen = createNearDuplicates(0.8); seen('What is the sun?', 'q1'); seen('What is the sun ?', 'q2') // 'q1'
 */
export function createNearDuplicates(threshold: number): (text: string, id: string) => string | undefined {
  const shinglesOf = new Map<string, Set<number>>()
  const buckets = new Map<string, string[]>()
  return (text, id) => {
    const shingles = shingle(text)
    const keys = signature(shingles)
    const candidates = new Set(keys.flatMap((key) => buckets.get(key) ?? []))
    for (const candidate of candidates) {
      if (jaccard(shingles, shinglesOf.get(candidate) ?? new Set()) >= threshold) return candidate
    }
    shinglesOf.set(id, shingles)
    for (const key of keys) {
      const bucket = buckets.get(key)
      if (bucket) bucket.push(id)
      else buckets.set(key, [id])
    }
    return undefined
  }
}

function shingle(text: string): Set<number> {
  const all = words(text.normalize('NFC').toLowerCase())
  const shingles = new Set<number>()
  for (let i = 0; i < Math.max(1, all.length - shingleWords + 1); i++) {
    shingles.add(Number.parseInt(sha256(all.slice(i, i + shingleWords).join(' ')).slice(0, 8), 16))
  }
  return shingles
}

/** One key a band. The hash functions are multiply-add modulo a prime, with fixed odd multipliers. */
function signature(shingles: ReadonlySet<number>): string[] {
  const keys: string[] = []
  for (let band = 0; band < bands; band++) {
    const minima: number[] = []
    for (let row = 0; row < rows; row++) {
      const index = band * rows + row
      let minimum = 0xffffffff
      for (const value of shingles) minimum = Math.min(minimum, mix(value, index))
      minima.push(minimum)
    }
    keys.push(`${band}:${minima.join(',')}`)
  }
  return keys
}

/** The `index`-th hash function of 32-bit numbers: MurmurHash3's finaliser over the value and the index. */
function mix(value: number, index: number): number {
  let hash = (value ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let common = 0
  for (const value of a) if (b.has(value)) common++
  return common / (a.size + b.size - common)
}
