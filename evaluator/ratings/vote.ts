import type { Verdict } from '../sessions/settings.ts'

/** What a rater said of two answers to a prompt. Models are named by the side of the screen that their answers were on. */
export type Vote = {
  rater: string
  prompt: string
  left: string
  right: string
  verdict: Verdict
  /** Code points of each answer. */
  leftLength?: number
  rightLength?: number
}

/** A vote as a ranking counts it: both good and both bad are ties. */
export type Outcome = 0 | 1 | 2
export const [leftWins, rightWins, tie] = [0, 1, 2] as const

export function outcomeOf({ verdict }: Vote): Outcome {
  return verdict === 'left' ? leftWins : verdict === 'right' ? rightWins : tie
}

/** The models that votes are about, in the order of the alphabet. */
export function modelsOf(votes: readonly Vote[]): string[] {
  return [...new Set(votes.flatMap(({ left, right }) => [left, right]))].sort()
}
