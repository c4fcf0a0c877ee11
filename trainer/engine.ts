import type { Progress } from '../core/progress.ts'
import type { Message } from '../models/runtime.ts'

/** A row of training data: loss is taken on `completion` alone. */
export type TrainingRow = { prompt: Message[]; completion: Message[] }

export type TrainingOptions = {
  /** Rank of the LoRA matrices. */
  rank: number
  learningRate: number
  epochs: number
  /** Rows (or packed sequences) a step. */
  batch: number
  /** Tokens a sequence at most. */
  length: number
  /** Steps between two evaluations on the held-out rows. */
  evaluateEvery: number
  /** Evaluations without improvement after which training stops early. */
  patience: number
  seed: number
}

export type LossPoint = { step: number; epoch: number; loss: number; split: 'train' | 'valid' }

export type TrainingResult = {
  /** Folder with the adapter in PEFT's format. */
  adapter: string
  curve: LossPoint[]
  steps: number
  stoppedEarly: boolean
  tokens: number
  seconds: number
  /** Seconds of the training loop alone, without loading; absent when it was ended early. */
  loopSeconds?: number
  /** Bytes of resident memory at the peak, children included. */
  peakMemory: number
}

/**
 * What fine-tunes a student. One implementation: `engines/trl.ts`, which runs TRL's own command.
 *
 * A training that was cut off goes on from its last checkpoint when it is called again with the same folder.
 */
export type Engine = {
  readonly name: string
  train(
    /** JSONL files of TrainingRow. */
    dataset: { train: string; valid: string },
    /** A model in Hugging Face's layout. */
    student: string,
    options: TrainingOptions & {
      folder: string
      progress: Progress
      onLoss?: (point: LossPoint) => void
      signal?: AbortSignal
    },
  ): Promise<TrainingResult>
}
