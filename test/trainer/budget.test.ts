import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../data/database.ts'
import { createMemory } from '../../data/memory.ts'
import { spentSince, withBudget } from '../../trainer/budget.ts'
import { openaiTeacher } from '../../trainer/teachers/openai.ts'

/** An endpoint that speaks OpenAI's chat completions: every answer uses 1,000 tokens each way. */
let asked = 0
let status = 200
const server = http.createServer((request, response) => {
  request.resume().on('end', () => {
    asked++
    response.writeHead(status, { 'content-type': 'application/json' })
    if (status !== 200)
      return response.end(JSON.stringify({ error: { message: 'no such model', type: 'invalid_request_error' } }))
    const message = { role: 'assistant', content: ' Bo día. ', reasoning_content: 'a greeting' }
    response.end(
      JSON.stringify({
        id: `x${asked}`,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 },
      }),
    )
  })
})
let baseURL: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
afterAll(() => server.close())
beforeEach(() => {
  asked = 0
  status = 200
})

/** A dollar an answer: 400 a million tokens in, 600 out. */
const teacher = () => openaiTeacher({ baseURL, model: 'm', price: { prompt: 400, completion: 600 } })
const request = (content: string) => ({ messages: [{ role: 'user' as const, content }], sampling: {}, draw: 0 })

test('an answer comes with its reasoning, tokens and price', async () => {
  expect(await teacher().complete(request('Good morning.'))).toMatchObject({
    text: ' Bo día. ',
    reasoning: 'a greeting',
    finishReason: 'stop',
    promptTokens: 1000,
    completionTokens: 1000,
    price: 1,
  })
})

test('the request that would exceed the budget is not sent', async () => {
  const careful = withBudget(teacher(), 3, 0)
  for (const question of ['a', 'b', 'c']) await careful.complete(request(question))
  await expect(careful.complete(request('d'))).rejects.toThrow(/budget of 3 would be exceeded: 3\.0000 is spent/)
  expect(asked).toBe(3)
})

test('requests that are under way count', async () => {
  const careful = withBudget(teacher(), 3, 0)
  await careful.complete(request('a'))
  const results = await Promise.allSettled(['b', 'c', 'd', 'e'].map((question) => careful.complete(request(question))))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
})

test('a request counts as what its prompt and its longest answer can cost, before anything is known', async () => {
  const careful = withBudget(teacher(), 3, 0)
  const long = { ...request('a'), sampling: { maxTokens: 6_000 } }
  await expect(careful.complete(long)).rejects.toThrow(/budget of 3 would be exceeded: 0\.0000 is spent/)
  await expect(careful.complete(request('б'.repeat(5_000)))).rejects.toThrow(/budget/)
  expect(asked).toBe(0)
})

test('a request that fits once others have cost less than they could waits for them', async () => {
  const careful = withBudget(teacher(), 3, 0)
  const long = (content: string) => ({ ...request(content), sampling: { maxTokens: 3_000 } })
  const results = await Promise.allSettled(['a', 'b', 'c'].map((question) => careful.complete(long(question))))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect(asked).toBe(2)
})

test('what the run has paid before counts, and what is remembered costs nothing again', async () => {
  const store = await openStore(':memory:')
  const memory = createMemory(store)
  const since = new Date(Date.now() - 1000).toISOString()
  const ask = (content: string, from = teacher()) =>
    memory.remember({ kind: 'teacher', source: from.name, request: request(content) }, () =>
      from.complete(request(content)),
    )
  await ask('a')
  await ask('b')
  const spent = await spentSince(store, [teacher().name], since)
  expect(spent).toBe(2)
  const careful = withBudget(teacher(), 2, spent)
  expect((await ask('a', careful)).price).toBe(1)
  await expect(ask('c', careful)).rejects.toThrow(/budget/)
  expect(asked).toBe(2)
  await store.destroy()
})

test('an endpoint that refuses, or is not there, is a sentence without the key', async () => {
  status = 404
  await expect(teacher().complete(request('a'))).rejects.toThrow(/refused \(404\): .*no such model/)
  await expect(
    openaiTeacher({ baseURL: 'http://127.0.0.1:9/v1', model: 'm', retries: 0 }).complete(request('a')),
  ).rejects.toThrow(/does not answer/)
})
