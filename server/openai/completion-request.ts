import { z } from 'zod'
import type { Sampling } from '../../models/runtime.ts'
import { ApiError } from './error.ts'
import { empty, generationParameters, mostChoices, optional, readBody, samplingOf, unsupported } from './request.ts'

const tokens = z.array(z.int().min(0)).min(1)

/** The body of `POST /v1/completions`. */
export const completionBody = z.object({
  ...generationParameters,
  prompt: z.union([z.string(), tokens, z.array(z.string()).min(1), z.array(tokens).min(1)], {
    error: 'expected a text, an array of token ids, or an array of either',
  }),
  max_tokens: optional(z.int().min(0)),
  echo: optional(z.boolean()),
  logprobs: optional(z.int().min(0).max(5)),
  best_of: optional(z.int().min(1).max(mostChoices)),
  suffix: unsupported('text after the completion (suffix) is', (value) => value === '' || empty(value)),
})

export type CompletionRequest = {
  model: string
  /** Each a text, or token ids that are taken as they are. */
  prompts: readonly (string | readonly number[])[]
  /** Whether the completion begins with its prompt. */
  echo: boolean
  /** Log-probabilities of the tokens, with this many of the likeliest in their place. */
  logprobs?: number
  stream: boolean
  includeUsage: boolean
  /** Completions of each prompt that are wanted, and of how many these are the likeliest. */
  n: number
  bestOf: number
  sampling: Sampling
}

/** OpenAI's defaults: the model's own distribution, and 16 tokens of it. */
const defaults: Sampling = {
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  repeatPenalty: 1,
  maxTokens: 16,
}

/**
 * Reads the body of `POST /v1/completions`.
 *
 * @throws ApiError 400, which names the parameter.
 */
export function readCompletionRequest(text: string): CompletionRequest {
  const data = readBody(text, completionBody)
  const prompts = severalPrompts(data.prompt) ? data.prompt : [data.prompt]
  const { stream = false, echo = false, logprobs } = data
  const n = data.n ?? 1
  const bestOf = data.best_of ?? n
  if (bestOf < n) {
    throw new ApiError(400, 'invalid_value', `Invalid value for "best_of": expected at least n, ${n}.`, 'best_of')
  }
  if (stream && bestOf > n) {
    throw new ApiError(
      400,
      'unsupported_value',
      'A stream cannot tell which is the best; leave out "stream".',
      'best_of',
    )
  }
  return {
    model: data.model,
    n,
    bestOf,
    prompts,
    echo,
    ...(logprobs !== undefined && { logprobs }),
    stream,
    includeUsage: data.stream_options?.include_usage ?? false,
    sampling: samplingOf(data, data.max_tokens, defaults),
  }
}

function severalPrompts(
  prompt: z.output<typeof completionBody>['prompt'],
): prompt is readonly (string | readonly number[])[] & typeof prompt {
  return typeof prompt !== 'string' && typeof prompt[0] !== 'number'
}
