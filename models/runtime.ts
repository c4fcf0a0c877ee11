/**
 * The seam between Endonym and whatever computes a language model in this process. One implementation: `models/llama.ts`, on node-llama-cpp.
 */

import type { CallForm } from './call-form.ts'
import type { Tool, Turn } from './tools.ts'

export type Role = 'system' | 'user' | 'assistant'

export type Message = { role: Role; content: string }

/** How the next token is drawn. What is left out takes the value in brackets. */
export type Sampling = {
  /** 0 takes the likeliest token. (0.7) */
  temperature?: number
  /** Nucleus: the smallest set of tokens with this much probability. (0.9) */
  topP?: number
  /** The likeliest tokens that are drawn from at all; 0 is all of them, which takes a sort of the whole vocabulary for each token. (40) */
  topK?: number
  /** Tokens below this share of the likeliest one's probability are left out. (0.05) */
  minP?: number
  /** Divides the logits of tokens among the answer's last 128; 1 is off. The prompt's are free: an answer takes up its words, and the end of a turn stands in it. (1.1) */
  repeatPenalty?: number
  /** Is taken from the logits of tokens that are among the answer's last 128. (0) */
  presencePenalty?: number
  /** The same, for each time that they are. (0) */
  frequencyPenalty?: number
  /** Tokens to generate at most. (256) */
  maxTokens?: number
  /** The same seed, prompt and sampling give the same answer. A whole number in [0, 2³²). (random) */
  seed?: number
  /** Generation ends before any of these texts, which are not part of the answer. */
  stop?: readonly string[]
  /** Is added to the logits of these tokens. (none) */
  logitBias?: ReadonlyMap<number, number>
}

/** The sampling that students are served with, and therefore judged with; named once. */
export const servedSampling = {
  temperature: 0.7,
  topP: 0.9,
  topK: 40,
  minP: 0.05,
  repeatPenalty: 1.1,
  maxTokens: 256,
} as const satisfies Sampling

/** `stop`: the model ended its turn or met a stop text. `length`: `maxTokens` or the context was full. `aborted`: the signal fired. */
export type FinishReason = 'stop' | 'length' | 'aborted'

export type Generation = {
  text: string
  finishReason: FinishReason
  promptTokens: number
  completionTokens: number
}

export type GenerateOptions = Sampling & {
  signal?: AbortSignal
  /** The answer is JSON of this JSON schema: no other token is drawn. One that was cut off (`length`) is not whole. */
  jsonSchema?: Readonly<Record<string, unknown>>
  /** Called with each new piece of text: whole Unicode characters only, never the beginning of a stop text. */
  onText?: (text: string) => void
}

/** What continues a text, with the tokens that were generated. */
export type Completion = Generation & { tokens: readonly number[] }

/** The log-likelihood of a continuation, in nats, and whether every token of it was the likeliest one. */
export type Score = { logProb: number; tokens: number; greedy: boolean }

/** A token of a text: what it adds to the text (nothing, where a character is not whole yet), its log-probability in nats, and the likeliest tokens in its place, best first. */
export type TokenScore = {
  token: number
  text: string
  /** Undefined for a text's first token where nothing is before it. */
  logProb: number | undefined
  top: readonly { text: string; logProb: number }[]
}

/**
 * A model with its LoRA adapters on a pool of sequences. Calls may be made at the same time: up to `sequences` of them are decoded as one batch and
 * the others wait their turn, first come first served.
 *
 * What has a seed comes to the same to the last bit whatever is asked beside it or was before, with any number of sequences and threads. (On the processor, with
 * weights of Q4_1, Q5_0, Q5_1, Q8_0 or floats. Where llama.cpp repacks the weights, as K-quantised ones on x86 and Q8_0 on ARM, or computes on a GPU, the last digits depend on how many generate
 * at once, which can turn a sampled answer. What must come to the same there too is asked in groups after `forget`.)
 */
export type Pool = {
  readonly contextSize: number
  readonly sequences: number
  /**
   * Continues a conversation by the assistant's turn, rendered with the model's own chat template. Special tokens in the messages' text are plain text.
   * @throws EndonymError `prompt_too_long` (message has both counts), `no_chat_template`, `chat_unrenderable` (what the template says against this conversation), `bias_unknown`, `schema_unsupported`
   */
  chat(messages: readonly Message[], options?: GenerateOptions): Promise<Generation>
  /**
   * Continues a text as it stands, after the BOS token where the model was trained to begin with one. Special tokens that it spells are such. Or continues token ids, as they are.
   * @throws EndonymError `prompt_too_long`, `token_unknown`
   */
  complete(prompt: string | readonly number[], options?: GenerateOptions): Promise<Completion>
  /**
   * Forgets what its sequences have computed. To be called while nothing is at work: what is then asked at once comes to the same, to the last bit, whatever came before, because
   * neither a prefix that was kept nor a neighbour's place in the batch differs.
   */
  forget(): Promise<void>
  dispose(): Promise<void>
}

