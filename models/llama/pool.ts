import { type Llama, type LlamaGrammar, LlamaGrammarEvaluationState, type LlamaModel, type Token } from 'node-llama-cpp'
import { commonPrefix } from '../../core/common-prefix.ts'
import { EndonymError, messageOf } from '../../core/error.ts'
import type { Completion, GenerateOptions, Pool } from '../runtime.ts'
import { type ContextOptions, checkTokens, openContext, useThreads } from './context.ts'
import type { Cores } from './cores.ts'
import { abortedGeneration, checkPrompt, generate } from './generate.ts'
import type { Pace } from './pace.ts'
import { batching, longestPiece, type Place, type Slot } from './prompt.ts'
import { createQueue } from './queue.ts'
import { createSteps } from './steps.ts'
import type { Tokenizer } from './tokenizer.ts'

export type PoolOptions = ContextOptions & {
  cores: Cores
  pace: Pace
  sequences: number
  /** The model's: `Q4_1`, `F16`, … */
  quantisation: string
}

/** Tokens of a batch at most. */
export const poolBatchSize = (sequences: number): number => Math.max(sequences, longestPiece)

/** Opens a context of several sequences, which node-llama-cpp decodes as one batch, and queues calls for them. */
export async function openPool(model: LlamaModel, tokenizer: Tokenizer, options: PoolOptions): Promise<Pool> {
  const { contextSize, sequences, adapters, threads } = options
  const context = await openContext(model, {
    contextSize,
    sequences,
    threads,
    adapters,
    batchSize: poolBatchSize(sequences),
    batching,
  })
  const slots = Array.from(
    { length: sequences },
    (_, index): Slot => ({ sequence: context.getSequence(), index, whole: 0 }),
  )
  const queue = createQueue(slots)
  const steps = createSteps({
    cores: options.cores,
    pace: options.pace,
    compute: (threads) => useThreads(context, threads),
  })
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
      return await work({ slot, neighbours: slots.filter((each) => each !== slot), member })
    } finally {
      member.leave()
      queue.give(slot)
    }
  }
  const grammars = new WeakMap<object, Promise<LlamaGrammar>>()
  const grammarOf = async (schema: NonNullable<GenerateOptions['jsonSchema']>) => {
    const known = grammars.get(schema) ?? openGrammar(model.llama, schema)
    grammars.set(schema, known)
    try {
      return new LlamaGrammarEvaluationState({ model, grammar: await known })
    } catch (cause) {
      throw new EndonymError('schema_unsupported', `The JSON schema cannot be followed: ${messageOf(cause)}.`, {
        cause,
      })
    }
  }
  const run = async (prompt: Token[], options: GenerateOptions): Promise<Completion> => {
    checkPrompt(prompt.length, contextSize)
    const grammar = options.jsonSchema && (await grammarOf(options.jsonSchema))
    const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal
    const work = onSequence(prompt, signal, (place) =>
      generate(place, generation, prompt, { ...options, signal, ...(grammar && { grammar }) }),
    )
    return (await work) ?? abortedGeneration(prompt.length)
  }
  return {
    contextSize,
    sequences,
    chat: async (messages, options = {}) => {
      const { tokens, ...generation } = await run(tokenizer.tokenizeChat(messages), options)
      return generation
    },
    complete: async (prompt, options = {}) =>
      run(
        typeof prompt === 'string'
          ? [...tokenizer.beginning, ...tokenizer.tokenize(prompt, true)]
          : checkTokens(prompt, tokenizer),
        options,
      ),
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

/** node-llama-cpp ends JSON by line ends, of which a model may write as many as it likes; here it ends with the value, when nothing but the text's end can follow. */
async function openGrammar(llama: Llama, schema: object): Promise<LlamaGrammar> {
  type Schema = Parameters<Llama['createGrammarForJsonSchema']>[0]
  const { grammar } = await llama.createGrammarForJsonSchema(schema as Schema)
  return llama.createGrammar({ grammar: grammar.replace(/^(root ::= .*) "(?:\\n){4}" \[\\n\]\*$/m, '$1') })
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
