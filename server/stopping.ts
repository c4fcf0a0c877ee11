import type { MiddlewareHandler } from 'hono'
import { ApiError } from './openai/error.ts'

/** A server's end, in two steps; the reason of both signals is what clients are told. */
export type Stopping = {
  /** From now on nothing new is taken, and whoever waits is refused; what runs may finish. */
  begin(): void
  readonly begun: AbortSignal
  /** What still runs is ended. */
  end(): void
  readonly ended: AbortSignal
}

export function createStopping(): Stopping {
  const [beginning, ending] = [new AbortController(), new AbortController()]
  const begin = (): void => beginning.abort(serverStopping())
  return {
    begin,
    begun: beginning.signal,
    end: () => {
      begin()
      ending.abort(serverStopping())
    },
    ended: ending.signal,
  }
}

/** Refuses what is asked of a server that is about to end. */
export function refusesWhenStopping({ begun }: Stopping): MiddlewareHandler {
  return (_, next) => {
    begun.throwIfAborted()
    return next()
  }
}

function serverStopping(): ApiError {
  const sentence = 'The server is stopping. Try again in a few seconds: another one may be in its place.'
  return new ApiError(503, 'server_stopping', sentence, null, { 'retry-after': '5', connection: 'close' })
}
