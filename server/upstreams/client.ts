import http from 'node:http'
import https from 'node:https'
import { EndonymError, messageOf } from '../../core/error.ts'
import { eventsOf } from './events.ts'
import { Fault, refusalOf } from './faults.ts'

/** A request to an upstream. */
export type Ask = {
  /** Without one it is a GET. */
  body?: unknown
  signal?: AbortSignal
  /** Bytes of the answer at most. (64 MiB) */
  most?: number
}

/**
 * Asks one upstream. What comes back is a stranger's: it is bounded, it must be JSON, and no redirect is followed.
 *
 * Both throw `Fault`; EndonymError as `refusalOf` says; and the signal's reason.
 */
export type Client = {
  /** An answer as a whole. */
  json(path: string, ask?: Ask): Promise<unknown>
  /** The events of a streamed answer up to `[DONE]`. */
  events(path: string, ask: Ask): AsyncGenerator<unknown>
  close(): void
}

/** Bytes of an answer: 2,048 vectors of 4,096 numbers are 45 MB. Of what an error says, a beginning is enough. */
const mostBytes = 64 << 20
const mostErrorBytes = 1 << 16
/** Milliseconds until there is a connection; for a whole answer; and until one ends that has said that it is done. */
const connectLimit = 5_000
const answerLimit = 3_600_000
const endLimit = 1_000

/**
 * @param options.root the address that paths are put after.
 * @param options.timeLimit milliseconds for which nothing may come.
 * @example const client = createClient({ root: 'http://127.0.0.1:8000', timeLimit: 120_000 }); await client.json('/v1/models')
 */
export function createClient(options: { root: string; timeLimit: number; key?: string }): Client {
  const { root, timeLimit, key } = options
  // Node's `fetch` gives an answer 300 seconds to begin, and would follow redirects with the key in hand.
  const client = root.startsWith('https:') ? https : http
  const agent = new client.Agent({ keepAlive: true })

  const send = (path: string, body: string | undefined, signal: AbortSignal, again = true) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = client.request(new URL(root + path), {
        method: body === undefined ? 'GET' : 'POST',
        agent: again ? agent : false,
        signal,
        headers: {
          accept: 'application/json, text/event-stream',
          'accept-encoding': 'identity',
          ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
        },
      })
      request.once('response', resolve)
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A connection that was kept, and that the other side closed while this was on its way.
        const stale = again && request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
        if (stale && !signal.aborted) resolve(send(path, body, signal, false))
        else reject(error)
      })
      // An answer that switches to another protocol ends without an error.
      request.once('close', () => reject(new Error('the connection was closed')))
      limitConnecting(request)
      request.end(body)
    })

  /** The answer to a request that succeeded. */
  const open = async (path: string, { body }: Ask, watch: Watch): Promise<http.IncomingMessage> => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const response = await send(path, text, watch.signal)
    watch.alive()
    const { statusCode: status = 0 } = response
    if (status === 200) return response
    const said = await read(response, { most: mostErrorBytes, watch }).catch(() => '')
    response.destroy()
    throw refusalOf(status, headersOf(response), said)
  }

  /** What is thrown while an answer comes, as whoever asked knows it. */
  const translated = (error: unknown, watch: Watch, signal: AbortSignal | undefined): unknown => {
    if (signal?.aborted) return signal.reason
    if (error instanceof Fault || error instanceof EndonymError) return error
    const late = watch.late()
    return new Fault(
      'failed',
      late ?? (error instanceof RangeError ? error.message : `no answer (${messageOf(error)})`),
    )
  }

  return {
    json: async (path, ask = {}) => {
      const watch = createWatch(timeLimit, ask.signal)
      try {
        const response = await open(path, ask, watch)
        return parse(await read(response, { most: ask.most ?? mostBytes, watch }))
      } catch (error) {
        throw translated(error, watch, ask.signal)
      } finally {
        watch.end()
      }
    },
    async *events(path, ask) {
      const watch = createWatch(timeLimit, ask.signal)
      try {
        const response = await open(path, ask, watch)
        const bytes = bounded(response.iterator({ destroyOnReturn: false }), ask.most ?? mostBytes)
        let done = false
        try {
          for await (const data of eventsOf(bytes)) {
            watch.alive()
            done = data === '[DONE]'
            if (done) return
            yield parse(data)
          }
        } finally {
          if (done) letGo(response)
          else response.destroy()
        }
      } catch (error) {
        throw translated(error, watch, ask.signal)
      } finally {
        watch.end()
      }
    },
    close: () => agent.destroy(),
  }
}

/** Ends a request that nothing has come of for too long, and when its signal fires. */
type Watch = {
  signal: AbortSignal
  /** Something has come. */
  alive(): void
  /** Why it was ended, if it was ended for the time that it took. */
  late(): string | undefined
  end(): void
}

function createWatch(timeLimit: number, outer: AbortSignal | undefined): Watch {
  const controller = new AbortController()
  let late: string | undefined
  const abort = (): void => controller.abort()
  const after = (ms: number, what: string) =>
    setTimeout(() => {
      late = `${what} within ${ms / 1000} seconds`
      abort()
    }, ms)
  const whole = after(answerLimit, 'its answer did not end')
  const silence = after(timeLimit, 'nothing came')
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    alive: () => void silence.refresh(),
    late: () => late,
    end: () => {
      clearTimeout(whole)
      clearTimeout(silence)
      outer?.removeEventListener('abort', abort)
    },
  }
}

function limitConnecting(request: http.ClientRequest): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return
    const timer = setTimeout(() => request.destroy(new Error('no connection within 5 seconds')), connectLimit)
    const clear = (): void => clearTimeout(timer)
    socket.once('connect', clear)
    socket.once('close', clear)
  })
}

async function read(response: http.IncomingMessage, { most, watch }: { most: number; watch: Watch }): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of bounded(response, most)) {
    watch.alive()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

async function* bounded(bytes: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > most) throw new RangeError('its answer does not end')
    yield chunk
  }
}

/** After `[DONE]`, the connection is free for the next request as soon as the answer has ended. One that does not end is cut off. */
function letGo(response: http.IncomingMessage): void {
  response.on('error', () => {}).resume()
  const timer = setTimeout(() => response.destroy(), endLimit)
  response.once('close', () => clearTimeout(timer))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Fault('failed', 'its answer is not JSON')
  }
}

function headersOf({ headers }: http.IncomingMessage): Headers {
  const read = new Headers()
  for (const name of ['retry-after', 'retry-after-ms']) {
    const value = headers[name]
    if (typeof value === 'string') read.set(name, value)
  }
  return read
}
