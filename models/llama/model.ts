import fs from 'node:fs'
import { InsufficientMemoryError, type Llama, type LlamaModel } from 'node-llama-cpp'
import { EndonymError, messageOf } from '../../core/error.ts'
import { type GgufSummary, readGguf } from '../gguf.ts'
import { hasHugePages } from '../huge-pages.ts'
import type { Model } from '../runtime.ts'
import { checkTokens } from './context.ts'
import type { Cores } from './cores.ts'
import { createEmbedder } from './embed.ts'
import { createPace } from './pace.ts'
import { openPool, poolBatchSize } from './pool.ts'
import { openScorer } from './scorer.ts'
import { createTokenizer } from './tokenizer.ts'

/** With how many threads a process computes, and how they are shared out. */
type Computing = { threads: number; cores: Cores }

/** Loads a GGUF file whose header has been found sound. */
export async function loadModel(
  llama: Llama,
  { threads, cores }: Computing,
  file: string,
  { onProgress, signal }: { onProgress?: (fraction: number) => void; signal?: AbortSignal },
): Promise<Model> {
  const summary = await readGguf(file)
  if (summary.kind !== 'model')
    throw new EndonymError(
      'model_unsupported',
      `${file} is of the kind "${summary.kind}", which cannot be loaded by itself. Load the model that it belongs to.`,
    )
  signal?.throwIfAborted()
  const { size } = fs.statSync(file)
  const native = await llama
    .loadModel({
      modelPath: file,
      // Weights that are mapped lie in small pages; but only those can be larger than the memory that is free.
      ...(llama.gpu === false && hasHugePages() && size < process.availableMemory() / 2 && { useMmap: false }),
      // Mean pooling where a context computes embeddings; contexts that generate do not look at it.
      metadataOverrides: { [summary.architecture]: { pooling_type: 1 } },
      ...(onProgress ? { onLoadProgress: onProgress } : {}),
      ...(signal ? { loadSignal: signal } : {}),
    })
    .catch((cause: unknown) => {
      signal?.throwIfAborted()
      throw loadError(file, cause)
    })
  return createModel(native, summary, { threads, cores })
}

function loadError(file: string, cause: unknown): EndonymError {
  if (cause instanceof InsufficientMemoryError)
    return new EndonymError(
      'memory_insufficient',
      `There is not enough free memory for ${file}. Close other programs, or use a smaller model or quantisation.`,
      { cause },
    )
  return new EndonymError(
    'model_unsupported',
    `llama.cpp cannot load ${file}: ${messageOf(cause)}. Get another GGUF file of this model.`,
    { cause },
  )
}

function createModel(native: LlamaModel, summary: GgufSummary, { threads, cores }: Computing): Model {
  const tokenizer = createTokenizer(native, summary)
  const trainedContext = summary.contextLength ?? native.trainContextSize
  const usual = Math.min(trainedContext, 2048)
  // What one of its contexts found out holds for all of them.
  const pace = createPace()
  const embedder = createEmbedder(native, tokenizer, { trainedContext, threads, cores })
  return {
    file: summary.file,
    architecture: summary.architecture,
    parameters: summary.parameters,
    trainedContext,
    gpuLayers: native.gpuLayers,
    chatTemplate: summary.chatTemplate,
    beginning: tokenizer.beginning.length > 0 ? (native.tokens.bosString ?? '') : '',
    callForm: () => tokenizer.callForm(),
    renderChat: (turns, { addGenerationPrompt = true, tools } = {}) =>
      tokenizer.template().render(turns, addGenerationPrompt, tools),
    tokenizeChat: (turns, { tools } = {}) => tokenizer.tokenizeChat(turns, tools),
    tokenize: (text, { special = false } = {}) => tokenizer.tokenize(text, special),
    detokenize: (tokens) => tokenizer.detokenize(checkTokens(tokens, tokenizer)),
    open: ({ contextSize = usual, sequences = 4, adapters = [] } = {}) =>
      openPool(native, tokenizer, {
        contextSize,
        sequences,
        adapters,
        threads,
        cores,
        pace,
        quantisation: summary.quantisation,
      }),
    contextBytes: async ({ contextSize, sequences }) => {
      const { cpuRam, gpuVram } = await native.fileInsights.estimateContextResourceRequirementsV2({
        contextSize,
        sequences,
        modelGpuLayers: native.gpuLayers,
        batchSize: poolBatchSize(sequences),
      })
      return cpuRam + gpuVram
    },
    openScorer: ({ contextSize = usual, adapters = [] } = {}) =>
      openScorer(native, tokenizer, { contextSize, adapters, threads, cores }),
    embed: (texts, options) => embedder.embed(texts, options),
    dispose: async () => {
      await embedder.dispose()
      await native.dispose()
    },
  }
}
