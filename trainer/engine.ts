import type { Progress } from '../core/progress.ts'
import type { Message } from '../models/runtime.ts'

/**
 * A row of training data: a conversation, whose loss is taken on `completion` alone; plain text (continued pre-training), whose loss is taken on all of it; or what people prefer.
 * The rows of a training are all of one kind.
 */
export type TrainingRow =
  | { prompt: Message[]; completion: Message[] }
  | { text: string; kind?: string }
  | PairRow
  | LabelRow

/** Of two answers the one that is better: a row of DPO. */
export type PairRow = { prompt: Message[]; chosen: Message[]; rejected: Message[] }

/** An answer, and whether it is wanted: a row of KTO. */
export type LabelRow = { prompt: Message[]; completion: Message[]; label: boolean }

/** How answers are learned from that people preferred; `beta` holds the student near what it was. Weights of 1 where they are left out. */
export type PreferenceMethod = { name: 'dpo' | 'kto'; beta: number; weights?: { wanted: number; unwanted: number } }

export type TrainingOptions = {
  /** The rows are of preferences. (supervised: the rows' completions are learned) */
  preferences?: PreferenceMethod
  /** What is trained: a LoRA adapter beside the weights (the default), or all weights. */
  weights?: 'lora' | 'full'
  /** Rank of the LoRA matrices; unused where all weights are trained. */
  rank: number
  /** Share of the steps over which the learning rate rises to `learningRate`; 0.05 by default. */
  warmup?: number
  /** Whether short rows are packed into sequences of `length` tokens, each seeing only itself; long texts then go on in the next sequence instead of being cut off. */
  packing?: boolean
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
  /** Folder with the adapter in PEFT's format; where all weights were trained, with the whole model in Hugging Face's layout. */
  adapter: string
  /** `full` where all weights were trained. */
  weights?: 'full'
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
 * What trains a student. One implementation: `engines/trl.ts`, which runs TRL's own command.
 *
 * A training that was cut off goes on from its last checkpoint when it is called again with the same folder.
 */
export type Engine = {
  readonly name: string
  train(
    /** JSONL files of TrainingRow. Where nothing is held out the last checkpoint is taken. */
    dataset: { train: string; valid?: string },
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
