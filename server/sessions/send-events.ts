import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { AnswerVariables } from '../ending.ts'
import type { Broadcast } from './broadcast.ts'

/** Sends events of a broadcast, from the first, until their end or until the client is gone. */
export function sendEvents<T extends { event: string }>(
  c: Context<{ Variables: AnswerVariables }>,
  broadcast: Broadcast<T>,
): Response {
  const { signal } = c.var.ending
  const { promise, resolve } = Promise.withResolvers<void>()
  c.set('finished', promise)
  return streamSSE(c, async (stream) => {
    try {
      for await (const { event, ...data } of broadcast.listen(signal)) {
        await stream.writeSSE({ event, data: JSON.stringify(data) })
      }
    } finally {
      resolve()
    }
  })
}
