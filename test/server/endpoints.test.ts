import { Validator } from '@seriousme/openapi-schema-validator'
import type OpenAI from 'openai'
import { BadRequestError, RateLimitError } from 'openai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { answers } from '../../server/openapi.ts'
import { adapter, base, startServer, student, type TestServer } from './start.ts'

vi.setConfig({ testTimeout: 60_000 })

let server: TestServer
let client: OpenAI
beforeAll(async () => {
  server = await startServer()
  client = server.client
}, 60_000)
afterAll(() => server.close())

const post = async (path: string, body: object) => {
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  return { status: response.status, body: await response.json() }
}

describe('embeddings', () => {
  const dot = (a: readonly number[] = [], b: readonly number[] = []) =>
    a.reduce((sum, each, i) => sum + each * (b[i] ?? 0), 0)

  test('of texts that mean the same are nearer than of others, in either encoding', async () => {
    const input = ['The cat sleeps on the sofa.', 'A cat is sleeping on the couch.', 'Stock prices fell sharply.']
    // The client asks for base64 where nothing is said, and decodes it.
    const { data, usage, model } = await client.embeddings.create({ model: student, input })
    const [a, b, c] = data.map(({ embedding }) => embedding)
    expect(model).toBe(student)
    expect(dot(a, a)).toBeCloseTo(1, 5)
    expect(dot(a, b)).toBeGreaterThan(dot(a, c))
    expect(usage.total_tokens).toBeGreaterThan(15)
    const plain = await client.embeddings.create({ model: student, input: input[0] ?? '', encoding_format: 'float' })
    expect(dot(plain.data[0]?.embedding, a)).toBeCloseTo(1, 5)
  })

  test('of token ids are those of their text', async () => {
    const { tokens } = (await post('/tokenize', { model: student, content: 'Bos días' })).body
    const [text, ids] = await Promise.all(
      ['Bos días', tokens].map((input) => client.embeddings.create({ model: student, input })),
    )
    expect(ids?.data).toEqual(text?.data)
    expect(ids?.usage.prompt_tokens).toBe(tokens.length)
  })

  test('of an adapter there are none, and nothing has none', async () => {
    await expect(client.embeddings.create({ model: adapter, input: 'x' })).rejects.toThrow(/Ask for those of/)
    for (const input of ['', [], [[]], [49152]] as unknown as string[])
      await expect(client.embeddings.create({ model: base, input })).rejects.toThrow(BadRequestError)
    await expect(client.embeddings.create({ model: base, input: 'x', dimensions: 8 })).rejects.toThrow(/dimensions/)
  })
})

test('texts become tokens and tokens texts, as at llama-server', async () => {
  const content = 'The capital of France is'
  expect(await post('/tokenize', { model: student, content })).toEqual({
    status: 200,
    body: { tokens: [504, 3575, 282, 4649, 314] },
  })
  const { body } = await post('/tokenize', { content, with_pieces: true })
  expect(body.tokens[1]).toEqual({ id: 3575, piece: ' capital' })
  expect((await post('/detokenize', { tokens: [504, 3575, 282, 4649, 314] })).body).toEqual({ content })
  const special = async (parse_special: boolean) =>
    (await post('/tokenize', { model: student, content: '<|im_end|>', parse_special })).body.tokens.length
  expect(await special(true)).toBe(1)
  expect(await special(false)).toBeGreaterThan(1)
  expect(await post('/detokenize', { tokens: [49152] })).toMatchObject({ status: 400 })
  expect(await post('/tokenize', { content: 5 })).toMatchObject({ status: 400, body: { error: { param: 'content' } } })
})

test('a server is ready when it has a model', async () => {
  expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: 'ready', models: 5 })
})

