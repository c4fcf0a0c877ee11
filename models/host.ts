import { RetryError } from '../core/error.ts'
import type { GenerateOptions, Generation, TokenScore } from './runtime.ts'
import type { Tool, ToolCall, Turn } from './tools.ts'

/** A model on the disk: the GGUF file of its weights, and those of the LoRA adapters on top of them. */
export type Weights = { readonly file: string; readonly adapters: readonly string[] }

/**
 * What answers by models: each is where `Place` says, as files on the disk or by a name in other servers.
 *
 * Whose signal fires is let go at once, or between two pieces of text: chats and completions are then `aborted`, embeddings none, and `load` throws the signal's reason. A model that is being loaded is so to the
 * end: whoever was gone often asks again.
 */
export type Answers<Place> = {
  /** Loads a model ahead of its first use. @throws EndonymError as `Runtime.load` and `Model.open` do, and `host_crashed` */
  load(place: Place, options?: LoadOptions): Promise<void>
  /** Answers a conversation; what the model thought first, and its calls of functions, are told apart. @throws EndonymError as `load` and `Pool.chat` do, `tools_unsupported` and `tool_schema_unsupported` */
  chat(place: Place, turns: readonly Turn[], options?: ChatOptions): Promise<ChatReply>
  /** Continues a text, or token ids. @throws EndonymError as `load`, `Pool.complete` and `Scorer.scoreTokens` do */
  complete(place: Place, prompt: string | readonly number[], options?: CompleteOptions): Promise<Completed>
  /** Vectors of texts or of token ids, and how many tokens these are. The adapters are left aside. @throws EndonymError as `load` and `Model.embed` do */
  embed(place: Place, texts: readonly (string | readonly number[])[], options?: EmbedOptions): Promise<Embedded>
  /** Token ids of a text, as the model begins one or as they are; with `special`, control tokens that the text spells are such. @throws EndonymError as `load` does */
  tokenize(place: Place, text: string, options?: TokenizeOptions): Promise<number[]>
  /** @throws EndonymError as `load` does, and `token_unknown` */
  detokenize(place: Place, tokens: readonly number[]): Promise<string>
}

/**
 * What holds models in memory and answers by them. A model is loaded on its first use, its file of weights once, however many adapters go on top of it; each (weights, adapters) has
 * contexts of its own. Those that were not used for longest make room for others, under a limit of memory.
 *
 * Two implementations: `host/local.ts` computes in this process, `host/child.ts` in a process of its own, whose crash costs what it was at and nothing else. So all that goes in and
 * comes out is plain data, callbacks and signals aside.
 */
export type Host = Answers<Weights> & {
  status(): HostStatus
  dispose(): Promise<void>
}

export type ChatOptions = GenerateOptions & {
  /** Called with each new piece of what the model thinks. */
  onThought?: (text: string) => void
  /** Functions that may be called. */
  tools?: readonly Tool[]
  /** One of these is called, with arguments that follow its parameters, and nothing else is answered. (none has to be) */
  requiredTools?: readonly Tool[]
  /** Whether several calls may come in one answer. (true) */
  severalCalls?: boolean
  /** Called with each call, once it is whole. */
  onToolCall?: (call: MadeCall) => void
  /** Says how likely each token of the answer was, with this many of the likeliest in its place. */
  logProbs?: number
}

/** A call of a function that a model makes: the id is what its answer will name. */
export type MadeCall = ToolCall & { id: string }

/** `text` is the answer alone; empty where it was cut off while the model thought. `scores` are of its tokens, and of none that was thought. */
export type ChatReply = Generation & { thought?: string; toolCalls?: MadeCall[]; scores?: ScoredToken[] }

export type CompleteOptions = GenerateOptions & {
  /** Whether the completion begins with its prompt. */
  echo?: boolean
  /** Says how likely each token was, with this many of the likeliest in its place. */
  logProbs?: number
}

export type Completed = Generation & { scores?: ScoredToken[] }

/** A token's id is known where the model is. */
export type ScoredToken = Omit<TokenScore, 'token'>

export type LoadOptions = { signal?: AbortSignal }

/** What comes of an answer that nobody waits for any more. */
export const unanswered = { text: '', finishReason: 'aborted', promptTokens: 0, completionTokens: 0 } as const

/** What comes of vectors that nobody waits for any more. */
export const noVectors: Embedded = { vectors: [], tokens: 0 }

/** Does some work whose failure nobody hears of once its signal has fired: it comes to `otherwise` then. */
export async function unlessGone<T, Otherwise>(
  signal: AbortSignal | undefined,
  otherwise: Otherwise,
  work: () => Promise<T>,
): Promise<T | Otherwise> {
  try {
    return await work()
  } catch (error) {
    if (signal?.aborted) return otherwise
    throw error
  }
}

/** A signal spares those vectors that nobody waits for any more. */
export type EmbedOptions = { signal?: AbortSignal }

export type Embedded = { vectors: Float32Array[]; tokens: number }

export type TokenizeOptions = { begin?: boolean; special?: boolean }

/** What a host has in memory, in bytes where it is a size. */
export type HostStatus = {
  /** Those that have a context, the one that was used last at the end. */
  loaded: readonly Weights[]
  memory: HostMemory
  /** `cuda`, `vulkan`, `metal`, or false for the processor alone; undefined as long as nothing was computed. */
  gpu?: string | false
  /** How many layers of all the loaded weights are on a GPU. */
  gpuLayers: number
  /** How often it ended by itself and was started anew. */
  crashes: number
}

export type HostMemory = { weights: number; adapters: number; contexts: number; limit: number }

/** The process that computes ended by itself: a crash of native code, or a lack of memory. */
export class HostCrash extends RetryError {
  constructor(message: string, retryAfter: number) {
    super('host_crashed', message, retryAfter)
  }
}
