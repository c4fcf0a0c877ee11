import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { EndonymError, messageOf } from '../core/error.ts'

export type Listening = {
  /** `http://127.0.0.1:8080` */
  url: string
  port: number
  /** Takes no new request, lets those that run finish for at most `graceMs`, then cuts them off. */
  stop(graceMs?: number): Promise<void>
}

/**
 * Serves an app over HTTP.
 *
 * @param options.port 0 takes any free one.
 * @throws EndonymError `port_in_use`, `port_forbidden`, `host_unusable`
 */
export async function listen(
  // biome-ignore lint/suspicious/noExplicitAny: whatever variables the app has, they do not matter here.
  app: Hono<any>,
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>()
  const server = serve({ fetch: app.fetch, hostname: host, port }, resolve) as Server
  server.once('error', reject)
  const address = await promise.catch((cause: NodeJS.ErrnoException) => {
    throw refusal(cause, host, port)
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    stop: async (graceMs = 10_000) => {
      const closed = new Promise<void>((done) => server.close(() => done()))
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      // A connection that has given its answer is idle from then on, and would be kept alive.
      const sweep = setInterval(() => server.closeIdleConnections(), 50)
      await closed
      clearTimeout(cut)
      clearInterval(sweep)
      // Generations whose clients were cut off end at their next token.
      await sleep(0)
    },
  }
}

function refusal(cause: NodeJS.ErrnoException, host: string, port: number): EndonymError {
  const [code, message] =
    cause.code === 'EADDRINUSE'
      ? ['port_in_use', `Port ${port} of ${host} is already in use. Stop what uses it, or choose another with --port.`]
      : cause.code === 'EACCES'
        ? ['port_forbidden', `Port ${port} may not be used by this user. Choose one above 1023 with --port.`]
        : [
            'host_unusable',
            `This machine cannot listen on ${host}: ${messageOf(cause)}. Choose an address with --host.`,
          ]
  return new EndonymError(code as string, message as string, { cause })
}
