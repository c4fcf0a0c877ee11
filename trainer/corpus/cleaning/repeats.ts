import type { WordSpans } from '../words.ts'

/**
 * Makes the function that cuts a phrase that follows itself: of `ab ab ab` the first stays. Phrases of 3 to 13 words; what stands between the words counts for nothing.
 *
 * For each length it looks for words that equal the word so far before them; where as many follow each other as the phrase is long, that is the phrase again. That is done only where three
 * words come again so soon, which a small table of what was seen last tells.
 */
export function createRepeats(least = 3, most = 13): (text: string, spans: WordSpans) => string {
  const seen = new Int32Array(4096)
  const mayRepeat = ({ count, hashes }: WordSpans): boolean => {
    seen.fill(-most - 1)
    for (let i = 2; i < count; i++) {
      const slot =
        ((hashes[i] as number) ^ ((hashes[i - 1] as number) >>> 7) ^ ((hashes[i - 2] as number) >>> 14)) & 4095
      if (i - (seen[slot] as number) <= most) return true
      seen[slot] = i
    }
    return false
  }
  return (text, spans) => {
    if (!mayRepeat(spans)) return text
    const { count, ends, hashes } = spans
    let cut: Uint8Array | undefined
    for (let length = least; length <= most; length++) {
      let run = 0
      for (let i = length; i < count; i++) {
        if (hashes[i] !== hashes[i - length] || cut?.[i]) {
          run = 0
          continue
        }
        if (++run < length) continue
        cut ??= new Uint8Array(count)
        cut.fill(1, i - length + 1, i + 1)
        run = 0
      }
    }
    return cut ? without(text, cut, ends, count) : text
  }
}

/** Cuts words out of a text, each with what stands between it and the word before: so a sentence keeps the mark that ends it. */
function without(text: string, cut: Uint8Array, ends: Int32Array, count: number): string {
  let kept = ''
  let from = 0
  for (let i = 0; i < count; i++) {
    if (!cut[i]) continue
    kept += text.slice(from, ends[i - 1])
    while (i + 1 < count && cut[i + 1]) i++
    from = ends[i] as number
  }
  return kept + text.slice(from)
}
