import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a model of a `ModelServer` answers; pieces go out one by one, and then the connection breaks where it `breaks`. */
export type Voice = (messages: { role: string; content: string }[]) => {
  pieces: string[]
  ms?: number
  breaks?: boolean
}

export type ModelServer = {
  url: string
  /** Bodies of the chats that were asked for. */
  asked: { model: string; messages: { role: string; content: string }[] }[]
  close(): Promise<void>
}

/** Stands in for another server in which models live, such as vLLM: OpenAI's API, as far as chats are streamed. */
export async function startModelServer(voices: Record<string, Voice>): Promise<ModelServer> {
  const asked: ModelServer['asked'] = []
  const server = http.createServer(async (request, response) => {
    if (request.url === '/v1/models') {
      const data = Object.keys(voices).map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' }))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data }))
      return
    }
    if (request.url !== '/v1/chat/completions') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"unknown"}}')
      return
    }
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text)
    asked.push(body)
    const voice = voices[body.model]
    if (!voice) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"no such model"}}')
      return
    }
    const { pieces, ms = 0, breaks = false } = voice(body.messages)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const event = (delta: object, finish: string | null = null) =>
      response.write(
        `data: ${JSON.stringify({
          id: 'chatcmpl-1',
          object: 'chat.completion.chunk',
          created: 0,
          model: body.model,
          choices: [{ index: 0, delta, finish_reason: finish }],
        })}\n\n`,
      )
    for (const piece of pieces) {
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
      if (response.destroyed) return
      event({ content: piece })
    }
    if (breaks) return response.destroy()
    event({}, 'stop')
    const usage = { prompt_tokens: 8, completion_tokens: pieces.length, total_tokens: 8 + pieces.length }
    response.write(
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 0, model: body.model, choices: [], usage })}\n\n`,
    )
    response.end('data: [DONE]\n\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
