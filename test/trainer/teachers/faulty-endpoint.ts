import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../../core/random.ts'
import { onLoopback } from '../../loopback.ts'

export const faults = [
  '429',
  '500',
  '503',
  'hang',
  'cut',
  'half',
  'shape',
  'schema',
  'empty',
  'length',
  'replay',
] as const

type Body = { messages: { content: string }[]; response_format?: unknown }

/** What a question is answered with: of the question alone, and JSON where a schema asks for it. */
export function answerTo(question: string, json: boolean): string {
  return json ? JSON.stringify({ answer: `Resposta a ${question}` }) : `Resposta a ${question}`
}

/**
 * An endpoint of OpenAI's wire format that spoils a share of its answers, each kind of fault as often as the others.
 *
 * `delivered` are the completions that it would be paid for: whole, with status 200, by their ids, with the life of the client that they went to.
 */
export async function startFaultyEndpoint({ share, seed }: { share: number; seed: string }) {
  const random = createRandom(seed)
  const delivered = new Map<string, { life: number; question: string }>()
  const injected = new Map<string, number>()
  const state = { life: 0, inLife: 0, asked: 0 }
  let last: { id: string; content: string; life: number; at: number } | undefined

  const server = http.createServer(async (request, response) => {
    const { life } = state
    let text = ''
    try {
      for await (const chunk of request) text += chunk
    } catch {
      return // the client was killed while it asked
    }
    state.asked++
    const body = JSON.parse(text) as Body
    const question = body.messages.at(-1)?.content ?? ''
    const json = body.response_format !== undefined
    const number = state.asked
    const fault = random.next() < share ? random.pick(faults) : undefined
    const wait = 5 + random.int(20)
    if (fault) injected.set(fault, (injected.get(fault) ?? 0) + 1)
    await sleep(wait)
    const send = (id: string, content: string, { finish = 'stop', tokens = 20, paid = true } = {}) => {
      const completion = {
        id,
        object: 'chat.completion',
        created: 0,
        model: 'faulty',
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }],
        usage: { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens },
      }
      const whole = JSON.stringify(completion)
      response.on('finish', () => {
        if (!paid) return
        delivered.set(id, { life, question })
        state.inLife++
      })
      response.setHeader('content-type', 'application/json')
      response.end(whole)
    }
    const refuse = (status: number, headers: http.OutgoingHttpHeaders = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify({ error: { message: 'not now', type: 'server_error' } }))
    }
    const id = `chatcmpl-${number}`
    const content = answerTo(question, json)
    switch (fault) {
      case '429':
        return number % 2 === 0
          ? refuse(429, { 'retry-after-ms': '20' })
          : refuse(429, { 'retry-after': new Date(Date.now() - 1000).toUTCString() })
      case '500':
        return refuse(500)
      case '503':
        return refuse(503, { 'retry-after': '0' })
      case 'hang':
        return
      case 'cut':
        return request.socket.destroy()
      case 'half':
        response.writeHead(200, { 'content-type': 'application/json' })
        return response.end(`{"id":"${id}","choices":[{"message":{"role":"assistant","content":"Respo`)
      case 'shape':
        response.writeHead(200, { 'content-type': 'text/html' })
        return response.end('<html>Bad gateway</html>')
      case 'schema':
        return send(id, json ? '{"reply": 7}' : content)
      case 'empty':
        response.writeHead(200, { 'content-type': 'application/json' })
        return response.end(JSON.stringify({ id, object: 'chat.completion', choices: [] }))
      case 'length':
        return send(id, content.slice(0, content.length / 2), { finish: 'length', tokens: 7 })
      case 'replay':
        // Only what this client has surely read: nobody can tell of an answer that it has not seen whom it was for.
        return last && last.life === life && performance.now() - last.at > 100
          ? send(last.id, last.content, { paid: false })
          : send(id, content)
      default:
        response.on('finish', () => {
          last ??= { id, content, life, at: performance.now() }
          if (last.life !== life || performance.now() - last.at > 200)
            last = { id, content, life, at: performance.now() }
        })
        return send(id, content)
    }
  })
  const { url, close } = await onLoopback(server)
  return {
    url: `${url}/v1`,
    delivered,
    injected,
    state,
    close,
  }
}
