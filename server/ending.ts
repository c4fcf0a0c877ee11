import type { MiddlewareHandler } from 'hono'
import type { ClientVariables } from './client.ts'
import type { LogVariables } from './log.ts'
import { ApiError } from './openai/error.ts'

/** What a route that computes is told. */
export type AnswerVariables = LogVariables &
  ClientVariables & {
    /** Fires when the client has gone away, and when the server gives up on the answer; then its reason is an `ApiError`. */
    ending: AbortController
  }

/** Throws why the server gave up on an answer, if it did. */
export function throwIfEnded({ signal }: AbortController): void {
  if (signal.reason instanceof ApiError) throw signal.reason
}

/** What is computed mostly ends within this time of being told so: a token, or a piece of a text. */
const graceMs = 1000

/** Node takes what is longer for no time at all. */
const longestTimer = 2 ** 31 - 1

/**
 * Ends what an answer computes when the client goes away, `seconds` have passed or the server stops. A plain answer is then an error; a stream that has begun has to see to
 * it itself (`throwIfEnded`).
 */
export function answerLimit(seconds: number, stopped: AbortSignal): MiddlewareHandler<{ Variables: AnswerVariables }> {
  return async (c, next) => {
    const ending = new AbortController()
    c.set('ending', ending)
    const client = c.req.raw.signal
    const leave = (): void => ending.abort(client.reason)
    if (client.aborted) leave()
    else client.addEventListener('abort', leave, { once: true })

    const overdue = Promise.withResolvers<void>()
    let why: ApiError | undefined
    const giveUp = (reason: ApiError): void => {
      why ??= reason
      ending.abort(why)
      clearTimeout(timer)
      timer = setTimeout(overdue.resolve, graceMs)
    }
    let timer = setTimeout(() => giveUp(tooLong(seconds)), Math.min(seconds * 1000, longestTimer))
    const stop = (): void => giveUp(stopped.reason)
    stopped.addEventListener('abort', stop, { once: true })
    const clear = (): void => {
      clearTimeout(timer)
      stopped.removeEventListener('abort', stop)
      // Node keeps the signal of a request until the request is collected: with this on it, which knows the request, that is never.
      client.removeEventListener('abort', leave)
    }
    await Promise.race([next(), overdue.promise])
    const { finished } = c.var
    if (finished) return void finished.then(clear)
    clear()
    if (why && (ending.signal.reason === why || !c.finalized)) throw why
  }
}

function tooLong(seconds: number): ApiError {
  const sentence = `The answer was ended because it took longer than ${seconds} seconds. Ask for less: a smaller "max_tokens", or fewer texts at once.`
  // What took too long once does so again; OpenAI's clients would repeat it by themselves.
  return new ApiError(504, 'answer_timeout', sentence, null, { 'x-should-retry': 'false' })
}
