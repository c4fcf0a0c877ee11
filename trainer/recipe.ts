import type { Language } from '../data/language.ts'
import type { TrainingOptions } from './engine.ts'
import type { Step } from './step.ts'

/** The one dial of a run. `demo`: minutes on two cores; `small`: under an hour on them; `paper`: the published size. */
export type Scale = 'demo' | 'small' | 'paper'

export const scales: readonly Scale[] = ['demo', 'small', 'paper']

/** What a recipe would ask, at most: what its filters will drop on the way is not known before. */
export type Plan = {
  steps: {
    step: string
    asks: 'teacher' | 'translator'
    requests: number
    /** For a translator: what the texts come to where a model translates; other translators count no tokens. */
    promptTokens: number
    completionTokens: number
  }[]
  /** Tokens that are trained on, every pass counted. */
  trainingTokens: number
  /** Sentences for the person: what the settings want and cannot have. */
  notes: string[]
}

/**
 * A published way of making training data, as its paper's method section.
 *
 * Every setting follows from the scale and can be overridden by name (`--set questions=200`).
 */
export type Recipe<Options extends Record<string, unknown> = Record<string, unknown>> = {
  readonly name: string
  /** `SDRRL (Zhang et al., ACL 2024, arXiv 2402.12204)` */
  readonly paper: string
  defaults(scale: Scale): Options
  /** Refuses settings that cannot be run, before anything is spent. @throws EndonymError */
  check(options: Options): void
  steps(options: Options, language: Language): Step[]
  /** Tokens of a request with its answer, for the student as its own teacher; 1,024 where it says nothing. */
  contextSize?(options: Options): number
  training(options: Options): TrainingOptions
  /** A second training, on the rows of a finished run, where the settings name one. What comes of it is in the merge, so that a recipe with it has one. */
  tuning?(options: Options): { run: string; training: TrainingOptions } | undefined
  /** Where the trained model is merged with the instruct model at the end: the values of β that are tried, and tokens of a held-out text that are read. */
  merge?(options: Options): { betas: string; length: number }
  /** `optional`: its steps translate nothing, so that a language without a translator can be taught; some questions of the report card then go unasked. */
  readonly translator?: 'optional'
  /** Whether the report card asks the language's own suite too, where there is one. */
  readonly ownSuite?: true
  /** Articles of the Universal Declaration that its steps may train on, and which are then not measured. */
  trainsOn?(options: Options, article: string): boolean
  plan(options: Options): Plan
  /** For the report card, where the rows are no translations: a sentence on what they are made of, and one on what that spoils. */
  about?(options: Options): { made: string; weakness: string }
}
