import { z } from 'zod'
import type { Sampling } from '../../models/runtime.ts'
import { ApiError } from './error.ts'

/** Clients send null for what they leave out. */
export const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined)

/** A feature that is refused rather than silently ignored, unless its value asks for nothing. */
export const unsupported = (what: string, harmless: (value: unknown) => boolean = () => false) =>
  z
    .unknown()
    .optional()
    .superRefine((value, check) => {
      if (value === undefined || value === null || harmless(value)) return
      check.addIssue({ code: 'custom', message: `${what} not supported`, params: { code: 'unsupported_value' } })
    })
export const empty = (value: unknown): boolean => typeof value === 'object' && Object.keys(value as object).length === 0
export const is =
  (...values: unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value)

/** Answers to one request at most. */
export const mostChoices = 16

/** The parameters that every kind of generation has. */
export const generationParameters = {
  model: z.string().min(1),
  stream: optional(z.boolean()),
  stream_options: optional(z.object({ include_usage: optional(z.boolean()) })),
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
  n: optional(z.int().min(1).max(mostChoices)),
  logit_bias: optional(
    z.record(z.string().regex(/^\d{1,9}$/, { error: 'expected token ids' }), z.number().min(-100).max(100)),
  ),
  // llama-server's: whoever sends one of them counts on what it forbids.
  grammar: unsupported('a grammar is', is('')),
  json_schema: unsupported('a schema is, other than in "response_format",', empty),
}

const generation = z.object(generationParameters)

/** The sampling that a request asks for, over the defaults for what it leaves out. */
export function samplingOf(
  data: z.output<typeof generation>,
  maxTokens: number | undefined,
  defaults: Sampling,
): Sampling {
  const given = {
    temperature: data.temperature,
    topP: data.top_p,
    topK: data.top_k,
    minP: data.min_p,
    repeatPenalty: data.repeat_penalty,
    presencePenalty: data.presence_penalty,
    frequencyPenalty: data.frequency_penalty,
    maxTokens,
    // Clients may send any whole number; the runtime takes 32 bits of it.
    seed: data.seed === undefined ? undefined : Number(BigInt.asUintN(32, BigInt(data.seed))),
    stop: data.stop,
    logitBias:
      data.logit_bias && !empty(data.logit_bias)
        ? new Map(Object.entries(data.logit_bias).map(([token, bias]) => [Number(token), bias]))
        : undefined,
  }
  return {
    ...defaults,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Sampling),
  }
}

/**
 * Reads a request's body. Parameters that the schema does not know are ignored, as OpenAI's clients expect of a server that is not theirs.
 *
 * @throws ApiError 400, which names the parameter.
 */
export function readBody<T extends z.ZodType>(text: string, schema: T): z.output<T> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new ApiError(400, 'invalid_json', `The body of the request is not valid JSON: ${(cause as Error).message}.`)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw refusal(parsed.error.issues, json)
  return parsed.data
}

/** Whether a value is of none of the types that it may have; one whose `type` names none of several has a wrong value. */
const isOfNoType = (issue: z.core.$ZodIssue): boolean => issue.code === 'invalid_union' && issue.errors.length > 0

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
  const code = custom ?? (issue.code === 'invalid_type' || isOfNoType(issue) ? 'invalid_type' : 'invalid_value')
  const detail = issue.message.replace(/^Invalid input: |^Too (small|big): /, '')
  return new ApiError(400, code, `Invalid value for "${param}": ${detail}.`, param)
}

/**
 * Several answers to one request, which end together when one of them fails: the first with the request's seed, each of the others with the next.
 *
 * @param ask is given the answer's number, its seed and its signal.
 */
export async function severalAnswers<T>(
  { n, seed, signal }: { n: number; seed: number | undefined; signal: AbortSignal },
  ask: (index: number, options: { seed?: number; signal: AbortSignal }) => Promise<T>,
): Promise<T[]> {
  const failed = new AbortController()
  const together = AbortSignal.any([signal, failed.signal])
  const asking = Array.from({ length: n }, (_, index) =>
    ask(index, { signal: together, ...(seed !== undefined && { seed: (seed + index) % 2 ** 32 }) }),
  )
  try {
    return await Promise.all(asking)
  } catch (error) {
    failed.abort()
    await Promise.allSettled(asking)
    throw error
  }
}
