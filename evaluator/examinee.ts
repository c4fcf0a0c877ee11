import type { Runtime } from '../models/runtime.ts'
import type { Examinee } from './benchmark.ts'

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
      const pool = await loaded.open({ contextSize, sequences, adapters: adapter ? [adapter.file] : [] })
      return {
        chat: pool.chat,
        score: pool.score,
        forget: pool.forget,
        dispose: async () => {
          await pool.dispose()
          await loaded.dispose()
        },
      }
    },
  }
}
