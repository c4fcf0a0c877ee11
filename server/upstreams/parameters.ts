import { type GenerateOptions, servedSampling } from '../../models/runtime.ts'
import { unsupported } from './faults.ts'

/** Bytes that a stream may have for each token, far more than servers write of one, and beside these. */
const bytesOfToken = 4096
const bytesBeside = 1 << 20

/** Bytes that a stream of so many tokens may have. */
export function streamLimit({ maxTokens = servedSampling.maxTokens }: { maxTokens?: number }): number {
  return bytesBeside + bytesOfToken * maxTokens
}

/**
 * Sampling in the names of OpenAI's API, and in those that vLLM and llama-server have for what is not in it. All of it is sent, because each of them has defaults of its own for what is left out.
 *
 * @throws EndonymError `upstream_unsupported` for an option that is not known here: one that is not passed on would only seem to be obeyed.
 */
export function parametersOf(options: Omit<GenerateOptions, 'signal' | 'onText' | 'jsonSchema'>) {
  const sampling = { ...servedSampling, ...options }
  const { temperature, topP, topK, minP, repeatPenalty, presencePenalty, frequencyPenalty, ...others } = sampling
  const { maxTokens, seed, stop, logitBias, ...unknown } = others
  const left = Object.entries(unknown).find(([, value]) => value !== undefined)
  if (left) throw unsupported(`"${left[0]}"`)
  return {
    temperature,
    top_p: topP,
    top_k: topK,
    min_p: minP,
    // vLLM's name, and llama-server's.
    repetition_penalty: repeatPenalty,
    repeat_penalty: repeatPenalty,
    presence_penalty: presencePenalty ?? 0,
    frequency_penalty: frequencyPenalty ?? 0,
    max_tokens: maxTokens,
    seed,
    ...(stop && stop.length > 0 && { stop }),
    ...(logitBias && logitBias.size > 0 && { logit_bias: Object.fromEntries(logitBias) }),
  }
}
