import { z } from 'zod'
import type { ChatOptions } from '../../models/host.ts'
import type { Sampling } from '../../models/runtime.ts'
import type { Turn } from '../../models/tools.ts'
import { chatMessage, readTurns } from './chat-messages.ts'
import { ApiError } from './error.ts'
import { anyObject, jsonSchema } from './json-schema.ts'
import { empty, generationParameters, is, optional, readBody, samplingOf, unsupported } from './request.ts'
import { readToolWish, type ToolWish, toolParameters } from './tool-request.ts'

/** The body of `POST /v1/chat/completions`. */
export const chatBody = z.object({
  ...generationParameters,
  ...toolParameters,
  messages: z.array(chatMessage).min(1),
  max_tokens: optional(z.int().min(1)),
  max_completion_tokens: optional(z.int().min(1)),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int().min(0).max(20)),
  functions: unsupported('functions are, other than as "tools",', empty),
  function_call: unsupported('functions are, other than as "tools",', is('none', 'auto')),
  response_format: optional(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      // OpenAI has no schema here; llama-server does, and its clients send one.
      z.object({ type: z.literal('json_object'), schema: optional(jsonSchema) }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ schema: jsonSchema }),
      }),
    ]),
  ),
  audio: unsupported('audio is'),
  // llama-server's and vLLM's: an answer that goes on where the last message ends.
  continue_final_message: unsupported('an answer that continues a message is', is(false)),
  add_generation_prompt: unsupported('a prompt without the beginning of an answer is', is(true)),
})

export type ChatRequest = {
  model: string
  turns: Turn[]
  stream: boolean
  includeUsage: boolean
  /** Answers that are wanted. */
  n: number
  sampling: Sampling
  /** What else is wished of the answers. */
  options: Pick<ChatOptions, 'jsonSchema' | 'logProbs'> & Partial<ToolWish>
}

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
  const wish = readToolWish(data)
  const wanted = wantedJson(format)
  if (wish && wanted) {
    const sentence =
      'Whoever has to answer in JSON ("response_format") cannot call "tools"; leave out the one or the other.'
    throw new ApiError(400, 'unsupported_value', sentence, 'response_format')
  }
  if (wish?.requiredTools && data.stop) {
    const sentence = 'A call that "tool_choice" requires might be cut off by "stop"; leave out the one or the other.'
    throw new ApiError(400, 'unsupported_value', sentence, 'stop')
  }
  return {
    model: data.model,
    turns: readTurns(data.messages),
    stream: data.stream ?? false,
    includeUsage: data.stream_options?.include_usage ?? false,
    n: data.n ?? 1,
    sampling: samplingOf(data, data.max_completion_tokens ?? data.max_tokens, defaults),
    options: { ...wish, ...(logProbs !== undefined && { logProbs }), ...(wanted && { jsonSchema: wanted }) },
  }
}

function wantedJson(format: z.output<typeof chatBody>['response_format']): Record<string, unknown> | undefined {
  if (format?.type === 'json_schema') return format.json_schema.schema
  return format?.type === 'json_object' ? (format.schema ?? anyObject) : undefined
}

function logProbsOf({ logprobs, top_logprobs: top }: z.output<typeof chatBody>): number | undefined {
  if (top && !logprobs) {
    const sentence = 'Invalid value for "top_logprobs": it is of use with "logprobs": true only.'
    throw new ApiError(400, 'invalid_value', sentence, 'top_logprobs')
  }
  return logprobs ? (top ?? 0) : undefined
}
