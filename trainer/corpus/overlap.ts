import { createWordScanner, mix } from './words.ts'

/**
 * Finds text among other text: makes a function that says whether a text has as many words in a row in common with any of those.
 *
 * @example const known = createOverlap(paragraphs, 8); known(document)
 */
export function createOverlap(measured: readonly string[], words: number): (text: string) => boolean {
  const scan = createWordScanner()
  const known = new Set<number>()
  const shingles = function* (text: string): Generator<number> {
    const { count, hashes } = scan(text.normalize('NFC').toLowerCase())
    for (let i = 0; i + words <= count; i++) {
      let hash = 0
      for (let j = i; j < i + words; j++) hash = mix((hash ^ (hashes[j] as number)) >>> 0, j - i)
      yield hash
    }
  }
  for (const text of measured) for (const shingle of shingles(text)) known.add(shingle)
  return (text) => {
    for (const shingle of shingles(text)) if (known.has(shingle)) return true
    return false
  }
}
