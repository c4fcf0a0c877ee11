import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { EndonymError, messageOf } from '../core/error.ts'

/** Bytes of a webhook's body at most: an update has some kilobytes. */
export const longestBody = 1 << 20

/** Serves a webhook until `stop`. @throws EndonymError `port_unusable` */
export async function listenWebhook(
  app: Hono,
  { host, port }: { host: string; port: number },
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.headersTimeout = 10_000
  server.requestTimeout = 20_000
  // A proxy keeps its connections for a minute, and must be the first to close one.
  server.keepAliveTimeout = 65_000
  // In a flood many wait to be accepted: those for whom there is no room would be cut off.
  server.listen({ port, host, backlog: 4096 })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new EndonymError(
      'port_unusable',
      `${host}:${port} cannot be listened on: ${messageOf(cause)}. Choose another port with --port.`,
      { cause },
    )
  }
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: async () => {
      server.close()
      // Whoever has sent a whole request is answered.
      const late = setTimeout(() => server.closeAllConnections(), 2000)
      server.closeIdleConnections()
      await once(server, 'close')
      clearTimeout(late)
    },
  }
}
