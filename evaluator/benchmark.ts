import type { GenerateOptions, Generation, Message, Sampling, Score } from '../models/runtime.ts'
import type { Counts, Statistic } from './metrics/bootstrap.ts'

/**
 * The seam of a benchmark: a data set's rows become items; an item says what is asked of a model and counts what comes back; a measure turns the summed
 * counts into a number. Counts are kept by item, so that two models are compared on the same items.
 *
 * To add one, copy a neighbour in `benchmarks/`.
 */
export type Benchmark = {
  /** As the command line and the report name it: `udhr-bits-glg`. */
  readonly name: string
  /** What it is, for people. */
  readonly title: string
  /** Where its rows come from: a package, or a data set's address. */
  readonly source: string
  readonly measures: readonly Measure[]
  /** Reads the rows and makes them items, always the same ones in the same order. @throws EndonymError where the data cannot be had. */
  items(signal?: AbortSignal): Promise<Item[]>
}

/** A number that a benchmark gives. */
export type Measure = {
  /** `bits-per-byte`, `chrf++`, `accuracy`, … */
  readonly name: string
  readonly title: string
  readonly higherIsBetter: boolean
  readonly statistic: Statistic
}

/** One row, as it is asked. `id` is the row's own name in its data set. */
export type Item = LikelihoodItem | ChatItem

/** Asks how likely continuations are. */
export type LikelihoodItem = {
  readonly id: string
  readonly asks: readonly { readonly prompt: string; readonly continuation: string }[]
  /** @param scores one for each ask. */
  count(scores: readonly Score[]): Counts
}

/** Asks for an answer. */
export type ChatItem = {
  readonly id: string
  readonly messages: readonly Message[]
  readonly sampling: Sampling
  count(answer: Answer): Counts
}

export type Answer = Pick<Generation, 'text' | 'finishReason'>

/** What is remembered of a model's reply, and what the examiner asks the model with. */
export type Examinee = {
  /** For people. */
  readonly name: string
  /** What its replies are remembered under; changes whenever they may: the SHA-256 of the model and of its adapters. */
  readonly source: string
  /** How many things are asked at once: the sequences of its pool. */
  readonly concurrency: number
  /** Called once, and only when something is asked that is not remembered. */
  open(): Promise<ExamineePool>
}

/** The parts of a `Pool` and of a `Scorer` that an evaluation uses. */
export type ExamineePool = {
  chat(messages: readonly Message[], options?: GenerateOptions): Promise<Generation>
  score(prompt: string, continuations: readonly string[]): Promise<Score[]>
  forget(): Promise<void>
  dispose(): Promise<void>
}
