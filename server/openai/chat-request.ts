import { z } from 'zod'
import type { Message, Sampling } from '../../models/runtime.ts'
import { ApiError } from './error.ts'
import { jsonSchema } from './json-schema.ts'
import { empty, generationParameters, optional, readBody, samplingOf, unsupported } from './request.ts'

const textPart = z.object({
  type: z.literal('text', { error: 'only parts of type "text" are supported' }),
  text: z.string(),
})

const content = z.union([z.string(), z.array(z.unknown())], { error: 'expected a string or an array of parts' }).pipe(
  z.preprocess(
    (value) => (typeof value === 'string' ? [{ type: 'text', text: value }] : value),
    z.array(textPart).transform((parts) => parts.map(({ text }) => text).join('')),
  ),
)

const roles = ['system', 'developer', 'user', 'assistant'] as const
const message = z.object({
  role: z.enum(roles, { error: `expected one of ${roles.map((role) => `"${role}"`).join(', ')}` }),
  content,
})

/** The body of `POST /v1/chat/completions`. */
export const chatBody = z.object({
  ...generationParameters,
  messages: z.array(message).min(1),
  max_tokens: optional(z.int().min(1)),
  max_completion_tokens: optional(z.int().min(1)),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int().min(0).max(20)),
  tools: unsupported('tools are', empty),
  functions: unsupported('functions are', empty),
  response_format: optional(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ schema: jsonSchema }),
      }),
    ]),
  ),
  audio: unsupported('audio is'),
})

export type ChatRequest = {
  model: string
  messages: Message[]
  stream: boolean
  includeUsage: boolean
  /** Answers that are wanted. */
  n: number
  sampling: Sampling
  /** Log-probabilities of the answer's tokens, with this many of the likeliest in their place. */
  logProbs?: number
  /** What the answer is JSON of. */
  jsonSchema?: Readonly<Record<string, unknown>>
}

/** Any JSON object. */
const anyObject = { type: 'object', additionalProperties: true }

/**
 * Reads the body of `POST /v1/chat/completions`.
 *
 * @param defaults the sampling for what the request leaves out.
 * @throws ApiError 400, which names the parameter.
 */
export function readChatRequest(text: string, defaults: Sampling): ChatRequest {
  const data = readBody(text, chatBody)
  const { response_format: format } = data
  const logProbs = logProbsOf(data)
  const wanted =
    format?.type === 'json_schema' ? format.json_schema.schema : format?.type === 'json_object' ? anyObject : undefined
  return {
    model: data.model,
    messages: data.messages.map(({ role, content }) => ({ role: role === 'developer' ? 'system' : role, content })),
    stream: data.stream ?? false,
    includeUsage: data.stream_options?.include_usage ?? false,
    n: data.n ?? 1,
    sampling: samplingOf(data, data.max_completion_tokens ?? data.max_tokens, defaults),
    ...(logProbs !== undefined && { logProbs }),
    ...(wanted && { jsonSchema: wanted }),
  }
}

function logProbsOf({ logprobs, top_logprobs: top, stream }: z.output<typeof chatBody>): number | undefined {
  if (logprobs && stream) {
    const sentence = 'A stream with "logprobs" is not supported; leave out "stream".'
    throw new ApiError(400, 'unsupported_value', sentence, 'logprobs')
  }
  if (top && !logprobs) {
    const sentence = 'Invalid value for "top_logprobs": it is of use with "logprobs": true only.'
    throw new ApiError(400, 'invalid_value', sentence, 'top_logprobs')
  }
  return logprobs ? (top ?? 0) : undefined
}
