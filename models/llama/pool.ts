import { InsufficientMemoryError, type LlamaModel, type Token } from 'node-llama-cpp'
import { EndonymError } from '../../core/error.ts'
import type { GenerateOptions, Generation, Pool, Score } from '../runtime.ts'
import { abortedGeneration, checkPrompt, generate } from './generate.ts'
import { createQueue } from './queue.ts'
import { scoreTokens } from './score.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Opens a context of several sequences, which node-llama-cpp decodes as one batch, and queues calls for them. */
export async function openPool(
  model: LlamaModel,
  tokenizer: Tokenizer,
  options: { contextSize: number; sequences: number; adapters: readonly string[]; threads: number },
): Promise<Pool> {
  const { contextSize, sequences, adapters, threads } = options
  const context = await model
    .createContext({
      contextSize,
      sequences,
      threads,
      lora: { adapters: adapters.map((filePath) => ({ filePath })) },
    })
    .catch((cause: unknown) => {
      if (!(cause instanceof InsufficientMemoryError)) throw cause
      throw new EndonymError(
        'memory_insufficient',
        `There is not enough free memory for ${sequences} × ${contextSize} tokens of context. Use fewer sequences or a smaller context.`,
        { cause },
      )
    })
  const queue = createQueue(Array.from({ length: sequences }, () => context.getSequence()))
  const closing = new AbortController()

  const run = async (prompt: Token[], generation: GenerateOptions): Promise<Generation> => {
    checkPrompt(prompt.length, contextSize)
    const signal = AbortSignal.any(generation.signal ? [generation.signal, closing.signal] : [closing.signal])
    const sequence = await queue.take(signal)
    if (!sequence) return abortedGeneration(prompt.length)
    try {
      return await generate(sequence, tokenizer, prompt, { ...generation, signal })
    } finally {
      queue.give(sequence)
    }
  }
  const runScore = async (tokens: Token[], from: number): Promise<Score> => {
    const sequence = await queue.take()
    if (!sequence) throw new EndonymError('pool_closed', 'The model was closed before this text could be scored.')
    try {
      return await scoreTokens(sequence, tokens, from)
    } finally {
      queue.give(sequence)
    }
  }
  return {
    contextSize,
    sequences,
    chat: async (messages, generation = {}) => run(tokenizer.tokenizeChat(messages), generation),
    complete: async (prompt, generation = {}) =>
      run([...tokenizer.beginning, ...tokenizer.tokenize(prompt, true)], generation),
    score: async (prompt, continuation) => {
      const before = tokenizer.tokenize(prompt, true)
      const whole = tokenizer.tokenize(prompt + continuation, true)
      const prefix = prompt === '' ? tokenizer.scoringPrefix : tokenizer.beginning
      // Where prompt and continuation join in one token, that token is scored as a part of the continuation.
      const split = before.findIndex((token, i) => token !== whole[i])
      return runScore([...prefix, ...whole], prefix.length + (split < 0 ? before.length : split))
    },
    dispose: async () => {
      closing.abort()
      await queue.close()
      await context.dispose()
    },
  }
}
