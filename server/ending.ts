import type { MiddlewareHandler } from 'hono'
import type { LogVariables } from './log.ts'
import { ApiError } from './openai/error.ts'

/** What a route that computes is told. */
export type AnswerVariables = LogVariables & {
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
 * Ends what an answer computes when the client goes away or `seconds` have passed. A plain answer is then an error; a stream that has begun has to see to
 * it itself (`throwIfEnded`).
 */
export function answerLimit(seconds: number): MiddlewareHandler<{ Variables: AnswerVariables }> {
  return async (c, next) => {
    const ending = new AbortController()
    c.set('ending', ending)
    const client = c.req.raw.signal
    const leave = (): void => ending.abort(client.reason)
    if (client.aborted) leave()
    else client.addEventListener('abort', leave, { once: true })

    const late = tooLong(seconds)
    const overdue = Promise.withResolvers<void>()
    let timer = setTimeout(
      () => {
        ending.abort(late)
        timer = setTimeout(overdue.resolve, graceMs)
      },
      Math.min(seconds * 1000, longestTimer),
    )
    await Promise.race([next(), overdue.promise])
    const { finished } = c.var
    if (finished) return void finished.then(() => clearTimeout(timer))
    clearTimeout(timer)
    if (ending.signal.reason === late || !c.finalized) throw late
  }
}

function tooLong(seconds: number): ApiError {
  const sentence = `The answer was ended because it took longer than ${seconds} seconds. Ask for less: a smaller "max_tokens", or fewer texts at once.`
  // What took too long once does so again; OpenAI's clients would repeat it by themselves.
  return new ApiError(504, 'answer_timeout', sentence, null, { 'x-should-retry': 'false' })
}
