import type { MiddlewareHandler } from 'hono'
import { unlessAborted } from '../core/abort.ts'
import { ApiError } from './openai/error.ts'

/** The signal's reason is why no body is read any more. */
type Limits = { bytes: number; seconds: number; signal: AbortSignal }

/**
 * Reads the whole body before a route sees the request, which then gets it from `c.req.text()`: one that is too large, that does not come to its end in time,
 * or that is no UTF-8, is refused.
 */
export function readsBody({ bytes, ...limits }: Limits): MiddlewareHandler {
  return async (c, next) => {
    const closes = /\bclose\b/i.test(c.req.header('connection') ?? '')
    if (Number(c.req.header('content-length') ?? 0) > bytes) {
      // On a connection that is kept, Node takes what nobody has begun to read.
      const unread = closes ? c.req.raw.body : undefined
      if (unread) await taken(discard(unread.getReader()), limits)
      throw tooLarge(bytes)
    }
    const { body } = c.req.raw
    if (body) {
      const text = await textOf(body, { bytes, closes, ...limits })
      // Hono keeps promises there, whatever their types say.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
    }
    return next()
  }
}

async function textOf(
  body: ReadableStream<Uint8Array>,
  { bytes, seconds, signal, closes }: Limits & { closes: boolean },
): Promise<string> {
  const reader = body.getReader()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(tooSlow(seconds)), seconds * 1000)
  try {
    return await unlessAborted(Promise.race([collect(reader, bytes), late]), signal)
  } catch (error) {
    const discarded = discard(reader)
    if (closes && error instanceof ApiError && error.status === 413) await taken(discarded, { seconds, signal })
    if (error instanceof ApiError) throw error
    throw new ApiError(400, 'request_cut_off', 'The connection ended before the body of the request did.')
  } finally {
    clearTimeout(timer)
  }
}

/** Is decoded as it comes: kept as bytes, a body in chunks of one byte each would take two hundred times its size. */
async function collect(reader: ReadableStreamDefaultReader<Uint8Array>, bytes: number): Promise<string> {
  const decode = decoder()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    text += decode(value)
    if (done) return text
    size += value.length
    if (size > bytes) throw tooLarge(bytes)
  }
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

/**
 * Waits until all has been taken of a client that wants its connection closed after the answer. Node would close it at once, and what the client still writes then makes its system throw away the refusal that it has not read.
 */
async function taken(discarded: Promise<void>, { seconds, signal }: Pick<Limits, 'seconds' | 'signal'>): Promise<void> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
  await unlessAborted(discarded, late).catch(() => {})
}

/** Takes what still comes, so that the client, which writes before it reads, gets to its refusal. The connection ends soon if there is no end to it. */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {}
}

function tooLarge(bytes: number): ApiError {
  return new ApiError(413, 'request_too_large', `The body of the request is larger than ${bytes} bytes.`)
}

function tooSlow(seconds: number): ApiError {
  const sentence = `The body of the request did not come to its end within ${seconds} seconds.`
  return new ApiError(408, 'request_timeout', sentence, null, { connection: 'close' })
}
