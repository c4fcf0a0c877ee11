import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { AnswerVariables } from '../ending.ts'
import type { Broadcast } from './broadcast.ts'

/** Sends events of a broadcast, from the first, until their end or until the client is gone. @param onSent is told the last event when all were sent to a client that is still there */
export function sendEvents<T extends { event: string }>(
  c: Context<{ Variables: AnswerVariables }>,
  broadcast: Broadcast<T>,
  onSent: (last: T) => void,
): Response {
  const { signal } = c.var.ending
  const { promise, resolve } = Promise.withResolvers<void>()
  c.set('finished', promise)
  return streamSSE(c, async (stream) => {
    try {
      let last: T | undefined
      for await (const told of broadcast.listen(signal)) {
        const { event, ...data } = told
        await stream.writeSSE({ event, data: JSON.stringify(data) })
        last = told
      }
      if (last && !signal.aborted) onSent(last)
    } finally {
      resolve()
    }
  })
}
