import { currentKey } from './key.js'

/** The server's API, as this page uses it. */

/** A refusal or a failure, in a sentence for the person. */
export class ServerError extends Error {
  /** Whether another key would help. */
  wantsKey = false
}

/** The person need not know how keys are sent, which is what the server says. */
function refusalOfKey(code) {
  const sentences = {
    invalid_api_key: currentKey()
      ? 'This key is not known here, or no longer holds. Was all of it copied? Whoever runs the server can give you another.'
      : 'This server wants a key. Whoever runs it can give you one.',
    insufficient_permissions: 'This key is not for chats. Whoever runs the server can give you one that is.',
  }
  return sentences[code] && Object.assign(new ServerError(sentences[code]), { wantsKey: true })
}

const unreachable = 'The server cannot be reached. Is it still running?'

async function request(address, options = {}) {
  const key = currentKey()
  const headers = { ...options.headers, ...(key && { authorization: `Bearer ${key}` }) }
  let response
  try {
    response = await fetch(address, { ...options, headers })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new ServerError(unreachable)
  }
  if (response.ok) return response
  const body = await response.json().catch(() => undefined)
  throw (
    refusalOfKey(body?.error?.code) ??
    new ServerError(body?.error?.message ?? `The server answered with status ${response.status}.`)
  )
}

/** All models, as `GET /v1/models` lists them. */
export async function listModels() {
  const response = await request('/v1/models')
  return (await response.json()).data
}

/**
 * Asks for an answer and hands over each piece of it as it comes.
 *
 * @returns the reason for which it ended: `stop` or `length`.
 */
export async function streamAnswer({ model, messages, signal, onText }) {
  const response = await request('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, stream: true }),
    signal,
  })
  let reason
  for await (const data of events(response.body)) {
    if (data === '[DONE]') return reason
    const { error, choices } = JSON.parse(data)
    if (error) throw new ServerError(error.message)
    const [choice] = choices
    if (choice?.delta.content) onText(choice.delta.content)
    reason = choice?.finish_reason ?? reason
  }
  throw new ServerError('The answer was cut off: the connection to the server ended.')
}

/** The data of each server-sent event. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    let read
    try {
      read = await reader.read()
    } catch (error) {
      if (error.name === 'AbortError') throw error
      throw new ServerError(unreachable)
    }
    if (read.done) return
    const parts = (rest + read.value).split('\n\n')
    rest = parts.pop()
    for (const part of parts) if (part.startsWith('data: ')) yield part.slice('data: '.length)
  }
}
