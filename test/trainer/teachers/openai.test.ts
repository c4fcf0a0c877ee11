import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { messageOf } from '../../../core/error.ts'
import { retryAfterOf } from '../../../core/retry-after.ts'
import type { Completion } from '../../../trainer/teacher.ts'
import { type OpenaiTeacherOptions, openaiTeacher } from '../../../trainer/teachers/openai.ts'

type Asked = { key: string | undefined; body: Record<string, unknown> & { messages: { content: string }[] } }
type Reply = { status?: number; headers?: http.OutgoingHttpHeaders; body: unknown }

/** An endpoint that answers as each test says; `underWay` counts what it is asked at once. */
let asked: Asked[] = []
let reply: (asked: Asked, nth: number) => Reply | Promise<Reply>
const server = http.createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  const one = { key: request.headers.authorization, body: JSON.parse(text) as Asked['body'] }
  asked.push(one)
  const { status = 200, headers = {}, body } = await reply(one, asked.length)
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
})
let baseURL: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
afterAll(() => void server.close())
afterEach(() => {
  asked = []
  vi.unstubAllEnvs()
})

let ids = 0
const answer = (content: string, { finish = 'stop', tokens = 5 } = {}): Reply => ({
  body: {
    id: `id-${++ids}`,
    choices: [{ message: { role: 'assistant', content }, finish_reason: finish }],
    usage: { prompt_tokens: 10, completion_tokens: tokens },
  },
})
const failure = (status: number, error: object = {}, headers = {}): Reply => ({
  status,
  headers,
  body: { error: { message: 'not now', ...error } },
})
const teacher = (options: Partial<OpenaiTeacherOptions> = {}) => openaiTeacher({ baseURL, model: 'm', ...options })
const request = (content = 'Ola?') => ({
  messages: [{ role: 'user' as const, content }],
  sampling: { maxTokens: 100 },
  draw: 0,
})
const schema = { name: 'city', schema: z.toJSONSchema(z.object({ city: z.string() })) }

test.each([429, 408, 409, 500, 503])('a %i is waited out', async (status) => {
  reply = (_, nth) => (nth === 1 ? failure(status, {}, { 'retry-after-ms': '1' }) : answer('Ola!'))
  expect((await teacher().complete(request())).text).toBe('Ola!')
  expect(asked).toHaveLength(2)
})

test.each([400, 401, 403, 404, 422])('a %i is not asked again', async (status) => {
  reply = () => failure(status)
  await expect(teacher().complete(request())).rejects.toThrow(new RegExp(`refused \\(${status}\\)`))
  expect(asked).toHaveLength(1)
})

test('where the key is wrong, what waits behind is not sent at all', async () => {
  reply = () => failure(401)
  const one = teacher({ concurrency: 1 })
  const results = await Promise.allSettled([1, 2, 3].map(() => one.complete(request())))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(asked).toHaveLength(1)
})

test('a spent quota is no reason to wait, and a question that is too long none to stop', async () => {
  reply = () => failure(429, { code: 'insufficient_quota' })
  await expect(teacher().complete(request())).rejects.toThrow(/refused \(429\)/)
  reply = () => failure(400, { code: 'context_length_exceeded' })
  expect(await teacher().complete(request())).toMatchObject({ text: '', finishReason: 'other', price: 0 })
})

