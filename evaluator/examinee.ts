import type { Model, Pool, Runtime, Scorer } from '../models/runtime.ts'
import type { Examinee, ExamineePool } from './benchmark.ts'

/** Tokens of a sequence: the longest prompt of the report card's benchmarks (a UDHR article) and its answer fit. */
export const usualContext = 2048
/** Sequences of that length; of longer ones there are fewer, so that all take the same memory. */
const sequences = 8

/**
 * A GGUF file, with an adapter or without, as something to examine. It is loaded when the first thing is asked that is not remembered.
 *
 * @param options.contextSize tokens of a sequence.
 * @example ggufExaminee(openOnce, { name: student.name, file: student.file, sha256: student.sha256 })
 */
export function ggufExaminee(
  runtime: () => Promise<Runtime>,
  model: { name: string; file: string; sha256: string; adapter?: { file: string; sha256: string } },
  signal?: AbortSignal,
  { contextSize = usualContext }: { contextSize?: number } = {},
): Examinee {
  const { name, file, sha256, adapter } = model
  const concurrency = Math.max(1, Math.min(sequences, Math.floor((sequences * usualContext) / contextSize)))
  const weights = adapter ? `${sha256}+${adapter.sha256}` : sha256
  return {
    name,
    source: contextSize === usualContext ? weights : `${weights}@${contextSize}`,
    concurrency,
    open: async () => {
      const loaded = await (await runtime()).load(file, signal ? { signal } : {})
      return examineePool(loaded, { contextSize, sequences: concurrency, adapters: adapter ? [adapter.file] : [] })
    },
  }
}

/** A model's contexts for answers and for scores, each opened when it is needed. The model is disposed of with them. */
export function examineePool(
  model: Model,
  { contextSize, sequences, adapters = [] }: { contextSize: number; sequences: number; adapters?: readonly string[] },
): ExamineePool {
  let pool: Promise<Pool> | undefined
  let scorer: Promise<Scorer> | undefined
  const answering = (): Promise<Pool> => {
    pool ??= model.open({ contextSize, sequences, adapters })
    return pool
  }
  const scoring = (): Promise<Scorer> => {
    scorer ??= model.openScorer({ contextSize, adapters })
    return scorer
  }
  return {
    model,
    contextSize,
    chat: async (...args) => (await answering()).chat(...args),
    complete: async (...args) => (await answering()).complete(...args),
    score: async (...args) => (await scoring()).score(...args),
    forget: async () => (await pool)?.forget(),
    dispose: async () => {
      await (await pool)?.dispose()
      await (await scorer)?.dispose()
      await model.dispose()
    },
  }
}
