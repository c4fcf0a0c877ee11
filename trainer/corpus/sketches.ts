import { createWordScanner, mix } from './words.ts'

/** Hash functions of a signature. */
export const hashFunctions = 64

/** What is kept of a text to compare it with others. */
export type Sketch = {
  /** The minimum of each hash function over the text's shingles (Broder 1997): two texts agree in a place with the probability of their Jaccard similarity. */
  signature: Uint32Array
  /** The smallest of its shingles' hashes, in ascending order: all of them where there are no more than the sketch holds. */
  smallest: Uint32Array
}

/**
 * Makes the function that sketches texts: their words, lower-cased, in shingles of so many, each a 32-bit hash. A text without words is one shingle, itself.
 *
 * @param keep how many of the smallest hashes are kept.
 */
export function createSketcher(shingleWords: number, keep: number): (text: string) => Sketch {
  const scan = createWordScanner()
  return (text) => {
    const normal = text.normalize('NFC').toLowerCase()
    const { count, hashes } = scan(normal)
    const shingles =
      count === 0 ? Uint32Array.of(hashOfAll(normal)) : distinct(shinglesOf(hashes.subarray(0, count), shingleWords))
    return { signature: signatureOf(shingles), smallest: shingles.length > keep ? shingles.slice(0, keep) : shingles }
  }
}

function shinglesOf(hashes: Uint32Array, size: number): Uint32Array {
  const found = new Uint32Array(Math.max(1, hashes.length - size + 1))
  for (let i = 0; i < found.length; i++) {
    let hash = 0
    for (let j = i; j < i + size && j < hashes.length; j++) hash = mix((hash ^ (hashes[j] as number)) >>> 0, j - i)
    found[i] = hash
  }
  return found
}

/** In ascending order, each once. */
function distinct(values: Uint32Array): Uint32Array {
  values.sort()
  let kept = 0
  for (let i = 0; i < values.length; i++)
    if (i === 0 || values[i] !== values[i - 1]) values[kept++] = values[i] as number
  return values.subarray(0, kept)
}

function signatureOf(shingles: Uint32Array): Uint32Array {
  const signature = new Uint32Array(hashFunctions).fill(0xffffffff)
  for (let index = 0; index < hashFunctions; index++) {
    let minimum = 0xffffffff
    for (let i = 0; i < shingles.length; i++) {
      const value = mix(shingles[i] as number, index)
      if (value < minimum) minimum = value
    }
    signature[index] = minimum
  }
  return signature
}

function hashOfAll(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = mix((hash ^ text.charCodeAt(at)) >>> 0, 1)
  return hash
}

/**
 * The Jaccard similarity of the shingles of two texts, from their smallest hashes: exact where neither sketch was full, else estimated from the smallest of both together
 * (bottom-k sketches; Cohen & Kaplan 2007), with a deviation of at most 0.5/√keep.
 */
export function similarity(a: Uint32Array, b: Uint32Array, keep: number): number {
  const most = a.length >= keep || b.length >= keep ? keep : Number.POSITIVE_INFINITY
  let [i, j, common, all] = [0, 0, 0, 0]
  while (all < most && (i < a.length || j < b.length)) {
    const [left, right] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY]
    if (left === right) common++
    if (left <= right) i++
    if (right <= left) j++
    all++
  }
  return all === 0 ? 1 : common / all
}

/** Bands and hash functions in each, so that texts at the threshold meet in a band with a probability of at least 0.999, and as few others as that allows. */
export function bandsFor(threshold: number): { bands: number; rows: number } {
  for (let rows = hashFunctions; rows > 1; rows--) {
    const bands = Math.floor(hashFunctions / rows)
    if ((1 - threshold ** rows) ** bands <= 0.001) return { bands, rows }
  }
  return { bands: hashFunctions, rows: 1 }
}
