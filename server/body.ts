import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { unlessAborted } from '../core/abort.ts'
import { ApiError } from './openai/error.ts'

/** The signal's reason is why no body is read any more. */
type Limits = { bytes: number; seconds: number; signal: AbortSignal }

/**
 * Reads the whole body before a route sees the request, which then gets it from `c.req.text()`: one that is too large, that does not come to its end in time,
 * or that is no UTF-8, is refused.
 */
export function readsBody(limits: Limits): MiddlewareHandler {
  return async (c, next) => {
    if (['GET', 'HEAD'].includes(c.req.method)) return next()
    const source = sourceOf(c)
    if (!source) return next()
    try {
      if (Number(c.req.header('content-length') ?? 0) > limits.bytes) throw tooLarge(limits.bytes)
      const text = await textOf(source, limits)
      // Hono keeps promises there, whatever their types say.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
    } catch (error) {
      // Takes what still comes, so that the client, which writes before it reads, gets to its refusal. Node ends the connection if there is no end to it.
      const taken = finished(source.resume()).catch(() => {})
      const closes = /\bclose\b/i.test(c.req.header('connection') ?? '')
      if (closes && error instanceof ApiError && error.status === 413) await soon(taken, limits)
      throw error
    }
    return next()
  }
}

/** The body as it comes from the connection; as a request that came from nowhere (`app.request`) has it. */
function sourceOf(c: Context): Readable | undefined {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  if (incoming) return incoming
  const { body } = c.req.raw
  return body ? Readable.fromWeb(body as ReadableStream<Uint8Array>) : undefined
}

/**
 * Waits until all has been taken of a client that wants its connection closed after the answer. Node would close it at once, and what the client still writes then makes its system throw away the refusal that it has not read.
 */
async function soon(taken: Promise<void>, { seconds, signal }: Limits): Promise<void> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
  await unlessAborted(taken, late).catch(() => {})
}

async function textOf(source: Readable, { bytes, seconds, signal }: Limits): Promise<string> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(tooSlow(seconds)), seconds * 1000)
  const reading = new AbortController()
  try {
    return await unlessAborted(Promise.race([collect(source, bytes, reading.signal), late]), signal)
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw new ApiError(400, 'request_cut_off', 'The connection ended before the body of the request did.')
  } finally {
    clearTimeout(timer)
    reading.abort()
  }
}

/** Is decoded as it comes: kept as bytes, a body in chunks of one byte each would take two hundred times its size. @param until when nobody reads on */
function collect(source: Readable, bytes: number, until: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const decode = decoder()
  let text = ''
  let size = 0
  const trying = (work: () => void) => (): void => {
    try {
      work()
    } catch (error) {
      reject(error)
    }
  }
  const take = (chunk: Uint8Array): void =>
    trying(() => {
      size += chunk.length
      if (size > bytes) throw tooLarge(bytes)
      text += decode(chunk)
    })()
  const end = trying(() => resolve(text + decode()))
  const cut = (error?: Error): void => reject(error ?? new Error('The connection was closed.'))
  source.on('data', take).on('end', end).on('error', cut).on('close', cut)
  until.addEventListener('abort', () => source.off('data', take).off('end', end).off('close', cut), { once: true })
  return promise
}

/** @returns what decodes the next bytes; nothing is the end of them. */
function decoder(): (bytes?: Uint8Array) => string {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  return (bytes) => {
    try {
      return utf8.decode(bytes, { stream: bytes !== undefined })
    } catch {
      throw new ApiError(400, 'invalid_json', 'The body of the request is not valid UTF-8.')
    }
  }
}

function tooLarge(bytes: number): ApiError {
  return new ApiError(413, 'request_too_large', `The body of the request is larger than ${bytes} bytes.`)
}

function tooSlow(seconds: number): ApiError {
  const sentence = `The body of the request did not come to its end within ${seconds} seconds.`
  return new ApiError(408, 'request_timeout', sentence, null, { connection: 'close' })
}
