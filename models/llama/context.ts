import {
  InsufficientMemoryError,
  type LlamaContext,
  type LlamaContextOptions,
  type LlamaEmbeddingContext,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'
import { EndonymError, messageOf } from '../../core/error.ts'
import { readGguf } from '../gguf.ts'
import type { Tokenizer } from './tokenizer.ts'

export type ContextOptions = {
  /** Tokens of a sequence. */
  contextSize: number
  /** GGUF files. */
  adapters: readonly string[]
  threads: number
}

/** Opens a context with its adapters. @throws EndonymError `adapter_unsupported`, `memory_insufficient` */
export async function openContext(
  model: LlamaModel,
  { adapters, ...options }: ContextOptions & LlamaContextOptions & { sequences: number },
): Promise<LlamaContext> {
  for (const adapter of adapters) await checkAdapter(adapter, model)
  return model
    .createContext({ ...options, lora: { adapters: adapters.map((filePath) => ({ filePath })) } })
    .catch((cause: unknown) => {
      throw contextError(cause, { ...options, adapters })
    })
}

/** Refuses what is no adapter of this model, before native code sees it. */
async function checkAdapter(file: string, model: LlamaModel): Promise<void> {
  const { kind, architecture } = await readGguf(file)
  const base = model.fileInfo.metadata.general.architecture
  if (kind === 'adapter' && architecture === base) return
  const what = kind === 'adapter' ? `an adapter for the architecture "${architecture}"` : `of the kind "${kind}"`
  throw new EndonymError('adapter_unsupported', `${file} is ${what}. Give a LoRA adapter for "${base}".`)
}

function contextError(
  cause: unknown,
  options: { contextSize: number; sequences: number; adapters: readonly string[] },
) {
  const { contextSize, sequences, adapters } = options
  if (cause instanceof InsufficientMemoryError)
    return new EndonymError(
      'memory_insufficient',
      `There is not enough free memory for ${sequences} × ${contextSize} tokens of context. Use fewer sequences or a smaller context.`,
      { cause },
    )
  if (adapters.length === 0) return cause
  return new EndonymError(
    'adapter_unsupported',
    `llama.cpp cannot apply ${adapters.join(', ')}: ${messageOf(cause)}. Give a LoRA adapter that was trained on this model.`,
    { cause },
  )
}

/** Token ids from outside, which native code must not see before they are known to be the model's. @throws EndonymError `token_unknown` */
export function checkTokens(tokens: readonly number[], { vocabularySize }: Tokenizer): Token[] {
  const strange = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabularySize)
  if (strange === undefined) return tokens as Token[]
  throw new EndonymError(
    'token_unknown',
    `The model has no token ${strange}: its tokens are numbered from 0 to ${vocabularySize - 1}.`,
  )
}

/** @param tokens of the prompt. */
export function tooLong(tokens: number, contextSize: number): EndonymError {
  return new EndonymError(
    'prompt_too_long',
    `The prompt has ${tokens} tokens, and the context holds ${contextSize} with the answer. Shorten the conversation, or open the model with a larger context.`,
  )
}

/** Of node-llama-cpp's contexts, what its version here has and its types do not tell: the threads that it wants, which it reserves for as long as it computes; and the context that embeddings are computed on. */
type Inner = {
  _idealThreads?: number
  _freeReservedThreads?(): void
  _llamaContext?: LlamaContext
}

/** Computes the context's next batches with so many threads. */
export function useThreads(context: LlamaContext | LlamaEmbeddingContext, threads: number): void {
  const { _llamaContext: own } = context as unknown as Inner
  const inner = (own ?? context) as unknown as Inner
  if (inner._idealThreads === threads) return
  inner._idealThreads = threads
  inner._freeReservedThreads?.()
}
