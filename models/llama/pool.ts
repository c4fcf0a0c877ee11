import { InsufficientMemoryError, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp'
import { EndonymError, messageOf } from '../../core/error.ts'
import { readGguf } from '../gguf.ts'
import type { GenerateOptions, Generation, Pool } from '../runtime.ts'
import { abortedGeneration, checkPrompt, generate } from './generate.ts'
import { createQueue } from './queue.ts'
import { scoreTokens } from './score.ts'
import { createSteps, type Member } from './steps.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Opens a context of several sequences, which node-llama-cpp decodes as one batch, and queues calls for them. */
export async function openPool(
  model: LlamaModel,
  tokenizer: Tokenizer,
  options: { contextSize: number; sequences: number; adapters: readonly string[]; threads: number },
): Promise<Pool> {
  const { contextSize, sequences, adapters, threads } = options
  for (const adapter of adapters) await checkAdapter(adapter, model)
  const lora = { adapters: adapters.map((filePath) => ({ filePath })) }
  const context = await model.createContext({ contextSize, sequences, threads, lora }).catch((cause: unknown) => {
    throw contextError(cause, options)
  })
  const all = Array.from({ length: sequences }, () => context.getSequence())
  const queue = createQueue(all)
  const steps = createSteps()
  const closing = new AbortController()

  /** Works on the free sequence that has computed most of these tokens already; undefined when the signal fires before there is one. */
  const onSequence = async <T>(
    tokens: readonly Token[],
    signal: AbortSignal,
    work: (place: { sequence: LlamaContextSequence; member: Member }) => Promise<T>,
  ): Promise<T | undefined> => {
    const sequence = await queue.take(signal, ({ contextTokens }) => commonPrefix(contextTokens, tokens))
    if (!sequence) return undefined
    const member = steps.join()
    try {
      return await work({ sequence, member })
    } finally {
      member.leave()
      queue.give(sequence)
    }
  }
  const run = async (prompt: Token[], generation: GenerateOptions): Promise<Generation> => {
    checkPrompt(prompt.length, contextSize)
    const signal = generation.signal ? AbortSignal.any([generation.signal, closing.signal]) : closing.signal
    const work = onSequence(prompt, signal, (place) =>
      generate({ ...place, tokenizer }, prompt, { ...generation, signal }),
    )
    return (await work) ?? abortedGeneration(prompt.length)
  }
  return {
    contextSize,
    sequences,
    chat: async (messages, generation = {}) => run(tokenizer.tokenizeChat(messages), generation),
    complete: async (prompt, generation = {}) =>
      run([...tokenizer.beginning, ...tokenizer.tokenize(prompt, true)], generation),
    score: async (prompt, continuation) => {
      const { tokens, from } = tokensToScore(tokenizer, prompt, continuation)
      const result = await onSequence(tokens, closing.signal, (place) => scoreTokens(place, tokens, from))
      if (!result) throw new EndonymError('pool_closed', 'The model was closed before this text could be scored.')
      return result
    },
    forget: async () => {
      for (const sequence of all) await sequence.clearHistory()
      queue.sort((a, b) => all.indexOf(a) - all.indexOf(b))
    },
    dispose: async () => {
      closing.abort()
      await queue.close()
      await context.dispose()
    },
  }
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

function commonPrefix(a: readonly Token[], b: readonly Token[]): number {
  const different = a.findIndex((token, i) => token !== b[i])
  return different < 0 ? a.length : different
}
