import type { Model, Pool, Runtime, Scorer } from '../models/runtime.ts'
import type { Examinee, ExamineePool } from './benchmark.ts'

/** Tokens of a sequence: the longest prompt of any benchmark here (a UDHR article) and its answer fit. */
const contextSize = 2048
const sequences = 8

/**
 * A GGUF file, with an adapter or without, as something to examine. It is loaded when the first thing is asked that is not remembered.
 *
 * @example ggufExaminee(openOnce, { name: student.name, file: student.file, sha256: student.sha256 })
 */
export function ggufExaminee(
  runtime: () => Promise<Runtime>,
  model: { name: string; file: string; sha256: string; adapter?: { file: string; sha256: string } },
  signal?: AbortSignal,
): Examinee {
  const { name, file, sha256, adapter } = model
  return {
    name,
    source: adapter ? `${sha256}+${adapter.sha256}` : sha256,
    concurrency: sequences,
    open: async () => {
      const loaded = await (await runtime()).load(file, signal ? { signal } : {})
      return examineePool(loaded, { contextSize, sequences, adapters: adapter ? [adapter.file] : [] })
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
    chat: async (...args) => (await answering()).chat(...args),
    score: async (...args) => (await scoring()).score(...args),
    forget: async () => (await pool)?.forget(),
    dispose: async () => {
      await (await pool)?.dispose()
      await (await scorer)?.dispose()
      await model.dispose()
    },
  }
}
