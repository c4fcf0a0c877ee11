import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EndonymError } from '../core/error.ts'
import { commitFile, diskFull, formatBytes, freeSpace, writeError } from '../core/files.ts'
import { run } from '../core/process.ts'
import { type Progress, silent } from '../core/progress.ts'
import { type GgufSummary, readGguf } from './gguf.ts'
import type { QuantizeJob } from './quantize-worker.ts'

/** The types that can be asked for, as people name them, and their `llama_ftype` in llama.cpp's include/llama.h. */
export const quantizationTypes = { F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 7, Q4_K_M: 15, Q5_K_M: 17, Q6_K: 18 } as const

export type QuantizationType = keyof typeof quantizationTypes

export type Quantized = GgufSummary & {
  seconds: number
  /** Bytes of resident memory of the process that did it, at its peak. */
  peakMemory: number
  /** Tensors that got the nearest type that fits instead: K types need rows of a multiple of 256 weights. */
  fallbacks: number
}

/**
 * Quantises a GGUF file with llama.cpp's own `llama_model_quantize`, from the shared library that node-llama-cpp serves with: no compiler, no Python.
 * An input that is quantised already is dequantised first, so its loss stays. The output is whole or not there.
 *
 * The caller holds the lock of the machine (`withMachine`) if other work could compute at the same time.
 *
 * @throws EndonymError `quantize_unsupported`, `quantize_failed`, `disk_full`, `not_writable`, and what `readGguf` throws; the signal's reason when it fires
 * @example await quantize('merged-f16.gguf', 'merged-q4_k_m.gguf', 'Q4_K_M', { progress })
 */
export async function quantize(
  input: string,
  output: string,
  type: QuantizationType,
  options: { signal?: AbortSignal; progress?: Progress; threads?: number } = {},
): Promise<Quantized> {
  const { signal, progress = silent, threads = os.availableParallelism() } = options
  const source = await readGguf(input)
  if (source.kind !== 'model')
    throw new EndonymError(
      'quantize_failed',
      `${input} is no whole model but of the kind "${source.kind}". Merge it with its base first, or serve it as it is.`,
    )
  if (path.resolve(input) === path.resolve(output))
    throw new EndonymError('quantize_failed', `${input} cannot be quantised onto itself. Name another output file.`)

  const part = `${output}.part`
  const started = performance.now()
  try {
    // Fails here, in words of the operating system, rather than in llama.cpp as "iostream error".
    await (await fs.open(part, 'w')).close()
    const job: QuantizeJob = { input, output: part, fileType: quantizationTypes[type], threads }
    const worker = fileURLToPath(new URL('./quantize-worker.ts', import.meta.url))
    const ended = await run(process.execPath, [worker, JSON.stringify(job)], {
      ...(signal && { signal }),
      onLine: (line) => {
        const [, done, total] = /^\[ *(\d+)\/ *(\d+)\]/.exec(line) ?? []
        if (done && total) progress({ stage: 'quantise', done: Number(done), total: Number(total), unit: 'tensors' })
      },
    })
    if (ended.code !== 0) throw await failure(input, part, ended)
    const summary = await readGguf(part)
    await commitFile(part, output)
    return {
      ...summary,
      file: output,
      seconds: (performance.now() - started) / 1000,
      peakMemory: ended.peakMemory,
      fallbacks: Number(/(\d+) of \d+ tensor\(s\) required fallback/.exec(ended.stderr)?.[1] ?? 0),
    }
  } catch (error) {
    await fs.rm(part, { force: true }).catch(() => {})
    throw writeError(error, output)
  }
}

/** Why the worker ended without success. */
async function failure(
  input: string,
  part: string,
  ended: { code: number | null; signal: string | null; stdout: string; stderr: string },
): Promise<EndonymError> {
  const cause = new Error(ended.stderr.slice(-4000))
  if (ended.code === 3)
    return new EndonymError(
      'quantize_unsupported',
      `This machine's llama.cpp cannot be used to quantise: ${ended.stdout.trim()}. Install the version of node-llama-cpp that Endonym asks for: npm ci`,
      { cause },
    )
  const { size } = await fs.stat(input)
  const free = await freeSpace(path.dirname(part))
  // What was written stops where the disk did; a few blocks may be left.
  if (free < 1 << 20) return diskFull(part.replace(/\.part$/, ''), undefined, cause)
  const lines = ended.stderr.trim().split('\n')
  const last = lines.findLast((line) => /failed to quantize|GGML_ASSERT|error/i.test(line)) ?? lines.at(-1) ?? ''
  const why = last.replace(/^.*failed to quantize: /, '').trim() || ended.stdout.trim()
  const how = ended.signal ? `crashed (${ended.signal})` : `refused (exit code ${ended.code})`
  return new EndonymError(
    'quantize_failed',
    `llama.cpp ${how} when it quantised ${input} (${formatBytes(size)}): ${why || 'it gave no reason'}. Check the file, or choose another type.`,
    { cause },
  )
}