/**
 * How likely a model with its LoRA adapters holds texts to be. It has a context of its own, and calls are served one after the other: a text is read in pieces that
 * are as fast as a batch of several.
 *
 * A score comes to the same to the last bit whatever was scored before (on the processor; elsewhere to the last digits), so what consecutive calls share at their beginnings is read once.
 */
export type Scorer = {
  readonly contextSize: number
  /**
   * log P(continuation | prompt) of each continuation, texts as `Pool.complete` takes them and as the tokens of the two together; a token in which they join is the continuation's.
   * The prompt is read once, and so is what all the continuations begin with. An empty prompt scores the text itself after BOS (else EOS), as lm-evaluation-harness does. Texts longer
   * than the context are scored in windows that overlap by half.
   */
  score(prompt: string, continuations: readonly string[]): Promise<Score[]>
  /**
   * How likely each token of a text is (as `Pool.complete` takes it), and of the tokens that follow it.
   * @param options.after tokens after the text, such as a completion's.
   * @param options.top how many of the likeliest in each token's place are given.
   * @param options.next adds the likeliest token that comes next, be it the end.
   * @param options.signal ends it between two pieces of the text.
   * @throws EndonymError `prompt_too_long`, `token_unknown`; the signal's reason
   */
  scoreTokens(
    text: string | readonly number[],
    options?: { after?: readonly number[]; top?: number; next?: boolean; signal?: AbortSignal | undefined },
  ): Promise<TokenScore[]>
  /** Forgets what was read, so that nothing of it is used again. */
  forget(): Promise<void>
  dispose(): Promise<void>
}

/** A GGUF file in memory. */
export type Model = {
  readonly file: string
  /** `llama`, `qwen3`, … */
  readonly architecture: string
  readonly parameters: number
  /** Context length in tokens that it was trained with. */
  readonly trainedContext: number
  /** How many of its layers are on a GPU. */
  readonly gpuLayers: number
  /** Its chat template (Jinja), or undefined: then it is no chat model. */
  readonly chatTemplate: string | undefined
  /** What the model begins every text with, as it is spelled (`<s>`), or nothing: the token that `Pool.complete` and `Scorer` put before a text. A chat template may write it too. */
  readonly beginning: string
  /** Renders a conversation exactly as the reference implementation (transformers' `apply_chat_template`) does. @throws EndonymError `no_chat_template` */
  renderChat(turns: readonly Turn[], options?: { addGenerationPrompt?: boolean; tools?: readonly Tool[] }): string
  /** Token ids of a conversation up to the assistant's turn, as `Pool.chat` reads it. @throws EndonymError `no_chat_template`, `chat_unrenderable` */
  tokenizeChat(turns: readonly Turn[], options?: { tools?: readonly Tool[] }): number[]
  /** How its chat template writes calls of functions; undefined where it has none. @throws EndonymError `no_chat_template` */
  callForm(): CallForm | undefined
  tokenize(text: string, options?: { special?: boolean }): number[]
  /** @throws EndonymError `token_unknown` */
  detokenize(tokens: readonly number[]): string
  /**
   * A pool of sequences (4), each of `contextSize` tokens (2,048, or what it was trained with), with these LoRA adapters (GGUF files) applied.
   * @throws EndonymError `adapter_unsupported`, `memory_insufficient`, and what `load` throws, of an adapter
   */
  open(options?: { contextSize?: number; sequences?: number; adapters?: readonly string[] }): Promise<Pool>
  /** What a pool (or, with one sequence, a scorer) of that size takes, in bytes, adapters aside. */
  contextBytes(options: { contextSize: number; sequences: number }): Promise<number>
  /** A context of `contextSize` tokens (2,048, or what it was trained with) that scores. @throws EndonymError as `open` does */
  openScorer(options?: { contextSize?: number; adapters?: readonly string[] }): Promise<Scorer>
  /**
   * One vector (mean-pooled last hidden state, length 1), of the model's width, for each text or list of token ids. Of those longer than 2,048 tokens, or than what it was trained with, it is their beginning's. The signal ends it between two texts.
   * @throws EndonymError `token_unknown`; the signal's reason
   */
  embed(
    texts: readonly (string | readonly number[])[],
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Float32Array[]>
  dispose(): Promise<void>
}

/** llama.cpp in this process. */
export type Runtime = {
  /** Threads it computes with: the cores of this machine that this process may use. */
  readonly threads: number
  /** `cuda`, `vulkan`, `metal`, or false for the processor alone. */
  readonly gpu: string | false
  /** Bytes that are free where it computes: on the GPUs, or in main memory. */
  freeMemory(): Promise<number>
  /** @throws EndonymError `model_missing`, `model_truncated`, `model_not_gguf`, `model_unsupported`, `memory_insufficient` */
  load(file: string, options?: { onProgress?: (fraction: number) => void; signal?: AbortSignal }): Promise<Model>
  dispose(): Promise<void>
}
