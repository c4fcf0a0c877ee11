import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import { EndonymError, messageOf } from '../core/error.ts'
import { refuseMalformed } from './malformed.ts'
import { createStopping, type Stopping } from './stopping.ts'

export type Listening = {
  /** `http://127.0.0.1:8080` */
  url: string
  port: number
  /** Takes no new request and lets those that run finish for at most `graceMs`; then they are told that the server stops, and those who do not take it are cut off. */
  stop(graceMs?: number): Promise<void>
}

/** For how long answers that were ended may go out: what they compute ends within a second of being told so. */
const farewellMs = 2_000

/** Connections at once; each may hold a body of 1 MiB. Node's own limit is that of open files, of which the database needs some. */
const maxConnections = 1024

const timeouts = {
  headersTimeout: 30_000,
  // A body that a route waits for is refused earlier, by the app; this is for those that nobody reads.
  requestTimeout: 90_000,
  // Longer than the 60 seconds for which proxies keep a connection: one that is closed under them is an error of theirs.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
}

/**
 * Serves an app over HTTP.
 *
 * @param options.port 0 takes any free one.
 * @param options.unreadSeconds after which a client that takes nothing of its answer is cut off. (60: a line of 2 kB a second then still takes what Node holds at once, 64 KiB)
 * @param options.stopping the app's.
 * @throws EndonymError `port_in_use`, `port_forbidden`, `host_unusable`
 */
export async function listen(
  // biome-ignore lint/suspicious/noExplicitAny: whatever variables the app has, they do not matter here.
  app: Hono<any>,
  options: { host: string; port: number; log: Logger; unreadSeconds?: number; stopping?: Stopping },
): Promise<Listening> {
  const { host, port, log, unreadSeconds = 60, stopping = createStopping() } = options
  const malformed = refuseMalformed(log)
  const server = http.createServer(
    timeouts,
    getRequestListener(app.fetch, {
      hostname: host,
      errorHandler: malformed.address,
      // Would cut off half a second after its refusal whoever still sends a body, and most clients read nothing before they have sent all. Node takes what still comes, for as long as a request may take.
      autoCleanupIncoming: false,
    }),
  )
  server.maxConnections = maxConnections
  server.on('clientError', malformed.connection)
  server.on('request', malformed.remember)
  server.on('request', (_, answer) => cutUnread(answer, unreadSeconds * 1000))
  server.listen(port, host)
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    throw refusal(cause, host, port)
  })
  server.on('error', (error) => log.error(`A connection could not be taken: ${messageOf(error)}.`))
  const address = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    stop: async (graceMs = 10_000) => {
      const closed = new Promise<void>((done) => server.close(() => done()))
      stopping.begin()
      const end = setTimeout(stopping.end, graceMs)
      const cut = setTimeout(() => server.closeAllConnections(), graceMs + farewellMs)
      // A connection that has given its answer is idle from then on, and would be kept alive.
      const sweep = setInterval(() => server.closeIdleConnections(), 50)
      await closed
      clearTimeout(end)
      clearTimeout(cut)
      clearInterval(sweep)
      // Generations whose clients were cut off end at their next token.
      await sleep(0)
    },
  }
}

/** Cuts a connection through which nothing has gone for some time although there is something to send. Where there is nothing, the answer is being computed. */
function cutUnread(answer: http.ServerResponse, ms: number): void {
  answer.setTimeout(ms, () => {
    if (answer.socket && answer.socket.writableLength > 0) answer.destroy()
  })
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
