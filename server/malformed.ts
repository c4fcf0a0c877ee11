import crypto from 'node:crypto'
import http from 'node:http'
import type { Duplex } from 'node:stream'
import { RequestError } from '@hono/node-server'
import type { Logger } from 'pino'
import type { RequestLine } from './log.ts'
import { ApiError, toApiError } from './openai/error.ts'

/**
 * What never becomes a request of the app, because it is none or is not whole in time, is answered as the app answers: an error in JSON under an id, and a
 * line in the log.
 */
export function refuseMalformed(log: Logger) {
  /** The answer to each connection's last request. */
  const answers = new WeakMap<Duplex, http.ServerResponse>()
  const refuse = (refusal: ApiError) => {
    const line: RequestLine = { request: crypto.randomUUID(), status: refusal.status, code: refusal.code }
    log.info(line)
    const body = JSON.stringify(refusal.body())
    return { body, headers: { 'content-type': 'application/json', connection: 'close', 'x-request-id': line.request } }
  }
  return {
    /** For `request`. */
    remember: ({ socket }: http.IncomingMessage, answer: http.ServerResponse): void => void answers.set(socket, answer),
    /** For `clientError`. */
    connection: (error: NodeJS.ErrnoException, socket: Duplex): void => {
      const answering = answers.get(socket)?.writableFinished === false
      // What breaks off in the middle has its line from the app.
      if (!socket.writable || answering || error.code === 'ECONNRESET') return void socket.destroy()
      const refusal = refusalOf(error.code)
      const { body, headers } = refuse(refusal)
      const head = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      )
      const { status } = refusal
      socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () =>
        socket.destroy(),
      )
    },
    /** For addresses and hosts that are none. */
    address: (error: unknown): Response => {
      const sentence = 'The address or the Host header of the request is none.'
      const refusal = error instanceof RequestError ? new ApiError(400, 'invalid_request', sentence) : toApiError(error)
      const { body, headers } = refuse(refusal)
      return new Response(body, { status: refusal.status, headers })
    },
  }
}

function refusalOf(code: string | undefined): ApiError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError(408, 'request_timeout', 'The request did not come to its end in time.')
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError(431, 'headers_too_large', `The address and headers are over ${http.maxHeaderSize} bytes.`)
    default:
      return new ApiError(400, 'invalid_request', 'What was sent is no request of HTTP/1.1.')
  }
}
