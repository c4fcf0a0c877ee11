import crypto from 'node:crypto'
import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import { EndonymError } from '../../core/error.ts'
import { type FinishReason, type GenerateOptions, type Generation, type Sampling, servedSampling } from '../runtime.ts'
import { readPrompt } from './prompt.ts'
import type { Member } from './steps.ts'
import { createTextStream } from './stream.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Tokens of the answer that the penalties look back on. */
const penaltyWindow = 128

/** Refuses a prompt that leaves no room for an answer. */
export function checkPrompt(promptTokens: number, contextSize: number): void {
  if (promptTokens < contextSize) return
  throw new EndonymError(
    'prompt_too_long',
    `The prompt has ${promptTokens} tokens, and the context holds ${contextSize} with the answer. Shorten the conversation, or open the model with a larger context.`,
  )
}

export function abortedGeneration(promptTokens: number): Generation {
  return { text: '', finishReason: 'aborted', promptTokens, completionTokens: 0 }
}

/** Continues a prompt on a sequence that is free, until the model ends, a stop text, the limit or the signal. */
export async function generate(
  { sequence, member, tokenizer }: { sequence: LlamaContextSequence; member: Member; tokenizer: Tokenizer },
  prompt: readonly Token[],
  options: GenerateOptions,
): Promise<Generation> {
  const { signal, maxTokens = servedSampling.maxTokens } = options
  const stream = createTextStream(tokenizer, options.stop, options.onText)
  const answer: Token[] = []
  const limit = Math.min(maxTokens, sequence.contextSize - prompt.length)

  const run = async (): Promise<FinishReason> => {
    const rest = await readPrompt(sequence, member, prompt, signal)
    if (rest === 'aborted') return 'aborted'
    if (limit <= 0) return 'length'
    for await (const token of sequence.evaluate(rest, samplingOptions(options, answer))) {
      answer.push(token)
      if (stream.push(token)) return 'stop'
      if (answer.length >= limit) return 'length'
      await member.next()
      if (signal?.aborted) return 'aborted'
    }
    return 'stop'
  }
  const finishReason = await run()
  stream.end()
  return { text: stream.text, finishReason, promptTokens: prompt.length, completionTokens: answer.length }
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
