import type { LlamaEmbeddingContext, LlamaModel } from 'node-llama-cpp'
import { checkTokens, useThreads } from './context.ts'
import { type Cores, onCores } from './cores.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Texts longer than this are embedded by their beginning. */
const longestText = 2048

export type Embedder = {
  embed(
    texts: readonly (string | readonly number[])[],
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Float32Array[]>
  dispose(): Promise<void>
}

/** Opens a context for embeddings when it is first needed. */
export function createEmbedder(
  model: LlamaModel,
  tokenizer: Tokenizer,
  { trainedContext, threads, cores }: { trainedContext: number; threads: number; cores: Cores },
): Embedder {
  const contextSize = Math.min(trainedContext, longestText)
  const zeros = new Array<number>(model.embeddingVectorSize).fill(0)
  let opening: Promise<LlamaEmbeddingContext> | undefined
  return {
    async embed(texts, { signal } = {}) {
      signal?.throwIfAborted()
      opening ??= model.createEmbeddingContext({ contextSize, threads, batchSize: contextSize })
      const context = await opening
      const vectors: Float32Array[] = []
      for (const text of texts) {
        const all = typeof text === 'string' ? model.tokenize(text) : checkTokens(text, tokenizer)
        const tokens = all.slice(0, contextSize - 2)
        // Of no tokens there is no mean.
        const embed = (threads: number) => {
          useThreads(context, threads)
          return context.getEmbeddingFor(tokens)
        }
        const { vector } = tokens.length > 0 ? await onCores(cores, embed, signal) : { vector: zeros }
        vectors.push(normalised(vector))
      }
      return vectors
    },
    async dispose() {
      await (await opening)?.dispose()
    },
  }
}

function normalised(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector) || 1
  return Float32Array.from(vector, (value) => value / length)
}
