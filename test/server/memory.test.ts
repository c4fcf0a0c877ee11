import http from 'node:http'
import v8 from 'node:v8'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, student, type TestServer } from './start.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

/** What is left in memory of answers, after what can be collected has been. */
const kept = (): number => v8.queryObjects(http.ServerResponse, { format: 'count' })

const chat = (more: object) => ({
  method: 'POST',
  body: JSON.stringify({ model: student, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2, ...more }),
})

test.each([
  ['that it is well', '/healthz', {}],
  ['a refusal', '/v1/chat/completions', chat({ model: 'none' })],
  ['an answer', '/v1/chat/completions', chat({})],
  ['a stream', '/v1/chat/completions', chat({ stream: true })],
])('nothing of a request stays when it has been answered: %s', async (_, path, init) => {
  const times = 20
  const before = kept()
  for (let i = 0; i < times; i++) await (await fetch(server.url + path, init)).text()
  await server.idle()
  // Of a connection that is kept the last answer is.
  expect(kept() - before).toBeLessThan(times / 2)
})
