import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { EndonymError, messageOf, RetryError } from '../../core/error.ts'

/** What OpenAI's API calls an error; its clients choose the exception's class by the status. */
export type ErrorBody = { error: { message: string; type: string; param: string | null; code: string | null } }

/** A request that was refused, as the client is told of it. */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly param: string | null

  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    param: string | null = null,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.headers = headers
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.param = param
  }

  body(): ErrorBody {
    const type =
      this.status >= 500 ? 'server_error' : this.status === 429 ? 'rate_limit_error' : 'invalid_request_error'
    return { error: { message: this.message, type, param: this.param, code: this.code } }
  }
}

/** What each of our own errors is called in OpenAI's vocabulary: status, code, and the parameter that is to blame. */
const translations: Record<string, [ContentfulStatusCode, string, string | null]> = {
  model_not_found: [404, 'model_not_found', 'model'],
  no_models: [404, 'model_not_found', 'model'],
  no_chat_template: [400, 'no_chat_template', 'model'],
  prompt_too_long: [400, 'context_length_exceeded', 'messages'],
  chat_unrenderable: [400, 'invalid_value', 'messages'],
  token_unknown: [400, 'invalid_value', 'prompt'],
  adapter_no_embeddings: [400, 'unsupported_value', 'model'],
  bias_unknown: [400, 'invalid_value', 'logit_bias'],
  tools_unsupported: [400, 'unsupported_value', 'tools'],
  tool_schema_unsupported: [400, 'invalid_value', 'tools'],
  schema_unsupported: [400, 'invalid_value', 'response_format'],
  busy: [429, 'server_busy', null],
  host_crashed: [503, 'model_crashed', null],
  upstream_failed: [502, 'upstream_failed', null],
  upstream_refused: [400, 'upstream_refused', null],
  upstream_unsupported: [400, 'unsupported_value', null],
  session_not_found: [404, 'session_not_found', null],
  session_invalid: [400, 'session_invalid', null],
  session_closed: [409, 'session_closed', null],
  consent_missing: [403, 'consent_missing', 'consentHash'],
  rater_unknown: [401, 'rater_unknown', null],
  task_not_found: [404, 'task_not_found', null],
  task_passed: [409, 'task_passed', null],
  task_closed: [409, 'task_closed', null],
  vote_invalid: [400, 'vote_invalid', null],
  vote_differs: [409, 'vote_differs', null],
  language_unknown: [400, 'invalid_value', 'language'],
  language_ambiguous: [400, 'invalid_value', 'language'],
  nothing_judged: [409, 'nothing_judged', null],
  nothing_to_compare: [409, 'nothing_to_compare', 'language'],
  not_seen: [422, 'not_seen', 'receipts'],
  run_unknown: [404, 'run_unknown', null],
  run_ambiguous: [400, 'run_ambiguous', null],
  run_under_way: [409, 'run_under_way', null],
  run_differs: [409, 'run_differs', null],
  run_not_ours: [409, 'run_not_ours', null],
  run_over: [409, 'run_over', null],
  report_missing: [404, 'report_missing', null],
  recipe_unknown: [400, 'invalid_value', 'recipe'],
  setting_unknown: [400, 'invalid_value', 'settings'],
  setting_invalid: [400, 'invalid_value', 'settings'],
  recording_missing: [409, 'recording_missing', 'replay'],
  translator_unknown: [400, 'invalid_value', 'translator'],
  question_missing: [400, 'question_missing', 'question'],
}

/** Anything that can be thrown while a request is handled, as the client is told of it; the details of a defect stay in the log. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof HTTPException) return new ApiError(error.status, 'bad_request', error.message)
  const known = error instanceof EndonymError ? translations[error.code] : undefined
  const headers = error instanceof RetryError ? { 'retry-after': String(error.retryAfter) } : {}
  if (known) return new ApiError(known[0], known[1], messageOf(error), known[2], headers)
  const code = error instanceof EndonymError ? error.code : 'internal_error'
  return new ApiError(500, code, 'The server failed at this request; its log says why.')
}

/** Answers a request that failed. */
export function answerError(c: Context, error: unknown): Response {
  const known = toApiError(error)
  return c.json(known.body(), known.status, known.headers)
}
