import type { WordSpans } from '../words.ts'

/**
 * Cuts a phrase that follows itself: of `ab ab ab` the first stays. Phrases of 3 to 13 words; what stands between the words counts for nothing.
 *
 * For each length it looks for words that equal the word so far before them; where as many follow each other as the phrase is long, that is the phrase again.
 */
export function withoutRepeats(text: string, { count, ends, hashes }: WordSpans, least = 3, most = 13): string {
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
  if (!cut) return text
  // Kept in whole pieces, so that what stands between kept words stays as it was.
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
