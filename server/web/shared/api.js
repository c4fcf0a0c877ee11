import { currentKey } from './key.js'

/** The server's API, as pages use it. */

/** A refusal or a failure. `code` is the server's; `unreachable` where there was no answer. */
export class ServerError extends Error {
  constructor(message, code, status = 0) {
    super(message)
    this.code = code
    this.status = status
  }

  /** Whether a key, or another one, would help. */
  get wantsKey() {
    return this.code === 'invalid_api_key' || this.code === 'insufficient_permissions'
  }
}

/**
 * Asks the server, with the key that is kept here or with a token in its place.
 *
 * @throws ServerError
 */
export async function request(address, { token = currentKey(), headers, ...options } = {}) {
  let response
  try {
    response = await fetch(address, {
      ...options,
      headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
    })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new ServerError('The server cannot be reached.', 'unreachable')
  }
  if (response.ok) return response
  const body = await response.json().catch(() => undefined)
  const message = body?.error?.message ?? `The server answered with status ${response.status}.`
  throw new ServerError(message, body?.error?.code ?? 'failed', response.status)
}

/** Sends and gets JSON. @throws ServerError */
export async function json(address, { body, ...options } = {}) {
  const response = await request(address, {
    ...options,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return response.json()
}

/** A failure in words of the page's language. @param t the page's messages */
export function inWords(error, t) {
  const sentences = {
    unreachable: 'shared.unreachable',
    invalid_api_key: currentKey() ? 'shared.key-unknown' : 'shared.key-wanted',
    insufficient_permissions: 'shared.key-not-for-this',
    server_busy: 'shared.busy',
    busy: 'shared.busy',
  }
  const key = sentences[error.code]
  return key ? t(key) : error.message
}

/** The server-sent events of an answer, `{event, data}`, as they come. @throws ServerError where the connection ends in between */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    let read
    try {
      read = await reader.read()
    } catch (error) {
      if (error.name === 'AbortError') throw error
      throw new ServerError('The server cannot be reached.', 'unreachable')
    }
    if (read.done) return
    const parts = (rest + read.value).split('\n\n')
    rest = parts.pop()
    for (const part of parts) {
      const field = (name) =>
        part
          .split('\n')
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join('\n')
      const data = field('data')
      if (data !== '') yield { event: field('event'), data }
    }
  }
}
