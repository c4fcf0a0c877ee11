import http from 'node:http'
import { onLoopback } from '../loopback.ts'

/** What a model of the endpoint says to a conversation; `length` where it is cut off. */
export type Script = (messages: readonly { role: string; content: string }[]) => string | { text: string; cut: true }

/** Teachers that speak OpenAI's chat completions: a script for each model. */
export type TeachersEndpoint = { url: string; asked: number; close(): Promise<void> }

export async function startTeachers(models: Readonly<Record<string, Script>>): Promise<TeachersEndpoint> {
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { model, messages } = JSON.parse(body) as { model: string; messages: { role: string; content: string }[] }
    endpoint.asked++
    response.setHeader('content-type', 'application/json')
    const said = models[model]?.(messages)
    if (said === undefined) {
      response.statusCode = 404
      response.end(JSON.stringify({ error: { message: `no model ${model}` } }))
      return
    }
    const content = typeof said === 'string' ? said : said.text
    response.end(
      JSON.stringify({
        id: `answer-${endpoint.asked}`,
        object: 'chat.completion',
        created: 0,
        model,
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content },
            finish_reason: typeof said === 'string' ? 'stop' : 'length',
          },
        ],
        usage: { prompt_tokens: 40, completion_tokens: 20, total_tokens: 60 },
      }),
    )
  })
  const { url, close } = await onLoopback(server)
  const endpoint: TeachersEndpoint = {
    url: `${url}/v1`,
    asked: 0,
    close,
  }
  return endpoint
}

const sentences = [
  'O río leva moita auga esta semana, porque choveu nos montes.',
  'As castañas cócense con sal e cómense quentes, no outono.',
  'Unha lingua vive mentres a xente a fala na casa e na rúa.',
  'O mar está bravo hoxe: os barcos non saíron do porto.',
  'Para facer pan cómpre fariña, auga, sal, fermento e paciencia.',
  'A biblioteca abre ás nove da mañá e pecha ás oito da tarde.',
  'O corazón leva o sangue a todo o corpo, día e noite.',
  'Os nenos xogan na praza cando saen da escola.',
]

/** A teacher that says something in Galician, another sentence for another question, and judges all alike. */
export const fluent: Script = (messages) => {
  const [system, user] = [messages[0]?.content ?? '', messages.at(-1)?.content ?? '']
  if (system.startsWith('You judge')) return '```json\n{"reason": "ben", "score": 4}\n```'
  const place = [...user].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0)
  const first = sentences[place % sentences.length] ?? ''
  return `${first} ${sentences[(place + 1 + (user.length % 7)) % sentences.length]}`
}
