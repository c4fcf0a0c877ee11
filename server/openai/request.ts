import { z } from 'zod'
import type { Message, Sampling } from '../../models/runtime.ts'
import { ApiError } from './error.ts'

/** Clients send null for what they leave out. */
const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined)

/** A feature that is refused rather than silently ignored, unless its value asks for nothing. */
const unsupported = (what: string, harmless: (value: unknown) => boolean = () => false) =>
  z
    .unknown()
    .optional()
    .superRefine((value, check) => {
      if (value === undefined || value === null || harmless(value)) return
      check.addIssue({ code: 'custom', message: `${what} not supported`, params: { code: 'unsupported_value' } })
    })
const empty = (value: unknown): boolean => typeof value === 'object' && Object.keys(value as object).length === 0
const is =
  (...values: unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value)

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

const schema = z.object({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  stream: optional(z.boolean()),
  stream_options: optional(z.object({ include_usage: optional(z.boolean()) })),
  max_tokens: optional(z.int().min(1)),
  max_completion_tokens: optional(z.int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: optional(z.int().min(0)),
  min_p: optional(z.number().min(0).max(1)),
  repeat_penalty: optional(z.number().gt(0).max(10)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  seed: optional(z.int()),
  stop: optional(
    z
      .union([z.string().min(1), z.array(z.string().min(1)).max(16)], {
        error: 'expected a text, or at most 16 texts, none of them empty',
      })
      .transform((value) => (typeof value === 'string' ? [value] : value)),
  ),
  n: unsupported('more than one choice (n) is', is(1)),
  logprobs: unsupported('log-probabilities are', is(false)),
  top_logprobs: unsupported('log-probabilities are', is(0)),
  logit_bias: unsupported('a bias on tokens is', empty),
  tools: unsupported('tools are', empty),
  functions: unsupported('functions are', empty),
  response_format: unsupported(
    'a response format other than text is',
    (value) => (value as { type?: unknown }).type === 'text',
  ),
  audio: unsupported('audio is'),
})

export type ChatRequest = {
  model: string
  messages: Message[]
  stream: boolean
  includeUsage: boolean
  sampling: Sampling
}

/**
 * Reads the body of `POST /v1/chat/completions`. Parameters that it does not know are ignored, as OpenAI's clients expect of a server that is not theirs.
 *
 * @param defaults the sampling for what the request leaves out.
 * @throws ApiError 400, which names the parameter.
 */
export function readChatRequest(text: string, defaults: Sampling): ChatRequest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new ApiError(400, 'invalid_json', `The body of the request is not valid JSON: ${(cause as Error).message}.`)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw refusal(parsed.error.issues, json)
  const { data } = parsed
  const given = {
    temperature: data.temperature,
    topP: data.top_p,
    topK: data.top_k,
    minP: data.min_p,
    repeatPenalty: data.repeat_penalty,
    presencePenalty: data.presence_penalty,
    frequencyPenalty: data.frequency_penalty,
    maxTokens: data.max_completion_tokens ?? data.max_tokens,
    // Clients may send any whole number; the runtime takes 32 bits of it.
    seed: data.seed === undefined ? undefined : Number(BigInt.asUintN(32, BigInt(data.seed))),
    stop: data.stop,
  }
  return {
    model: data.model,
    messages: data.messages.map(({ role, content }) => ({ role: role === 'developer' ? 'system' : role, content })),
    stream: data.stream ?? false,
    includeUsage: data.stream_options?.include_usage ?? false,
    sampling: {
      ...defaults,
      ...(Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)) as Sampling),
    },
  }
}

/** The first thing that is wrong with the request, in OpenAI's words. */
function refusal(issues: readonly z.core.$ZodIssue[], json: unknown): ApiError {
  const issue = issues[0]
  if (!issue || issue.path.length === 0) {
    return new ApiError(400, 'invalid_type', 'The body of the request must be a JSON object.')
  }
  const param = issue.path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`))
    .join('')
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], json)
  if (value === undefined) {
    return new ApiError(400, 'missing_required_parameter', `Missing required parameter: "${param}".`, param)
  }
  const custom = issue.code === 'custom' ? (issue.params?.code as string | undefined) : undefined
  const code =
    custom ?? (issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'invalid_type' : 'invalid_value')
  const detail = issue.message.replace(/^Invalid input: |^Too (small|big): /, '')
  return new ApiError(400, code, `Invalid value for "${param}": ${detail}.`, param)
}
