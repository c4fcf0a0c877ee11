import crypto from 'node:crypto'
import type { LlamaGrammarEvaluationState, SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import { type Completion, type FinishReason, type GenerateOptions, type Sampling, servedSampling } from '../runtime.ts'
import { tooLong } from './context.ts'
import { inOrder, type Place, readPrompt } from './prompt.ts'
import { createTextStream } from './stream.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Tokens of the answer that the penalties look back on. */
const penaltyWindow = 128

/** What generation needs to know of the context that it runs on. */
export type GenerationContext = {
  tokenizer: Tokenizer
  contextSize: number
  /** Tokens in a sequence from which a batch of one token has other numbers than a batch of several; infinite where there is no such thing. */
  aloneDiffersFrom: number
}

/** Refuses a prompt that leaves no room for an answer. */
export function checkPrompt(promptTokens: number, contextSize: number): void {
  if (promptTokens >= contextSize) throw tooLong(promptTokens, contextSize)
}

export function abortedGeneration(promptTokens: number): Completion {
  return { text: '', finishReason: 'aborted', promptTokens, completionTokens: 0, tokens: [] }
}

/** Continues a prompt on a sequence that is free, until the model ends, a stop text, the limit or the signal. */
export async function generate(
  place: Place,
  { tokenizer, contextSize, aloneDiffersFrom }: GenerationContext,
  prompt: readonly Token[],
  options: GenerateOptions & { grammar?: LlamaGrammarEvaluationState },
): Promise<Completion> {
  const { signal, grammar, maxTokens = servedSampling.maxTokens } = options
  const { sequence } = place.slot
  const stream = createTextStream(tokenizer, options.stop, options.onText)
  const answer: Token[] = []
  const limit = Math.min(maxTokens, contextSize - prompt.length)
  /** Whether the same answer must come again: then it must not matter who else is generating. */
  const exact = options.seed !== undefined

  /** What to decode for the next token: the last token; with the one before it, again, where it would have other numbers alone. */
  const nextTokens = async (last: Token): Promise<Token[]> => {
    const pair = exact && prompt.length + answer.length > aloneDiffersFrom
    // The prompt's last token was computed in a chunk: from here on it counts as the first of those that were computed one by one.
    const first = answer.length === 1
    if (pair && first) await place.member.text(2)
    else if (!(await place.member.token()) || !pair) return [last]
    const end = sequence.nextTokenIndex
    await sequence.eraseContextTokenRanges([{ start: end - 1, end }])
    return [answer.at(-2) ?? (prompt.at(-1) as Token), last]
  }
  const run = async (): Promise<FinishReason> => {
    if (limit <= 0) return 'length'
    const rest = await readPrompt(place, prompt, { exact, ...(signal && { signal }) })
    if (rest === 'aborted') return 'aborted'
    const tokens = sequence.evaluate(rest, {
      ...samplingOptions(options, answer),
      ...inOrder(place.slot),
      ...(grammar && { grammarEvaluationState: grammar }),
      ...(options.logitBias && { tokenBias: tokenizer.bias(options.logitBias) }),
    })
    try {
      for (let next = await tokens.next(); !next.done; ) {
        if (signal?.aborted) return 'aborted'
        const token = next.value
        answer.push(token)
        if (stream.push(token)) return 'stop'
        if (answer.length >= limit) return 'length'
        if (signal?.aborted) return 'aborted'
        // Who has said that it decodes does so, whatever its signal says by then: others count on it.
        next = await tokens.next(await nextTokens(token))
      }
      return 'stop'
    } finally {
      await tokens.return()
    }
  }
  const finishReason = await run()
  stream.end()
  return {
    text: stream.text,
    finishReason,
    promptTokens: prompt.length,
    completionTokens: answer.length,
    tokens: answer,
  }
}

/** The sampling in node-llama-cpp's words; `answer` grows while it is read. */
function samplingOptions(sampling: Sampling, answer: readonly Token[]): SequenceEvaluateOptions {
  const { temperature, topP, topK, minP, repeatPenalty } = { ...servedSampling, ...sampling }
  const { presencePenalty = 0, frequencyPenalty = 0, seed = crypto.randomInt(2 ** 32) } = sampling
  return {
    temperature,
    topP,
    // null is no limit. (To node-llama-cpp 0 is that too, but by sorting the whole vocabulary for every token.)
    topK: topK > 0 ? topK : (null as unknown as number),
    minP,
    // llama.cpp draws a random seed for 2³² − 1.
    seed: seed % (2 ** 32 - 1),
    repeatPenalty: {
      punishTokens: () => answer.slice(-penaltyWindow),
      maxPunishTokens: penaltyWindow,
      penalty: repeatPenalty,
      presencePenalty,
      frequencyPenalty,
    },
  }
}