test('Retry-After is read in seconds, in milliseconds and as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const read = (headers: Record<string, string>) => retryAfterOf(new Headers(headers), now)
  expect(read({ 'retry-after': '2' })).toBe(2000)
  expect(read({ 'retry-after-ms': '30', 'retry-after': '2' })).toBe(30)
  expect(read({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' })).toBe(60_000)
  expect(read({ 'retry-after': 'soon' })).toBeUndefined()
})

test('the key comes from the environment, one for each host, and is in no error', async () => {
  vi.stubEnv('OPENAI_API_KEY', 'sk-very-secret')
  reply = ({ key }) => failure(401, { message: `Incorrect API key provided: ${key}` })
  const [result] = await Promise.allSettled([teacher().complete(request())])
  const error = result?.status === 'rejected' ? (result.reason as Error) : new Error('it was answered')
  expect(asked[0]?.key).toBe('Bearer sk-very-secret')
  expect(`${messageOf(error)} ${messageOf(error.cause)} ${error.stack}`).not.toContain('very-secret')
  expect(() => teacher({ baseURL: 'https://me:pass@host/v1' })).toThrow(/no key, password or query/)
})

test('JSON is asked for by response_format, and by a fenced block once the endpoint says that it has none', async () => {
  reply = ({ body }) =>
    body.response_format === undefined
      ? answer('```json\n{"city": "Lugo"}\n```')
      : failure(400, { message: "'response_format' of type 'json_schema' is not supported" })
  const one = teacher()
  expect((await one.complete({ ...request(), schema })).text).toContain('Lugo')
  await one.complete({ ...request('and?'), schema })
  expect(asked.map(({ body }) => body.response_format !== undefined)).toEqual([true, false, false])
  expect(asked[1]?.body.messages.at(-1)?.content).toMatch(/^Ola\?\n\nAnswer with one fenced block.*"city"/s)
})

test('answers that are of no use are written down and asked for again, but not for ever', async () => {
  const wasted: Completion[] = []
  const onWaste = async (completion: Completion) => void wasted.push(completion)
  reply = (_, nth) => (nth < 3 ? answer('{"town": 1}') : answer('{"city": "Lugo"}'))
  expect((await teacher().complete({ ...request(), schema }, { onWaste })).text).toBe('{"city": "Lugo"}')
  expect(wasted.map(({ text }) => text)).toEqual(['{"town": 1}', '{"town": 1}'])

  asked = []
  reply = () => answer('{"town": 1}')
  expect((await teacher().complete({ ...request(), schema }, { onWaste })).text).toBe('{"town": 1}')
  expect(asked).toHaveLength(4)
})

test('an answer that had all its tokens is not asked for again; one that ended before them is', async () => {
  reply = () => answer('Ola e', { finish: 'length', tokens: 100 })
  expect((await teacher().complete(request())).finishReason).toBe('length')
  expect(asked).toHaveLength(1)
  reply = (_, nth) => (nth === 2 ? answer('Ola e', { finish: 'length', tokens: 3 }) : answer('Ola!'))
  expect((await teacher().complete(request())).text).toBe('Ola!')
  expect(asked).toHaveLength(3)
})

test('an answer that belongs to another request is not taken, unless ids say nothing at this endpoint', async () => {
  const same = (id: string, content: string): Reply => {
    const { body } = answer(content)
    return { body: { ...(body as object), id } }
  }
  reply = (_, nth) => (nth === 3 ? same('own', 'two') : same('first', 'one'))
  const one = teacher()
  expect((await one.complete(request('one?'))).text).toBe('one')
  expect((await one.complete(request('two?'))).text).toBe('two')
  expect(asked).toHaveLength(3)

  asked = []
  reply = (_, nth) => same('always', `answer ${nth}`)
  const other = teacher()
  for (const nth of [1, 2, 3]) expect((await other.complete(request(`${nth}`))).text).toBe(`answer ${nth}`)
  expect(asked).toHaveLength(3)
})

test('requests at once grow from few to what the endpoint takes, and stay below that', async () => {
  const takes = 12
  let underWay = 0
  const most: number[] = []
  const refused: number[] = []
  reply = async () => {
    underWay++
    most.push(underWay)
    await new Promise((resolve) => setTimeout(resolve, 20))
    underWay--
    if (underWay < takes) return answer('Ola!')
    refused.push(most.length)
    return failure(429, {}, { 'retry-after-ms': '1' })
  }
  const one = teacher({ concurrency: 64 })
  await Promise.all(Array.from({ length: 600 }, (_, nth) => one.complete(request(`${nth}`))))
  expect(most[0]).toBe(1)
  expect(Math.max(...most.slice(0, 4))).toBeLessThanOrEqual(4)
  // Beyond what it takes it is asked when the limit is found, and hardly again.
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.filter((nth) => nth > most.length - 300).length).toBeLessThan(30)
  const later = most.slice(-300)
  expect(Math.max(...later)).toBeLessThanOrEqual(takes + 4)
  expect(later.reduce((sum, each) => sum + each, 0) / later.length).toBeGreaterThan(takes / 3)
})

test('an endpoint that is down is asked but once from time to time, and the run goes on when it is back', async () => {
  let down = true
  let probes = 0
  const said: string[] = []
  reply = () => {
    if (!down) return answer('Ola!')
    if (said.length > 0 && ++probes === 3) down = false
    return failure(500, {}, { 'retry-after-ms': '1' })
  }
  const one = teacher({ say: (sentence) => said.push(sentence), waits: { firstWait: 30 } })
  const texts = await Promise.all(Array.from({ length: 40 }, (_, nth) => one.complete(request(`${nth}`))))
  expect(texts.every(({ text }) => text === 'Ola!')).toBe(true)
  expect(said[0]).toMatch(/failed \d+ times in a row.*Nothing more is sent but one request from time to time/)
  expect(said[1]).toMatch(/answers again/)
  expect(said).toHaveLength(2)
})

test('an endpoint that stays down ends the run with a sentence, and nothing more is sent', async () => {
  reply = () => failure(500, {}, { 'retry-after-ms': '1' })
  const one = teacher({ waits: { firstWait: 20, patience: 100 } })
  const results = await Promise.allSettled(Array.from({ length: 40 }, (_, nth) => one.complete(request(`${nth}`))))
  const reasons = results.map((result) => (result.status === 'rejected' ? messageOf(result.reason) : 'answered'))
  expect(new Set(reasons).size).toBe(1)
  expect(reasons[0]).toMatch(/has not answered for .*Everything that was answered is kept/)
  const sent = asked.length
  await expect(one.complete(request())).rejects.toThrow(/has not answered/)
  expect(asked).toHaveLength(sent)
})
