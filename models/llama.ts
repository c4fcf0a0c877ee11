import os from 'node:os'
import { getLlama, LlamaLogLevel, NoBinaryFoundError } from 'node-llama-cpp'
import { EndonymError } from '../core/error.ts'
import { loadModel } from './llama/model.ts'
import type { Runtime } from './runtime.ts'

/**
 * One worker for native work, as long as nothing has asked for another number. (It is read when the first work comes, so this module has to be imported
 * before.) llama.cpp starts its threads anew for each batch; where Node hands batches to one worker after the other, the kernel puts
 * threads that wait for each other on the same core: on two cores 48 tokens a second instead of 119.
 */
process.env.UV_THREADPOOL_SIZE ??= '1'

/**
 * Starts llama.cpp in this process, from node-llama-cpp's ready-made binaries: nothing is compiled or downloaded.
 *
 * node-llama-cpp itself takes at least four threads whatever the machine has. On two cores ggml's spinning barrier then drops from 57 tokens a second
 * to less than one, so the threads are always those that this process may use, here and in every context.
 *
 * @param options.gpu `'auto'` uses a GPU where there is one; `false` the processor alone.
 * @throws EndonymError `runtime_missing`
 * @example
 * const runtime = await openRuntime()
 * const model = await runtime.load('SmolLM2-135M-Instruct.Q4_1.gguf')
 * const pool = await model.open({ sequences: 8 })
 * const { text } = await pool.chat([{ role: 'user', content: 'What is the capital of France?' }])
 */
export async function openRuntime(options: { gpu?: 'auto' | false; threads?: number } = {}): Promise<Runtime> {
  const threads = options.threads ?? os.availableParallelism()
  const llama = await getLlama({
    gpu: options.gpu ?? 'auto',
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    maxThreads: threads,
  }).catch((cause: unknown) => {
    if (!(cause instanceof NoBinaryFoundError)) throw cause
    throw new EndonymError(
      'runtime_missing',
      `node-llama-cpp has no binary for ${process.platform}-${process.arch} here. Run "npm ci" without --omit=optional.`,
      { cause },
    )
  })
  return {
    threads,
    gpu: llama.gpu,
    load: (file, loading = {}) => loadModel(llama, threads, file, loading),
    dispose: () => llama.dispose(),
  }
}
