import type { Intrinsic, Standing } from '../../evaluator/polyglot-score/intrinsic.ts'
import type { Change, Recovery } from '../../evaluator/polyglot-score/recovery.ts'
import type { Strategy } from './settings.ts'

/** A row of the score: a teacher by a strategy. What could not be had is absent. */
export type ScoreRow = {
  teacher: string
  strategy: Strategy
  asked: number
  kept: number
  metrics?: Intrinsic
  /** Of the response in the middle; shares of all. They are no part of z. */
  perplexity?: number
  words?: number
  inLanguage?: number
  loops?: number
  /** `problem`: what was wrong with the first verdict that could not be read. */
  judge?: { name: string; self: boolean; read: number; asked: number; problem?: string }
  z?: number
  /** The standardised metrics that z is the mean of. */
  parts?: Standing['parts']
  /** What was taught on it. */
  student?: { rows: number; steps: number; seconds: number }
  /** Of the student on the held-out tasks: the mean, what it is over the base, and each task's value. */
  score?: number
  change?: Change
  tasks?: number[]
  pgr?: Recovery
  pg?: number
}

/** `gemma3:27b by translate` */
export const nameOf = ({ teacher, strategy }: Pick<ScoreRow, 'teacher' | 'strategy'>): string =>
  `${teacher} by ${strategy}`
