import type { Vote } from '../../../evaluator/ratings/vote.ts'

/** Votes from counts: of each pair, wins of the first, wins of the second, ties; each vote by another of so many raters. */
export function votesOf(counts: Record<string, [wins: number, losses: number, ties: number]>, raters = 10): Vote[] {
  let number = 0
  return Object.entries(counts).flatMap(([pair, said]) => {
    const [left = '', right = ''] = pair.split(' ')
    return (['left', 'right', 'both_good'] as const).flatMap((verdict, i) =>
      Array.from({ length: said[i] as number }, (): Vote => {
        number++
        return { rater: `rater ${number % raters}`, prompt: `prompt ${number}`, left, right, verdict }
      }),
    )
  })
}

/** Four models that all met. */
export const fourModels = votesOf({
  'a b': [7, 3, 2],
  'a c': [9, 1, 4],
  'a d': [5, 2, 0],
  'b c': [4, 6, 3],
  'b d': [8, 4, 5],
  'c d': [3, 3, 1],
})
