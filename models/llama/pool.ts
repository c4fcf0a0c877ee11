import { InsufficientMemoryError, type LlamaModel, type Token } from 'node-llama-cpp'
import { EndonymError, messageOf } from '../../core/error.ts'
import { readGguf } from '../gguf.ts'
import type { GenerateOptions, Generation, Pool } from '../runtime.ts'
import { abortedGeneration, checkPrompt, generate } from './generate.ts'
import { batching, commonPrefix, longestPiece, type Place, type Slot } from './prompt.ts'
import { createQueue } from './queue.ts'
import { scoreTokens } from './score.ts'
import { createSteps } from './steps.ts'
import type { Tokenizer } from './tokenizer.ts'

export type PoolOptions = {
  contextSize: number
  sequences: number
  adapters: readonly string[]
  threads: number
  /** The model's: `Q4_1`, `F16`, … */
  quantisation: string
}

/** Opens a context of several sequences, which node-llama-cpp decodes as one batch, and queues calls for them. */
export async function openPool(model: LlamaModel, tokenizer: Tokenizer, options: PoolOptions): Promise<Pool> {
  const { contextSize, sequences, adapters, threads } = options
  for (const adapter of adapters) await checkAdapter(adapter, model)
  const context = await model
    .createContext({
      contextSize,
      sequences,
      threads,
      batchSize: Math.max(sequences, longestPiece),
      batching,
      lora: { adapters: adapters.map((filePath) => ({ filePath })) },
    })
    .catch((cause: unknown) => {
      throw contextError(cause, options)
    })
  const slots = Array.from(
    { length: sequences },
    (_, index): Slot => ({ sequence: context.getSequence(), index, whole: 0 }),
  )
  const queue = createQueue(slots)
  const steps = createSteps()
  const closing = new AbortController()
  const generation = { tokenizer, contextSize, aloneDiffersFrom: aloneDiffersFrom(model, options) }

  /** Works on the free sequence that has most of these tokens already; undefined when the signal fires before there is one. */
  const onSequence = async <T>(
    tokens: readonly Token[],
    signal: AbortSignal,
    work: (place: Place) => Promise<T>,
  ): Promise<T | undefined> => {
    const slot = await queue.take(signal, ({ sequence }) => commonPrefix(sequence.contextTokens, tokens))
    if (!slot) return undefined
    const member = steps.join(slot.index)
    try {
      return await work({ slot, member })
    } finally {
      member.leave()
      queue.give(slot)
    }
  }
  const run = async (prompt: Token[], options: GenerateOptions): Promise<Generation> => {
    checkPrompt(prompt.length, contextSize)
    const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal
    const work = onSequence(prompt, signal, (place) => generate(place, generation, prompt, { ...options, signal }))
    return (await work) ?? abortedGeneration(prompt.length)
  }
  return {
    contextSize,
    sequences,
    chat: async (messages, options = {}) => run(tokenizer.tokenizeChat(messages), options),
    complete: async (prompt, options = {}) =>
      run([...tokenizer.beginning, ...tokenizer.tokenize(prompt, true)], options),
    score: async (prompt, continuation) => {
      const { tokens, from } = tokensToScore(tokenizer, prompt, continuation)
      const result = await onSequence(tokens, closing.signal, (place) => scoreTokens(place, tokens, from, contextSize))
      if (!result) throw new EndonymError('pool_closed', 'The model was closed before this text could be scored.')
      return result
    },
    forget: async () => {
      for (const slot of slots) {
        await slot.sequence.clearHistory()
        slot.whole = 0
      }
      queue.sort((a, b) => a.index - b.index)
    },
    dispose: async () => {
      closing.abort()
      await queue.close()
      await context.dispose()
    },
  }
}

/** ggml pads the attention's length to a multiple of this, and splits what is longer among the threads where a token is alone. */
const attentionPadding = 256

/**
 * From how many tokens a batch of one token has other numbers than a batch of several: on the processor, attention is computed another way for longer
 * contexts, and matrices of floats (an adapter's too) always.
 */
function aloneDiffersFrom(model: LlamaModel, { adapters, quantisation }: PoolOptions): number {
  const { isRecurrent, isHybrid } = model.fileInsights
  // On a GPU the batch's size changes the numbers in other ways too, and a recurrent state cannot take back its last token.
  if (model.gpuLayers > 0 || isRecurrent || isHybrid) return Number.POSITIVE_INFINITY
  return adapters.length > 0 || /^B?F\d/.test(quantisation) ? 0 : attentionPadding - 1
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

/** Prompt and continuation as one text's tokens, and where the continuation begins. */
function tokensToScore(tokenizer: Tokenizer, prompt: string, continuation: string): { tokens: Token[]; from: number } {
  const prefix = prompt === '' ? tokenizer.scoringPrefix : tokenizer.beginning
  const whole = tokenizer.tokenize(prompt + continuation, true)
  // Where the two join in one token, that token is scored as a part of the continuation.
  const shared = commonPrefix(tokenizer.tokenize(prompt, true), whole)
  // The very first token has nothing before it and no probability.
  return { tokens: [...prefix, ...whole], from: Math.max(1, prefix.length + shared) }
}
