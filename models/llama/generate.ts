import crypto from 'node:crypto'
import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import { EndonymError } from '../../core/error.ts'
import { type FinishReason, type GenerateOptions, type Generation, type Sampling, servedSampling } from '../runtime.ts'
import { createTextStream } from './stream.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Tokens of the answer that the penalties look back on. */
const penaltyWindow = 128
/** Tokens of a prompt that are computed before the signal is looked at again. */
const promptStep = 256

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
  sequence: LlamaContextSequence,
  tokenizer: Tokenizer,
  prompt: readonly Token[],
  options: GenerateOptions,
): Promise<Generation> {
  const { signal, maxTokens = servedSampling.maxTokens } = options
  const stream = createTextStream(tokenizer, options.stop, options.onText)
  const answer: Token[] = []
  const limit = Math.min(maxTokens, sequence.contextSize - prompt.length)

  const finish = (finishReason: FinishReason): Generation => {
    if (finishReason !== 'stop' || !stopped) stream.end()
    return { text: stream.text, finishReason, promptTokens: prompt.length, completionTokens: answer.length }
  }
  let stopped = false

  await sequence.adaptStateToTokens([...prompt], false)
  // The last token is always computed anew: its logits are what the answer begins with.
  if (sequence.nextTokenIndex >= prompt.length)
    await sequence.eraseContextTokenRanges([{ start: prompt.length - 1, end: sequence.nextTokenIndex }])
  while (prompt.length - sequence.nextTokenIndex > promptStep) {
    if (signal?.aborted) return finish('aborted')
    const start = sequence.nextTokenIndex
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(start, start + promptStep))
  }

  if (limit <= 0) return finish('length')
  for await (const token of sequence.evaluate(
    prompt.slice(sequence.nextTokenIndex),
    samplingOptions(options, answer),
  )) {
    if (signal?.aborted) return finish('aborted')
    answer.push(token)
    stopped = stream.push(token)
    if (stopped) return finish('stop')
    if (answer.length >= limit) return finish('length')
  }
  return finish('stop')
}

/** The sampling in node-llama-cpp's words; `answer` grows while it is read. */
function samplingOptions(sampling: Sampling, answer: readonly Token[]): SequenceEvaluateOptions {
  const { temperature, topP, topK, minP, repeatPenalty } = { ...servedSampling, ...sampling }
  const seed = sampling.seed ?? crypto.randomInt(2 ** 32)
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
      presencePenalty: sampling.presencePenalty ?? 0,
      frequencyPenalty: sampling.frequencyPenalty ?? 0,
    },
  }
}
