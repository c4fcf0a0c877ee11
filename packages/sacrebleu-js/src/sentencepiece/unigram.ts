import { kinds, type Model } from './model.ts'

/** A part of the text, and whether the model has no piece for it. */
export type Segment = { text: string; unknown: boolean }

/** The segmentation with the highest probability (Kudo 2018), by Viterbi's algorithm. Scores are 32-bit floats, as SentencePiece adds them. */
export function createUnigram({ pieces }: Model): (text: string) => Segment[] {
  const known = pieces.filter(
    ({ kind }) => kind === kinds.normal || kind === kinds.userDefined || kind === kinds.unused,
  )
  const scores = pieces.filter(({ kind }) => kind === kinds.normal).map(({ score }) => score)
  const lowest = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const unknownScore = Math.fround(lowest - 10)
  // Every beginning of a piece, so that a search ends where no piece goes on; NaN where it is none itself.
  const begun = new Map<string, number>()
  for (const { text } of known) {
    const characters = [...text]
    for (let i = 1; i < characters.length; i++) {
      const start = characters.slice(0, i).join('')
      if (!begun.has(start)) begun.set(start, Number.NaN)
    }
  }
  for (const { text, score, kind } of known) {
    const own = kind === kinds.userDefined ? new TextEncoder().encode(text).length * highest - 0.1 : score
    begun.set(text, kind === kinds.unused ? Number.NaN : own)
  }

  return (text) => {
    const ends: number[] = []
    for (const character of text) ends.push((ends.at(-1) ?? 0) + character.length)
    const best = new Float32Array(ends.length + 1)
    const from = new Int32Array(ends.length + 1).fill(-1)
    const unknown = new Uint8Array(ends.length + 1)
    const reach = (to: number, start: number, score: number, isUnknown: boolean): void => {
      if (from[to] !== -1 && score <= (best[to] as number)) return
      best[to] = score
      from[to] = start
      unknown[to] = isUnknown ? 1 : 0
    }
    for (let start = 0; start < ends.length; start++) {
      const here = best[start] as number
      const offset = start === 0 ? 0 : (ends[start - 1] as number)
      let single = false
      for (let end = start; end < ends.length; end++) {
        const score = begun.get(text.slice(offset, ends[end]))
        if (score === undefined) break
        if (Number.isNaN(score)) continue
        reach(end + 1, start, Math.fround(score) === score ? Math.fround(score + here) : score + here, false)
        if (end === start) single = true
      }
      if (!single) reach(start + 1, start, Math.fround(unknownScore + here), true)
    }
    const segments: Segment[] = []
    for (let end = ends.length; end > 0; end = from[end] as number) {
      const start = from[end] as number
      const offset = start === 0 ? 0 : (ends[start - 1] as number)
      segments.push({ text: text.slice(offset, ends[end - 1]), unknown: unknown[end] === 1 })
    }
    return segments.reverse()
  }
}
