import { z } from 'zod'
import { EndonymError, RetryError } from '../../core/error.ts'
import { retryAfterOf } from '../../core/retry-after.ts'

/**
 * Why an upstream did not answer a request that another may: it `failed`; it is `busy` with this model; it is `lacking` the model, or what was asked of it.
 *
 * The message ends a sentence for the person who runs the server. It never has what the upstream wrote, which may repeat keys, paths or what was said.
 */
export class Fault extends Error {
  readonly kind: 'failed' | 'busy' | 'lacking'
  /** Milliseconds for which it wants to be left alone. */
  readonly rest: number

  constructor(kind: Fault['kind'], what: string, rest = 0) {
    super(what)
    this.name = 'Fault'
    this.kind = kind
    this.rest = rest
  }
}

/** None of a model's upstreams answers, or one broke off in the middle of its answer. */
export class UpstreamFailure extends RetryError {
  constructor(message: string, retryAfter: number) {
    super('upstream_failed', message, retryAfter)
  }
}

/** All of a model's upstreams are busy. */
export class UpstreamsBusy extends RetryError {
  /** @param retryAfter seconds after which the first of them is likely free. */
  constructor(retryAfter: number) {
    super('busy', `All servers of this model are busy. Try again in ${retryAfter} seconds.`, retryAfter)
  }
}

/** What is asked of a model that no upstream of it offers. */
export function unsupported(what: string): EndonymError {
  return new EndonymError('upstream_unsupported', `The server that this model lives in does not offer ${what}.`)
}

/** Milliseconds that an upstream is left alone which is busy, at least and at most, whatever it says. */
const shortestRest = 1_000
const longestRest = 300_000

const errorBody = z.object({
  error: z.object({
    message: z.string().catch(''),
    type: z.unknown().optional(),
    code: z.unknown().optional(),
  }),
})

/**
 * What an answer that is no success means: a fault, which another upstream may not have, or a refusal, which it would repeat.
 *
 * @param text the body, of which nothing goes further than here.
 */
export function refusalOf(status: number, headers: Headers, text: string): Fault | EndonymError {
  if (status === 400 || status === 413 || status === 422) return refused(status, text)
  if (status === 404 || status === 405 || status === 501) return new Fault('lacking', `it answered ${status}`)
  const retryAfter = retryAfterOf(headers)
  if (status === 429 || status === 529 || (status === 503 && retryAfter !== undefined)) {
    return new Fault('busy', `it answered ${status}`, Math.min(longestRest, Math.max(shortestRest, retryAfter ?? 0)))
  }
  const key = status === 401 || status === 403 ? ': its key is wrong' : ''
  return new Fault('failed', `it answered ${status}${key}`)
}

function refused(status: number, text: string): EndonymError {
  const { type, code, message } = errorIn(text)
  // OpenAI's name for it, llama-server's, and vLLM's, which is known by its message alone.
  if (
    code === 'context_length_exceeded' ||
    type === 'exceed_context_size_error' ||
    /maximum context length/i.test(message)
  ) {
    return new EndonymError('prompt_too_long', 'The prompt leaves no room for an answer where this model lives.')
  }
  if (code === 'no_chat_template') return new EndonymError('no_chat_template', 'This model has no chat template.')
  return new EndonymError(
    'upstream_refused',
    `The server that this model lives in refused the request (${status}): it does not take one of its parameters, or its value.`,
  )
}

function errorIn(text: string): { type?: unknown; code?: unknown; message: string } {
  try {
    return errorBody.parse(JSON.parse(text)).error
  } catch {
    return { message: '' }
  }
}
