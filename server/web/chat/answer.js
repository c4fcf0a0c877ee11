import { events, json, request, ServerError } from '../shared/api.js'

/** All models, as `GET /v1/models` lists them. */
export const listModels = async () => (await json('/v1/models')).data

/**
 * Asks for an answer and hands over each piece of it as it comes.
 *
 * @returns the reason for which it ended: `stop` or `length`.
 * @throws ServerError; its code is `cut` where the connection ended before the answer did
 */
export async function streamAnswer({ model, messages, signal, onText }) {
  const response = await request('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, stream: true }),
    signal,
  })
  let reason
  for await (const { data } of events(response)) {
    if (data === '[DONE]') return reason
    const { error, choices } = JSON.parse(data)
    if (error) throw new ServerError(error.message, error.code)
    const [choice] = choices
    if (choice?.delta.content) onText(choice.delta.content)
    reason = choice?.finish_reason ?? reason
  }
  throw new ServerError('The answer was cut off.', 'cut')
}