test('what would wait too long is refused, with the time after which to come back', async () => {
  const ask = { model: student, messages: [{ role: 'user' as const, content: 'Count to ten.' }], max_tokens: 3 }
  // Two are at work and 64 wait.
  const asked = await Promise.allSettled(Array.from({ length: 70 }, () => client.chat.completions.create(ask)))
  const refused = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  expect(asked.length - refused.length).toBe(66)
  for (const error of refused) {
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toMatchObject({ status: 429, type: 'rate_limit_error', code: 'server_busy' })
    expect(Number(error.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  }
  expect(server.serving.status()).toMatchObject({ running: 0, waiting: 0 })
}, 120_000)

test('Prometheus is told of requests, tokens and what is at work', async () => {
  await client.chat.completions.create({ model: student, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 3 })
  await fetch(`${server.url}/no/such/path/${'x'.repeat(50)}`)
  const response = await fetch(`${server.url}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  const text = await response.text()
  const value = (line: RegExp) => Number(line.exec(text)?.[1])
  const chats = /request_duration_seconds_count\{route="\/v1\/chat\/completions",status="200"\} (\d+)/
  expect(value(chats)).toBeGreaterThanOrEqual(1)
  expect(value(/tokens_total\{model="glg-smollm2-135m",kind="completion"\} (\d+)/)).toBeGreaterThanOrEqual(3)
  expect(value(/endonym_answers_running (\d+)/)).toBe(0)
  expect(value(/endonym_models_loaded (\d+)/)).toBe(1)
  expect(text).toContain('process_resident_memory_bytes')
  expect(text).toContain('route="other",status="404"')
  expect(text).not.toContain('xxx')
})

describe('the OpenAPI document', () => {
  const document = async () => (await fetch(`${server.url}/openapi.json`)).json()
  /** The same, refusing what the schema does not name. */
  const strictly = (type: z.ZodType) => {
    const { $schema: _, ...schema } = z.toJSONSchema(type)
    return z.fromJSONSchema(schema)
  }

  test('is well formed', async () => {
    const found = await document()
    expect(found.openapi).toBe('3.1.0')
    const { valid, errors } = await new Validator().validate(found)
    expect([valid, errors]).toEqual([true, undefined])
  })

  test('says what is asked and answered', async () => {
    const { paths } = await document()
    const chat = paths['/v1/chat/completions'].post.requestBody.content['application/json'].schema
    expect(chat.required).toEqual(['model', 'messages'])
    expect(chat.properties.temperature.anyOf[0]).toEqual({ type: 'number', minimum: 0, maximum: 2 })
    const messages = [{ role: 'user', content: 'Hi' }]
    const asked: [string, object | undefined, z.ZodType][] = [
      ['/v1/chat/completions', { model: student, messages, max_tokens: 2, n: 2 }, answers.chat],
      [
        '/v1/chat/completions',
        { model: student, messages, max_tokens: 2, logprobs: true, top_logprobs: 2 },
        answers.chat,
      ],
      ['/v1/completions', { model: student, prompt: 'Hi', max_tokens: 2, logprobs: 2, echo: true }, answers.completion],
      ['/v1/completions', { model: student, prompt: 'Hi', max_tokens: 2 }, answers.completion],
      ['/v1/embeddings', { model: student, input: 'Hi' }, answers.embeddings],
      ['/v1/embeddings', { model: student, input: 'Hi', encoding_format: 'base64' }, answers.embeddings],
      ['/tokenize', { content: 'Hi', with_pieces: true }, answers.tokens],
      ['/detokenize', { tokens: [1] }, answers.content],
      ['/v1/models', undefined, answers.models],
      ['/v1/models/gl', undefined, answers.model],
      ['/v1/models/none', undefined, answers.error],
      ['/v1/embeddings', { model: student }, answers.error],
      ['/healthz', undefined, answers.health],
      ['/readyz', undefined, answers.ready],
    ]
    for (const [path, body, answer] of asked) {
      const response = await fetch(server.url + path, body && { method: 'POST', body: JSON.stringify(body) })
      expect([path, strictly(answer).safeParse(await response.json()).error?.issues]).toEqual([path, undefined])
      const documented = Object.keys(paths).some((each) =>
        new RegExp(`^${each.replace(/\{\w+\}/, '[^/]+')}$`).test(path),
      )
      expect([path, documented]).toEqual([path, true])
    }
    const streamed = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: student,
        messages,
        max_tokens: 2,
        stream: true,
        stream_options: { include_usage: true },
      }),
    })
    const events = (await streamed.text())
      .split('\n')
      .flatMap((line) => (line.startsWith('data: {') ? [line.slice(6)] : []))
    expect(events.length).toBeGreaterThan(2)
    for (const event of events) expect(strictly(answers.chatChunk).safeParse(JSON.parse(event)).error).toBeUndefined()
  })
})
