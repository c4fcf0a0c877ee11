import './llama/one-worker.ts'
import os from 'node:os'
import { getLlama, LlamaLogLevel, NoBinaryFoundError } from 'node-llama-cpp'
import { EndonymError } from '../core/error.ts'
import { createCores, type Workers } from './llama/cores.ts'
import { loadModel } from './llama/model.ts'
import type { Runtime } from './runtime.ts'

export type RuntimeOptions = {
  /** `'auto'` uses a GPU where there is one; `false` the processor alone. (`'auto'`) */
  gpu?: 'auto' | false
  /** (as many as this process has cores) */
  threads?: number
  /** Where there are several, contexts compute side by side on the processor. (one: they compute in turn) */
  workers?: Workers
}

/**
 * Starts llama.cpp in this process, from node-llama-cpp's ready-made binaries: nothing is compiled or downloaded.
 *
 * node-llama-cpp itself takes at least four threads whatever the machine has. On two cores ggml's spinning barrier then drops from 57 tokens a second
 * to less than one, so the threads are always those that this process may use, here and in every context.
 *
 * @throws EndonymError `runtime_missing`
 * @example
 * const runtime = await openRuntime()
 * const model = await runtime.load('SmolLM2-135M-Instruct.Q4_1.gguf')
 * const pool = await model.open({ sequences: 8 })
 * const { text } = await pool.chat([{ role: 'user', content: 'What is the capital of France?' }])
 */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const threads = options.threads ?? os.availableParallelism()
  const llama = await getLlama({
    gpu: options.gpu ?? 'auto',
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    // No limit, which node-llama-cpp would share out among contexts: each of these is told its share (`llama/cores.ts`).
    maxThreads: 0,
  }).catch((cause: unknown) => {
    if (!(cause instanceof NoBinaryFoundError)) throw cause
    throw new EndonymError(
      'runtime_missing',
      `node-llama-cpp has no binary for ${process.platform}-${process.arch} here. Run "npm ci" without --omit=optional.`,
      { cause },
    )
  })
  const cores = createCores(threads, llama.gpu === false ? options.workers : undefined)
  let failed = false
  return {
    threads,
    gpu: llama.gpu,
    freeMemory: async () => (llama.gpu === false ? process.availableMemory() : (await llama.getVramState()).free),
    load: (file, loading = {}) =>
      loadModel(llama, { threads, cores }, file, loading).catch((cause: unknown) => {
        failed = true
        throw cause
      }),
    dispose: async () => {
      // node-llama-cpp waits for every model that it began to load, and for one that failed it waits for ever once that has been garbage collected.
      if (!failed) await llama.dispose()
    },
  }
}
