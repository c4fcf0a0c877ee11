import http from 'node:http'
import https from 'node:https'

/**
 * A `fetch` for many small JSON requests to one endpoint, on `node:http`: Node's own gives an answer's first byte 300 seconds, which a long reasoning passes. It follows no redirects.
 *
 * @param connections kept open at most.
 * @returns `fetch`, which rejects with the socket's error as `cause` where there is no whole answer, and `close` for the connections.
 */
export function createFetch(connections: number): { fetch: typeof globalThis.fetch; close(): void } {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: connections }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: connections }),
  }
  return {
    fetch: (input, init = {}) =>
      new Promise((resolve, reject) => {
        const url = new URL(input instanceof Request ? input.url : input)
        const { signal, method = 'GET' } = init
        const body = typeof init.body === 'string' ? Buffer.from(init.body) : undefined
        const failed = (cause: unknown) => reject(new TypeError('fetch failed', { cause }))
        const [client, agent] = url.protocol === 'https:' ? [https, agents['https:']] : [http, agents['http:']]
        const headers = Object.fromEntries(new Headers(init.headers))
        if (body) headers['content-length'] = String(body.length)
        const request = client.request(url, { method, agent, headers, ...(signal && { signal }) }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', failed)
          response.on('end', () => {
            const { statusCode: status = 0, statusMessage: statusText = '' } = response
            const empty = status === 204 || status === 304
            resolve(
              new Response(empty ? null : Buffer.concat(chunks), { status, statusText, headers: headersOf(response) }),
            )
          })
        })
        request.on('error', failed)
        request.end(body)
      }),
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

function headersOf({ rawHeaders }: http.IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}
