import http from 'node:http'
import { createRandom, type Random } from '../../core/random.ts'
import { onLoopback } from '../loopback.ts'

/** An endpoint of OpenAI's chat completions that plays a teacher of Galician: what it answers depends on the request alone. */
export type KakugoEndpoint = {
  url: string
  requests: { prompt: string; schema: string | undefined }[]
  close(): Promise<void>
}

const people =
  'a avoa|o meu fillo|a veciña|o panadeiro|unha amiga|o carteiro|a mestra|o mariñeiro|a xardineira|o meu irmán'.split(
    '|',
  )
const deeds = 'prepara|busca|aprende|arranxa|merca|estuda|escribe|coida|pinta|planta|conta|garda|vende|limpa'.split('|')
const things =
  'o caldo de grelos|unha carta á cámara|as patacas do horto|un conto vello|a horta de inverno|o pan de millo|unha canción da aldea|o barco de madeira|as contas da casa|un queixo fresco|o camiño de Santiago|a historia do castro'.split(
    '|',
  )
const times =
  'pola mañá|cando chove|no verán|antes da festa|despois do traballo|todos os domingos|na beira do río|sen présa|con pouco diñeiro|co tempo frío'.split(
    '|',
  )
const questions = [
  'Como se fai para que',
  'Por que di a xente que',
  'Que debo saber se',
  'É boa idea cando',
  'Podes explicarme como',
]

const sentence = (random: Random): string =>
  `${random.pick(people)} ${random.pick(deeds)} ${random.pick(things)} ${random.pick(times)} e máis tarde ${random.pick(deeds)} ${random.pick(things)}`
const question = (random: Random): string => `${random.pick(questions)} ${sentence(random)}?`
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const prose = (random: Random, count: number): string =>
  Array.from({ length: count }, () => `${capital(sentence(random))}.`).join(' ')

const english = (random: Random) =>
  `${random.pick(['bread', 'rivers', 'old songs', 'letters', 'gardens', 'boats', 'feasts', 'schools'])} and ${random.pick(['weather', 'money', 'neighbours', 'tools', 'memory', 'travel', 'law', 'sleep'])} ${random.int(1000)}`

/** @param options.poor every so many answers cannot be used: cut off, no JSON, English, an address. 0: all are good. */
export async function startKakugoEndpoint({ poor = 7 }: { poor?: number } = {}): Promise<KakugoEndpoint> {
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { messages, seed, response_format } = JSON.parse(body) as {
      messages: { role: string; content: string }[]
      seed: number
      response_format?: { json_schema: { name: string } }
    }
    const prompt = messages.at(-1)?.content ?? ''
    endpoint.requests.push({ prompt, schema: response_format?.json_schema.name })
    const random = createRandom(`${seed} ${prompt}`)
    const fault = poor > 0 && random.int(poor) === 0
    const { content, reasoning } = answerTo(messages, prompt, random)
    const cut = fault && random.int(2) === 0
    const spoilt =
      fault && !cut
        ? 'This is all in English, which they would not have wanted from you; see https://example.org.'
        : content
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        created: 0,
        model: 'scripted',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: spoilt, ...(reasoning && { reasoning_content: reasoning }) },
            finish_reason: cut ? 'length' : 'stop',
          },
        ],
        usage: { prompt_tokens: 200, completion_tokens: 100, total_tokens: 300 },
      }),
    )
  })
  const { url, close } = await onLoopback(server)
  const endpoint: KakugoEndpoint = {
    url: `${url}/v1`,
    requests: [],
    close,
  }
  return endpoint
}

function answerTo(messages: { role: string; content: string }[], prompt: string, random: Random) {
  const count = Number(/(?:List|Write)(?: the)? (\d+)/.exec(prompt)?.[1] ?? 1)
  const json = (value: unknown) => ({ content: `\`\`\`json\n${JSON.stringify(value)}\n\`\`\``, reasoning: '' })
  const list = (make: () => string, size = count) => json({ items: Array.from({ length: size }, make) })
  if (prompt.startsWith('Translate this conversation')) {
    const [, block = '{}'] = /```json\n([\s\S]*?)\n```/.exec(prompt) ?? []
    const turns = (JSON.parse(block) as { messages: { role: string; content: string }[] }).messages
    return json({
      messages: turns.map(({ role }) => ({ role, content: role === 'user' ? question(random) : prose(random, 2) })),
    })
  }
  if (/^(List|People turn)/.test(prompt)) return list(() => english(random))
  if (prompt.startsWith('A person wrote to an assistant')) return list(() => prose(random, 2), 1)
  if (/"items"/.test(prompt)) return list(() => question(random))
  // An English question gets an English answer.
  if (messages[0]?.content.includes('plain, simple English')) {
    return {
      content: `People say that ${english(random)} go well together, and that is why they keep them.`,
      reasoning: 'The user asks something.',
    }
  }
  if (messages[0]?.content.includes('translation into English')) {
    return {
      content: `The text says that they like ${english(random)} and that this was always so.`,
      reasoning: 'We need to translate.',
    }
  }
  return {
    content: prose(random, 3),
    reasoning: `The user asks in Galician. We need to answer briefly: ${english(random)}.`,
  }
}
