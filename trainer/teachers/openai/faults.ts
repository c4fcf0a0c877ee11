import OpenAI from 'openai'
import { messageOf } from '../../../core/error.ts'
import { retryAfterOf } from '../../../core/retry-after.ts'
import type { Overload } from '../gate.ts'

/** Something that went wrong with a request and may go right when it is sent again. */
export type Fault = {
  /** For people, the end of a sentence: `it answered 503 (overloaded)`. */
  what: string
  overload: Overload
  /** Milliseconds that it wants to be left alone. */
  retryAfter?: number
  /** There was no answer at all: the network, the address, a server that is gone. */
  unreachable: boolean
  cause?: unknown
}

/**
 * Whether a failed request may succeed when it is sent again, or undefined where it would fail in the same way.
 *
 * What passes: 408 (took too long to arrive), 409 (a lock), 425, 429, every 5xx, a connection that was refused or cut, a body that ends in the middle. What does not: 400 and 422 (the request), 401 and
 * 403 (the key), 404 (the address or the model), 402 (no money left), and a 429 that says that the quota is spent.
 */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof OpenAI.APIConnectionError) {
    return { what: `no connection (${reasonOf(error)})`, overload: 'no', unreachable: true, cause: error }
  }
  if (error instanceof OpenAI.APIError) {
    const { status, headers } = error
    if (status === undefined) return undefined
    if (error.code === 'insufficient_quota' || error.code === 'billing_hard_limit_reached') return undefined
    if (![408, 409, 425, 429].includes(status) && status < 500) return undefined
    const retryAfter = headers instanceof Headers ? retryAfterOf(headers) : undefined
    return {
      what: `it answered ${error.message}`,
      overload: status === 429 ? 'told' : status === 503 || status === 529 ? 'likely' : 'no',
      unreachable: false,
      ...(retryAfter !== undefined && { retryAfter }),
      cause: error,
    }
  }
  // What `fetch` and `JSON.parse` throw once the answer has begun: the connection was cut, or the body ends in the middle.
  if (error instanceof TypeError || error instanceof SyntaxError) {
    return { what: `its answer broke off (${messageOf(error)})`, overload: 'no', unreachable: false, cause: error }
  }
  return undefined
}

/** The innermost reason: `connect ECONNREFUSED 127.0.0.1:9`. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}

/** Milliseconds to wait before the nth repetition (from 1): half a second, doubled each time up to half a minute, and half of it by chance, so that requests that failed together do not come back together. */
export function backOff(nth: number): number {
  const longest = Math.min(30_000, 500 * 2 ** (nth - 1))
  return longest * (0.5 + Math.random() / 2)
}
