import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, student, type TestServer } from './start.ts'

/** Two at once are answered; each has a key of its own. */
let server: TestServer
let greedy: OpenAI
let modest: OpenAI
beforeAll(async () => {
  server = await startServer()
  const clientOf = async (name: string): Promise<OpenAI> => {
    const { secret } = await server.keys.create({ name, scopes: ['chat'] })
    return new OpenAI({ baseURL: `${server.url}/v1`, apiKey: secret, maxRetries: 0 })
  }
  greedy = await clientOf('greedy')
  modest = await clientOf('modest')
}, 60_000)
afterAll(() => server.close())

const messages = [{ role: 'user' as const, content: 'Tell me a story.' }]
/** The bias keeps the end of the answer out, so that all take the same time. */
const long = { model: student, max_tokens: 12, logit_bias: { '2': -100 } }
const texts = ['The sea is wide. '.repeat(40)]

test.each<[string, (client: OpenAI) => Promise<unknown>]>([
  ['chats', (client) => client.chat.completions.create({ ...long, messages })],
  [
    'streamed chats',
    async (client) => {
      for await (const _ of await client.chat.completions.create({ ...long, messages, stream: true }));
    },
  ],
  ['completions', (client) => client.completions.create({ ...long, prompt: 'Once' })],
  ['embeddings', (client) => client.embeddings.create({ model: student, input: texts })],
])('whoever asks once does not wait for all that another asked before: %s', { timeout: 60_000 }, async (_, ask) => {
  const many = 14
  let answered = 0
  const asking = Array.from({ length: many }, () => ask(greedy).then(() => answered++))
  while (server.serving.status().waiting < many / 2) await new Promise((resolve) => setTimeout(resolve, 1))
  const before = answered
  await ask(modest)
  // Those two that were at work, and those that took their places while this one was answered.
  expect(answered - before).toBeLessThanOrEqual(5)
  await Promise.all(asking)
})
