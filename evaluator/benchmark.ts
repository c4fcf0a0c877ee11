import type { GenerateOptions, Generation, Message, Model, Pool, Sampling, Score, Scorer } from '../models/runtime.ts'
import type { Counts, Statistic } from './metrics/bootstrap.ts'

/**
 * The seam of a benchmark: a data set's rows become items; an item says what is asked of a model and counts what comes back; a measure turns the summed
 * counts into a number. Counts are kept by item, so that two models are compared on the same items.
 *
 * To add one, copy a neighbour in `benchmarks/`, and name it in `benchmarks.ts`.
 */
export type Benchmark = {
  /** As the command line and the report name it: `udhr-bits-glg`. */
  readonly name: string
  /** What it is, for people. */
  readonly title: string
  /** Where its rows come from: a package, or a data set's address. */
  readonly source: string
  readonly measures: readonly Measure[]
  /**
   * Reads the rows and makes them items, always the same ones in the same order.
   * @param note told, in a sentence, of rows that cannot be used.
   * @throws EndonymError where the data cannot be had.
   */
  items(signal?: AbortSignal, note?: Note): Promise<Item[]>
}

/** A sentence for the person who reads the result. */
export type Note = (sentence: string) => void

/** A number that a benchmark gives. */
export type Measure = {
  /** `bits-per-byte`, `chrf++`, `accuracy`, … */
  readonly name: string
  readonly title: string
  readonly higherIsBetter: boolean
  readonly statistic: Statistic
  /** Of a share of rows that are right: whether a row with these counts is. Such a measure has exact tests. */
  readonly right?: (counts: Counts) => boolean
  /** What guessing gives, of a share of rows that are right: 0.25 where one of four answers is. */
  readonly chance?: number
}

/** One row, as it is asked. `id` is the row's own name in its data set. */
export type Item = LikelihoodItem | ChatItem | CompletionItem | DialogueItem

/** Asks how likely continuations are. */
export type LikelihoodItem = {
  readonly id: string
  readonly asks: readonly LikelihoodAsk[]
  /** @param scores one for each continuation of each ask, in their order. */
  count(scores: readonly Score[]): Counts
  verdict?(scores: readonly Score[]): Verdict
}

/** One prompt with everything that may follow it. A prompt of messages is rendered with the model's chat template. */
export type LikelihoodAsk = {
  readonly prompt: string | readonly Message[]
  readonly continuations: readonly string[]
}

/** Asks for an answer. */
export type ChatItem = {
  readonly id: string
  readonly messages: readonly Message[]
  /** How many examples stand before the question, each a turn of the person and one of the assistant: they may be left out where the context is too short. (0) */
  readonly examples?: number
  readonly sampling: Sampling
  count(answer: Answer): Counts
  verdict?(answer: Answer): Verdict
}

/** Asks for a text to be continued as it stands, without a chat template. */
export type CompletionItem = {
  readonly id: string
  readonly prompt: string
  readonly sampling: Sampling
  count(answer: Answer): Counts
  verdict?(answer: Answer): Verdict
}

/** Asks one question after the other in one conversation. */
export type DialogueItem = {
  readonly id: string
  /** What the person says, turn by turn. */
  readonly turns: readonly string[]
  readonly sampling: Sampling
  /** @param answers one for each turn. */
  count(answers: readonly Answer[]): Counts
}

export type Answer = Pick<Generation, 'text' | 'finishReason'>

/** How a row was judged, for people who look at single rows. */
export type Verdict = {
  /** What the model chose or said; null where its answer names none of the choices, or holds no number. */
  prediction: string | null
  target: string
  right: boolean
}

/** What is remembered of a model's reply, and what the examiner asks the model with. */
export type Examinee = {
  /** For people. */
  readonly name: string
  /** What its replies are remembered under; changes whenever they may: the SHA-256 of the model and of its adapters, and its context where that is not the usual one. */
  readonly source: string
  /** How many things are asked at once: the sequences of its pool. */
  readonly concurrency: number
  /** Called once, and only when something is asked that is not remembered. */
  open(): Promise<ExamineePool>
}

/** The parts of a `Pool`, a `Scorer` and their `Model` that an evaluation uses. */
export type ExamineePool = Pick<Pool, 'contextSize' | 'chat' | 'forget' | 'dispose'> &
  Pick<Scorer, 'score'> & {
    complete(prompt: string, options?: GenerateOptions): Promise<Generation>
    readonly model: Pick<Model, 'beginning' | 'renderChat' | 'tokenize' | 'detokenize'>
  }
