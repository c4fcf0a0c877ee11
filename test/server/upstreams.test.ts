import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openHome } from '../../core/home.ts'
import { startHost } from '../../models/host/child.ts'
import { createApp } from '../../server/app.ts'
import { listen } from '../../server/listen.ts'
import { createLog } from '../../server/log.ts'
import { answers } from '../../server/openapi.ts'
import { type Catalog, createServing, type Serving } from '../../server/serving.ts'
import { createBalance } from '../../server/upstreams/balance.ts'
import { readUpstreams, type UpstreamSettings } from '../../server/upstreams/settings.ts'
import { openUpstreams } from '../../server/upstreams.ts'
import { onLoopback } from '../loopback.ts'
import { type Fate, type FaultyProxy, startProxy } from './faulty-proxy.ts'
import { adapter, base, startServer, student, type TestServer, templateless } from './start.ts'
import { addWithTemplate, callingTemplate } from './template.ts'
import { thrown } from './thrown.ts'

vi.setConfig({ testTimeout: 60_000 })

/** The server that models live in, a real one, behind two proxies. */
let origin: TestServer
let a: FaultyProxy
let b: FaultyProxy
const closing: (() => unknown)[] = []
beforeAll(async () => {
  origin = await startServer()
}, 60_000)
afterAll(() => origin.close())
beforeEach(async () => {
  a = await startProxy(origin.url)
  b = await startProxy(origin.url)
  closing.push(a.close, b.close)
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Front = { url: string; client: OpenAI; serving: Serving; log: string[]; metric(line: string): Promise<number> }

/** A server that has no models of its own but those of a catalogue. */
async function startFront(
  entries: readonly (Partial<UpstreamSettings> & { url: string })[],
  { catalog = async () => [] }: { catalog?: Catalog } = {},
): Promise<Front> {
  const log: string[] = []
  const say = (line: string) => log.push(line)
  const settings = entries.map(
    ({ url, ...rest }, nth): UpstreamSettings => ({
      name: `upstream-${'ab'[nth]}`,
      root: url,
      weight: 1,
      concurrency: 64,
      timeLimit: 20,
      ...rest,
    }),
  )
  const rhythm = { every: 100, again: 50, limit: 1000 }
  const serving = createServing({
    host: startHost({ log: say }),
    catalog,
    upstreams: await openUpstreams(settings, { say, rhythm }),
  })
  const logger = createLog(say)
  const app = createApp({ serving, log: logger, loopback: true })
  const server = await listen(app, { host: '127.0.0.1', port: 0, log: logger })
  closing.push(async () => {
    await server.stop(100)
    await serving.dispose()
  })
  return {
    url: server.url,
    client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 }),
    serving,
    log,
    metric: async (line) => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text()
      return Number(
        metrics
          .split('\n')
          .find((it) => it.startsWith(`${line} `))
          ?.split(' ')[1],
      )
    },
  }
}

const user = (content: string) => ({ role: 'user' as const, content })
const capital = {
  model: student,
  messages: [
    { role: 'system' as const, content: 'You are a helpful assistant.' },
    user('What is the capital of France?'),
  ],
  temperature: 0,
  max_tokens: 16,
}
const story = { ...capital, messages: [user('Tell me a very long story about the sea.')], max_tokens: 600 }

async function ask(client: OpenAI, more: object = {}): Promise<string> {
  const answer = await client.chat.completions.create({ ...capital, ...more })
  return answer.choices[0]?.message.content ?? ''
}

async function askStreamed(client: OpenAI, more: object = {}): Promise<string> {
  let text = ''
  const stream = await client.chat.completions.create({ ...capital, ...more, stream: true })
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  return text
}

const chats = (proxy: FaultyProxy) => proxy.asked.filter(({ path }) => path === '/v1/chat/completions').length

describe('a model that lives elsewhere', () => {
  test('is listed, and found by its language', async () => {
    const { client, url, log } = await startFront([{ url: a.url }])
    const { data } = answers.models.parse(await (await fetch(`${url}/v1/models`)).json())
    expect(data.map(({ id }) => id)).toContain(student)
    expect(data.find(({ id }) => id === student)?.endonym).toMatchObject({
      role: 'student',
      language: 'gl',
      base,
      parameters: null,
      elsewhere: true,
    })
    const answer = await client.chat.completions.create({ ...capital, model: 'galego' })
    expect(answer.model).toBe(student)
    expect(log[0]).toBe(`Upstream upstream-a at ${a.url} answers; it has 5 models.`)
  })

  test('answers as it does there: chats, plain and streamed, completions, embeddings, tokens', async () => {
    const { client, url } = await startFront([{ url: a.url }])
    const { data: there } = await origin.client.chat.completions.create(capital).withResponse()
    const { data: here } = await client.chat.completions.create(capital).withResponse()
    expect(answers.chat.parse(here)).toMatchObject({ choices: there.choices, usage: there.usage })
    let [text, usage]: [string, unknown] = ['', undefined]
    const stream = client.chat.completions.create({ ...capital, stream: true, stream_options: { include_usage: true } })
    for await (const chunk of await stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    expect(text).toBe(there.choices[0]?.message.content)
    expect(usage).toEqual(there.usage)

    const sampled = { ...capital, temperature: 1, seed: 7, n: 2, logit_bias: { '504': -5 }, stop: ['zz'] }
    expect((await client.chat.completions.create(sampled)).choices).toEqual(
      (await origin.client.chat.completions.create(sampled)).choices,
    )
    const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false }
    const json = { type: 'json_schema' as const, json_schema: { name: 'x', schema } }
    const shaped = await ask(client, { response_format: json, max_tokens: 60 })
    expect(JSON.parse(shaped)).toHaveProperty('city')
    // All that is named is written, as it is by models that are here.
    expect(a.asked.at(-1)?.body).toMatchObject({
      response_format: { json_schema: { schema: { ...schema, required: ['city'] } } },
    })

    const both = [origin.client, client]
    for (const asked of [
      { prompt: 'The capital of France is', max_tokens: 3, temperature: 0 },
      { prompt: ['The capital', 'A dog'], max_tokens: 1, temperature: 0, echo: true },
      { prompt: 'The capital of France is', max_tokens: 1, temperature: 0, echo: true, logprobs: 2 },
      { prompt: 'The capital of France is', max_tokens: 4, temperature: 0, logprobs: 0 },
      { prompt: [504, 3575], max_tokens: 2, temperature: 0, echo: true },
      { prompt: 'x', max_tokens: 2, n: 1, best_of: 3, seed: 5 },
    ]) {
      const [there, here] = await Promise.all(both.map((it) => it.completions.create({ model: student, ...asked })))
      expect([asked, answers.completion.parse(here).choices]).toEqual([asked, there?.choices])
      expect([asked, here?.usage]).toEqual([asked, there?.usage])
    }
    for (const format of ['float', 'base64'] as const) {
      const asked = { model: student, input: ['Bos días', 'Boas noites'], encoding_format: format }
      const [there, here] = await Promise.all(both.map((it) => it.embeddings.create(asked)))
      expect(here?.data.length).toBe(2)
      const [x, y] = [there, here].map((it) => it?.data[1]?.embedding ?? [])
      if (typeof x?.[0] === 'number') x.forEach((value, at) => void expect(y?.[at]).toBeCloseTo(value, 5))
      expect(here?.usage).toEqual(there?.usage)
    }
    const post = async (path: string, body: object) => {
      const response = await fetch(url + path, { method: 'POST', body: JSON.stringify({ model: student, ...body }) })
      return response.json()
    }
    const tokens = await origin.serving.tokenize(await origin.serving.find(student), 'Ola, mundo!')
    expect(await post('/tokenize', { content: 'Ola, mundo!' })).toEqual({ tokens })
    expect(await post('/detokenize', { tokens })).toEqual({ content: 'Ola, mundo!' })
    expect(await post('/tokenize', { content: 'x', with_pieces: true })).toMatchObject({
      error: { code: 'unsupported_value', param: 'with_pieces' },
    })
  })

  test('gets every parameter, under the names of vLLM and of llama-server', async () => {
    const { client } = await startFront([{ url: a.url }])
    await ask(client, { top_k: 5, min_p: 0.1, repeat_penalty: 1.3, presence_penalty: 0.5, stop: 'x', seed: 3 })
    expect(a.asked[0]?.body).toMatchObject({
      model: student,
      top_k: 5,
      min_p: 0.1,
      repeat_penalty: 1.3,
      repetition_penalty: 1.3,
      presence_penalty: 0.5,
      frequency_penalty: 0,
      max_tokens: 16,
      stop: ['x'],
      seed: 3,
    })
  })

  test('is called as the settings say, and never takes the name of a model that is here', async () => {
    const models = [
      { name: 'gl-lora', there: student },
      { name: 'mine', there: student },
    ]
    const catalog: Catalog = async () => [
      {
        id: 'Mine',
        role: 'base',
        createdAt: '2026-01-01T00:00:00.000Z',
        file: '/x',
        adapters: [],
        parameters: 1,
        quantisation: 'x',
      },
    ]
    const { client, serving } = await startFront([{ url: a.url, models }], { catalog })
    expect((await serving.list()).map(({ id }) => id)).toEqual(['Mine', 'gl-lora'])
    expect((await client.chat.completions.create({ ...capital, model: 'gl' })).model).toBe('gl-lora')
    expect(a.asked[0]?.body.model).toBe(student)
  })

  test('an Endonym that has it from elsewhere does not list it to another', async () => {
    const middle = await startFront([{ url: a.url }])
    const far = await startFront([{ url: middle.url }])
    expect(await far.serving.list()).toEqual([])
  })
})

describe('what an upstream cannot do is refused', () => {
  test.each([
    [{ messages: [user('word '.repeat(3000))] }, 'context_length_exceeded', 400],
    [{ logit_bias: { '4915200': 1 } }, 'upstream_refused', 400],
    [{ model: templateless }, 'no_chat_template', 400],
  ])('%o', async (more, code, status) => {
    const { client, metric } = await startFront([{ url: a.url }, { url: b.url }])
    for (const stream of [false, true]) {
      const error = await thrown(client.chat.completions.create({ ...capital, ...more, stream }))
      expect(error).toMatchObject({ code, status })
    }
    // The same would be refused by any other.
    expect(chats(a) + chats(b)).toBe(2)
    expect(await metric('endonym_upstream_healthy{upstream="upstream-a"}')).toBe(1)
  })

  test('an adapter has no embeddings', async () => {
    const { client } = await startFront([{ url: a.url }])
    const error = await thrown(client.embeddings.create({ model: adapter, input: 'x' }))
    expect(error).toMatchObject({ status: 400, param: 'model' })
  })

  test('what it does not have is looked for at the next, and then refused', async () => {
    a.fate = { status: 404 }
    const { client } = await startFront([{ url: a.url, weight: 5 }, { url: b.url }])
    expect(await ask(client)).toContain('Paris')
    b.fate = { status: 501 }
    expect(await thrown(ask(client) as Promise<unknown>)).toMatchObject({ status: 400, code: 'unsupported_value' })
  })

  test('what it says is not told to anybody', async () => {
    const secret = 'sk-secret at /root/models'
    const { client, log } = await startFront([{ url: a.url }])
    for (const [status, body] of [
      [500, JSON.stringify({ error: { message: secret, code: secret } })],
      [400, JSON.stringify({ error: { message: secret, code: secret, param: secret } })],
      [200, secret],
      [200, `data: {"error": {"message": "${secret}"}}\n\n`],
      [401, secret],
    ] as const) {
      a.fate = { status, body }
      const error = await thrown(ask(client))
      expect(JSON.stringify([error.error, ...(error.headers ?? [])])).not.toContain('secret')
    }
    expect(log.join('\n')).not.toContain('secret')
  })
})

/** A server that speaks as vLLM does. */
async function startVllm(deltas: object[], finish = 'stop', logprobs: object | null = null) {
  const asked: Record<string, unknown>[] = []
  const server = http.createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = text === '' ? {} : JSON.parse(text)
    const reply = {
      '/v1/models': { object: 'list', data: [{ id: 'lora-gl', object: 'model', created: 1, owned_by: 'vllm' }] },
      '/tokenize': { count: 2, max_model_len: 2048, tokens: [1, 2] },
      '/detokenize': { prompt: 'Ola' },
      '/v1/completions': {
        choices: [{ index: 0, text: `${body.echo ? body.prompt : ''} xx`, finish_reason: 'length', logprobs: null }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      },
    }[request.url ?? '']
    if (reply) return response.end(JSON.stringify(reply))
    asked.push(body)
    if (!body.stream) {
      const choices = [{ index: 0, message: deltas[0], finish_reason: finish, logprobs }]
      return response.end(JSON.stringify({ choices, usage: { prompt_tokens: 3, completion_tokens: 4 } }))
    }
    const chunks = [
      ...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
      { choices: [{ index: 0, delta: {}, finish_reason: finish }] },
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
    ]
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(
      `: comment\r\n\r\n${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('')}data: [DONE]\n\n`,
    )
  })
  const started = await onLoopback(server)
  closing.push(started.close)
  return { ...started, asked }
}

describe('in the words of others', () => {
  test.each([
    ['reasoning_content', [{ reasoning_content: 'Hm. ' }, { reasoning_content: 'France.' }, { content: 'Paris.' }]],
    ['reasoning', [{ reasoning: 'Hm. ' }, { reasoning: 'France.', content: null }, { content: 'Paris.' }]],
    ['both', [{ reasoning: 'Hm. France.', reasoning_content: 'Hm. France.' }, { content: 'Paris.' }]],
    ['marks', [{ content: '<thi' }, { content: 'nk>\nHm. France.\n</think>' }, { content: '\n\nParis.' }]],
  ])('what is thought comes as reasoning_content: %s', async (_, deltas) => {
    const { url } = await startVllm(deltas)
    const { client } = await startFront([{ url }])
    const told = { reasoning_content: 'Hm. France.', content: 'Paris.' }
    const { choices } = await client.chat.completions.create({ ...capital, model: 'lora-gl' })
    expect(choices[0]?.message).toMatchObject(told)
    const streamed = { reasoning_content: '', content: '' }
    for await (const chunk of await client.chat.completions.create({ ...capital, model: 'lora-gl', stream: true })) {
      const delta = chunk.choices[0]?.delta as { content?: string; reasoning_content?: string }
      streamed.content += delta.content ?? ''
      streamed.reasoning_content += delta.reasoning_content ?? ''
    }
    expect(streamed).toEqual(told)
  })

  test('tokens; and what is not obeyed is refused', async () => {
    const { url: there } = await startVllm([{ content: 'no JSON' }])
    const { client, url } = await startFront([{ url: there }])
    const post = async (path: string, body: object) => {
      const response = await fetch(url + path, { method: 'POST', body: JSON.stringify({ model: 'lora-gl', ...body }) })
      return response.json()
    }
    const refused = { error: { code: 'unsupported_value' } }
    expect(await post('/tokenize', { content: 'Ola' })).toEqual({ tokens: [1, 2] })
    expect(await post('/detokenize', { tokens: [1, 2] })).toEqual({ content: 'Ola' })
    expect(await post('/tokenize', { content: 'Ola', parse_special: false })).toMatchObject(refused)
    const asked = { model: 'lora-gl', prompt: 'Ola', max_tokens: 1 }
    expect(await thrown(client.completions.create({ ...asked, logprobs: 1 }))).toMatchObject(refused.error)
    expect(await thrown(ask(client, { model: 'lora-gl', response_format: { type: 'json_object' } }))).toMatchObject(
      refused.error,
    )
  })

  test('an end that is none is a failure', async () => {
    const { url } = await startVllm([{ content: 'Par' }], 'abort')
    const { client } = await startFront([{ url }])
    expect(await thrown(ask(client, { model: 'lora-gl' }))).toMatchObject({ status: 502, code: 'upstream_failed' })
  })
})

const tool = (name: string, argument: string) => ({
  type: 'function' as const,
  function: {
    name,
    description: `Tells the ${name} of a ${argument}.`,
    parameters: { type: 'object', properties: { [argument]: { type: 'string' } }, required: [argument] },
  },
})
const tools = [tool('weather', 'city'), tool('population', 'country')]

/** What is said of calls; their ids are others each time. */
const made = ({ choices }: OpenAI.ChatCompletion) =>
  choices.map(({ message, finish_reason }) => ({
    content: message.content || null,
    calls: message.tool_calls?.map((call) => call.type === 'function' && call.function),
    finish_reason,
  }))

const streamed = (client: OpenAI, body: OpenAI.ChatCompletionCreateParams) =>
  client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()

describe('functions of a model that lives elsewhere', () => {
  const calling = 'calling'
  beforeAll(() => addWithTemplate(origin, calling, callingTemplate()))
  const asked = { ...capital, model: calling, tools, max_tokens: 60, repeat_penalty: 1 }
  const question = (city: string) => user(`What is the weather in ${city}?`)
  /** SmolLM2 makes no call that it was not shown. */
  const shown = ['Paris', 'Madrid'].flatMap((city, nth) => [
    question(city),
    {
      role: 'assistant' as const,
      content: null,
      tool_calls: [
        {
          id: `call${nth}`,
          type: 'function' as const,
          function: { name: 'weather', arguments: JSON.stringify({ city }) },
        },
      ],
    },
    { role: 'tool' as const, tool_call_id: `call${nth}`, content: 'Sunny.' },
    { role: 'assistant' as const, content: 'It is sunny.' },
  ])

  test.each<[string, number, object]>([
    ['a call that it makes', 1, { messages: [...shown, question('Rome')] }],
    ['one at most', 1, { messages: [...shown, question('Rome')], parallel_tool_calls: false }],
    ['what a function answered', 0, { messages: shown.slice(0, 3) }],
    ['a call that is required', 1, { messages: [question('Rome')], tool_choice: 'required' }],
    [
      'a call of one of them',
      1,
      { messages: [question('Rome')], tool_choice: { type: 'function', function: { name: 'population' } } },
    ],
    ['no call', 0, { messages: [question('Rome')], tool_choice: 'none', max_tokens: 5 }],
  ])('are called as they are there: %s', async (_, calls, more) => {
    const { client } = await startFront([{ url: a.url }])
    const body = { ...asked, ...more }
    const there = made(await origin.client.chat.completions.create(body))
    expect(there[0]?.calls?.length ?? 0).toBe(calls)
    const here = await client.chat.completions.create(body)
    expect(made(answers.chat.parse(here) as typeof here)).toEqual(there)
    expect(made(await streamed(client, body))).toEqual(there)
  })

  test('a required call that was cut off is none', async () => {
    const { client } = await startFront([{ url: a.url }])
    const body = { ...asked, messages: [question('Rome')], tool_choice: 'required' as const, max_tokens: 4 }
    const here = made(await client.chat.completions.create(body))
    expect(here).toMatchObject([{ calls: undefined, finish_reason: 'length' }])
    expect(made(await streamed(client, body))).toEqual(here)
  })

  test('a model that was taught none is refused', async () => {
    const { client } = await startFront([{ url: a.url }])
    expect(await thrown(ask(client, { tools }))).toMatchObject({ status: 400, code: 'upstream_refused' })
  })

  const piece = (index: number, more: object) => ({ tool_calls: [{ index, ...more }] })
  const whole = (name: string, given: string) => [
    { role: 'assistant', content: '' },
    piece(0, { id: 'chatcmpl-tool-1', type: 'function', function: { name, arguments: given } }),
  ]
  const vllm = { ...capital, model: 'lora-gl', tools }
  const both = async (client: OpenAI, more: object = {}) => {
    const plain = await client.chat.completions.create({ ...vllm, ...more })
    answers.chat.parse(plain)
    expect(made(await streamed(client, { ...vllm, ...more }))).toEqual(made(plain))
    return plain
  }

  test('comes in pieces, several of them, with text before', async () => {
    const { url, asked } = await startVllm(
      [
        { role: 'assistant', content: 'I look it up.' },
        { content: '\n\n' },
        piece(0, { id: 'chatcmpl-tool-1', type: 'function', function: { name: 'weather', arguments: '' } }),
        piece(0, { function: { arguments: '{"city": "R' } }),
        { tool_calls: [{ index: 0, function: { arguments: 'ome"}' } }] },
        piece(1, { id: 'chatcmpl-tool-1', type: 'function', function: { name: 'population' } }),
        piece(1, { id: null, function: { name: null, arguments: '{"country":"Italy"}' } }),
      ],
      'tool_calls',
    )
    const { client } = await startFront([{ url }])
    const plain = await both(client)
    const calls = [
      { name: 'weather', arguments: '{"city":"Rome"}' },
      { name: 'population', arguments: '{"country":"Italy"}' },
    ]
    expect(made(plain)).toEqual([{ content: 'I look it up.', calls, finish_reason: 'tool_calls' }])
    const [first, second] = plain.choices[0]?.message.tool_calls ?? []
    expect(first?.id).toBe('chatcmpl-tool-1')
    // The same twice would be no name of a call.
    expect(second?.id).toMatch(/^\w{9}$/)
    expect(asked[0]).toMatchObject({ tools, tool_choice: 'auto', parallel_tool_calls: true })
    const [one] = made(await both(client, { parallel_tool_calls: false }))
    expect(one?.calls).toEqual(calls.slice(0, 1))
  })

  test.each([
    ['no JSON', 'weather', '{"city": Rome'],
    ['no object', 'weather', '["Rome"]'],
    ['a function that there is not', 'format_disk', '{}'],
    ['too deep', 'weather', `{"city":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['too long', 'weather', JSON.stringify({ city: 'x'.repeat(100_001) })],
  ])('what is no call is text: %s', async (_, name, given) => {
    const { url } = await startVllm(whole(name, given), 'tool_calls')
    const { client } = await startFront([{ url }])
    const content = `{"name": "${name}", "arguments": ${given}}`
    expect(made(await both(client))).toEqual([{ content, calls: undefined, finish_reason: 'stop' }])
  })

  test('a required call has to come, with arguments that follow the schema', async () => {
    const { url, asked } = await startVllm(whole('weather', '{"city":"Rome"}'))
    const { client } = await startFront([{ url }])
    const calls = [{ name: 'weather', arguments: '{"city":"Rome"}' }]
    for (const tool_choice of ['required', { type: 'function', function: { name: 'weather' } }]) {
      expect(made(await both(client, { tool_choice }))).toEqual([{ content: null, calls, finish_reason: 'tool_calls' }])
      expect(asked.at(-1)).toMatchObject({ tool_choice, tools })
    }
    const other = { type: 'function', function: { name: 'population' } }
    expect(await thrown(ask(client, { ...vllm, tool_choice: other }))).toMatchObject({ code: 'unsupported_value' })
    for (const deltas of [whole('weather', '{"town":"Rome"}'), [{ content: 'It is sunny.' }]]) {
      const { client } = await startFront([{ url: (await startVllm(deltas)).url }])
      const error = await thrown(ask(client, { ...vllm, tool_choice: 'required' }))
      expect(error).toMatchObject({ status: 400, code: 'unsupported_value' })
    }
  })

  test('calls of whoever was told of none are a failure', async () => {
    const { url } = await startVllm(whole('weather', '{}'), 'tool_calls')
    const { client } = await startFront([{ url }])
    expect(await thrown(ask(client, { model: 'lora-gl' }))).toMatchObject({ status: 502, code: 'upstream_failed' })
  })
})

describe('how likely the tokens of a chat were', () => {
  test('is told as it is there', async () => {
    const { client } = await startFront([{ url: a.url }])
    for (const top of [0, 3]) {
      const body = { ...capital, messages: [user('Say: 🐈 é')], logprobs: true, top_logprobs: top }
      const [there, here] = [
        await origin.client.chat.completions.create(body),
        await client.chat.completions.create(body),
      ]
      expect(answers.chat.parse(here).choices).toEqual(there.choices)
      expect(here.choices[0]?.logprobs?.content?.length).toBeGreaterThan(3)
    }
  })

  const token = (text: string, bytes: number[] = [...Buffer.from(text)]) => ({
    token: text,
    logprob: -0.5,
    bytes,
    top_logprobs: [{ token: text, logprob: -0.5, bytes }],
  })
  const message = { role: 'assistant', content: 'Ola 🐈', reasoning: 'Ola 🐈?' }
  const cat = [...Buffer.from('🐈')]

  test('of the answer alone, and of whole characters', async () => {
    const content = [
      ...['<think>', 'Ola', ' 🐈?', '</think>', '\n\n', 'Ola', ' '].map((text) => token(text)),
      token('\uFFFD', cat.slice(0, 2)),
      token('\uFFFD', cat.slice(2)),
      token('<|im_end|>'),
    ]
    const { url, asked } = await startVllm([message], 'stop', { content })
    const { client } = await startFront([{ url }])
    const { choices } = await client.chat.completions.create({ ...capital, model: 'lora-gl', logprobs: true })
    const told = choices[0]?.logprobs?.content ?? []
    expect(told.map(({ token }) => token)).toEqual(['Ola', ' ', '', '🐈'])
    expect(told[0]).toEqual({ token: 'Ola', logprob: -0.5, bytes: [79, 108, 97], top_logprobs: [] })
    expect(asked[0]).toMatchObject({ logprobs: true, top_logprobs: 1 })
    expect(asked[0]).not.toHaveProperty('stream')
  })

  test.each([
    ['none', null],
    ['those of something else', { content: [token('Adeus')] }],
  ])('has to be said: %s', async (_, logprobs) => {
    const { url } = await startVllm([message], 'stop', logprobs)
    const { client } = await startFront([{ url }])
    const error = await thrown(ask(client, { model: 'lora-gl', logprobs: true }))
    expect(error).toMatchObject({ status: 400, code: 'unsupported_value' })
  })
})

describe('when one fails', () => {
  const early: Fate[] = [
    'reset',
    'garbage',
    'shape',
    'endless line',
    'endless events',
    { status: 500 },
    { status: 503 },
    { status: 429, headers: { 'retry-after': '30' } },
    { status: 503, headers: { 'retry-after': '30' } },
    { status: 401 },
    { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
  ]
  test.each(early)('before its answer has begun, another answers: %o', async (fate) => {
    a.fate = fate
    const { client, metric } = await startFront([{ url: a.url, weight: 5 }, { url: b.url }])
    expect(await ask(client)).toContain('Paris')
    expect(await askStreamed(client)).toContain('Paris')
    expect(chats(a)).toBeGreaterThan(0)
    expect(chats(b)).toBe(2)
    expect(await metric('endonym_upstream_requests_total{upstream="upstream-b",outcome="answered"}')).toBe(2)
    expect(await metric('endonym_upstream_requests_total{upstream="upstream-a",outcome="answered"}')).toBe(0)
  })

  test('one that hangs is given up after its time, and one that is gone at once', async () => {
    a.fate = 'hang'
    const { client, log } = await startFront([{ url: a.url, weight: 5, timeLimit: 0.3 }, { url: b.url }])
    expect(await ask(client)).toContain('Paris')
    expect(log.join('\n')).toContain('did not answer a request: nothing came within 0.3 seconds.')
    await vi.waitUntil(() => a.left === 1)
    await a.close()
    for (let n = 0; n < 6; n++) expect(await ask(client)).toContain('Paris')
    expect(log.join('\n')).toContain('does not answer: no answer (connect ECONNREFUSED')
  })

  test.each<Fate>(['comments', 'upgrade'])('so is one that only seems to live: %s', async (fate) => {
    a.fate = fate
    const { client } = await startFront([{ url: a.url, weight: 5, timeLimit: 0.3 }, { url: b.url }])
    expect(await ask(client)).toContain('Paris')
    expect([chats(a), chats(b)]).toEqual([1, 1])
  })

  test.each<Fate>(['cut', 'half', 'stall'])('within its answer, a stream ends with an error: %s', async (fate) => {
    a.fate = fate
    const { client, url } = await startFront([{ url: a.url, weight: 5, timeLimit: 0.5 }, { url: b.url }])
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...story, stream: true }),
    })
    expect(response.status).toBe(200)
    const events = (await response.text()).trim().split('\n\n')
    expect(events.at(-1)).toBe('data: [DONE]')
    expect(JSON.parse(events.at(-2)?.slice(6) ?? '')).toMatchObject({ error: { code: 'upstream_failed' } })
    expect(events.length).toBeGreaterThan(3)
    expect(chats(b)).toBe(0)
    // Of a plain answer nobody has seen anything yet.
    expect(await ask(client)).toContain('Paris')
  })

  test('all of them: 502, after which it may be asked again', async () => {
    const { client } = await startFront([{ url: a.url }, { url: b.url }])
    a.fate = b.fate = 'reset'
    const error = await thrown(ask(client))
    expect(error).toMatchObject({ status: 502, code: 'upstream_failed', type: 'server_error' })
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0)
    expect(chats(a) + chats(b)).toBe(2)
    a.fate = 'pass'
    expect(await ask(client)).toContain('Paris')
  })

  test('all of them busy: 429, and none is asked before its time', async () => {
    a.fate = { status: 429, headers: { 'retry-after': '40' } }
    b.fate = { status: 503, headers: { 'retry-after': '1' } }
    const { client } = await startFront([{ url: a.url }, { url: b.url }])
    const error = await thrown(ask(client))
    expect(error).toMatchObject({ status: 429, code: 'server_busy' })
    expect(error.headers?.get('retry-after')).toBe('1')
    expect(await thrown(ask(client))).toMatchObject({ status: 429 })
    expect(chats(a) + chats(b)).toBe(2)
    a.fate = b.fate = 'pass'
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await ask(client)).toContain('Paris')
    expect([chats(a), chats(b)]).toEqual([1, 2])
  })

  test('one that says that it is well and only fails is left alone', async () => {
    a.fate = { status: 500 }
    const { client, metric } = await startFront([{ url: a.url, weight: 9 }, { url: b.url }])
    for (let n = 0; n < 12; n++) expect(await ask(client, { max_tokens: 1 })).not.toBe('')
    expect(chats(a)).toBe(5)
    expect(await metric('endonym_upstream_healthy{upstream="upstream-a"}')).toBe(0)
    expect(await metric('endonym_upstream_healthy{upstream="upstream-b"}')).toBe(1)
    a.fate = 'pass'
    await new Promise((resolve) => setTimeout(resolve, 1100))
    // One request finds out, as soon as it is a's turn.
    for (let n = 0; n < 3; n++) await ask(client, { max_tokens: 1 })
    expect(await metric('endonym_upstream_healthy{upstream="upstream-a"}')).toBe(1)
  })

  test.each<Fate>(['hang', 'reset', { status: 500 }, 'garbage', 'shape', 'endless line'])(
    'one whose check fails is not asked, until it is well again: %o',
    async (fate) => {
      const { client, log, metric } = await startFront([{ url: a.url, weight: 9 }, { url: b.url }])
      const healthy = () => metric('endonym_upstream_healthy{upstream="upstream-a"}')
      a.checks = fate
      await vi.waitUntil(async () => (await healthy()) === 0, { timeout: 5000 })
      for (let n = 0; n < 3; n++) await ask(client, { max_tokens: 1 })
      expect(chats(a)).toBe(0)
      a.checks = 'pass'
      await vi.waitUntil(async () => (await healthy()) === 1, { timeout: 5000 })
      await ask(client, { max_tokens: 1 })
      expect(chats(a)).toBe(1)
      expect(log.filter((line) => line.includes('answers again after'))).toHaveLength(1)
    },
  )

  test('one that is not there at the start is served when it comes', async () => {
    a.checks = { status: 503 }
    const { client, serving, log } = await startFront([{ url: a.url }])
    expect(log[0]).toMatch(/^Upstream upstream-a at \S+ does not answer: it answered 503\. It is asked again every/)
    expect(await thrown(ask(client))).toMatchObject({ code: 'model_not_found' })
    a.checks = 'pass'
    await vi.waitUntil(async () => (await serving.list()).length > 0, { timeout: 5000 })
    expect(await ask(client)).toContain('Paris')
  })
})

describe('several that have the same model', () => {
  test('get their share by weight, and the idlest is next', () => {
    const workers = [3, 1].map((weight) => ({ settings: { weight }, running: 0 }))
    const next = createBalance<(typeof workers)[number]>()
    const order = Array.from({ length: 8 }, () => workers.indexOf(next(workers) as never))
    expect(order).toEqual([0, 0, 1, 0, 0, 0, 1, 0])
    const started = [0, 0]
    for (let n = 0; n < 40; n++) {
      const worker = next(workers)
      if (worker) started[workers.indexOf(worker)] = ++worker.running
    }
    expect(started).toEqual([30, 10])
    expect(next([])).toBeUndefined()
  })

  test('one after the other, and at once', async () => {
    const { client } = await startFront([{ url: a.url, weight: 3 }, { url: b.url }])
    for (let n = 0; n < 8; n++) await ask(client, { max_tokens: 1 })
    expect([chats(a), chats(b)]).toEqual([6, 2])
    await Promise.all(Array.from({ length: 16 }, () => ask(client, { max_tokens: 2 })))
    expect(chats(a)).toBeGreaterThanOrEqual(15)
    expect(chats(b)).toBeGreaterThanOrEqual(5)
  })

  test('of which one is killed under load: nothing that had not begun is lost', async () => {
    const { client } = await startFront([{ url: a.url }, { url: b.url }])
    const asking = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0 ? ask(client, { max_tokens: 12 }) : askStreamed(client, { max_tokens: 12 }),
    )
    await vi.waitUntil(() => chats(a) > 10)
    await a.close()
    const outcomes = await Promise.allSettled(asking)
    const lost = outcomes.filter(({ status }) => status === 'rejected')
    // At most the streams that were at work at that moment, of which there were two at once.
    expect(lost.length).toBeLessThanOrEqual(2)
    for (const it of outcomes) if (it.status === 'fulfilled') expect(it.value).toContain('Paris')
    expect(await ask(client)).toContain('Paris')
  })
})

describe('whoever goes away', () => {
  test.each([true, false])('ends the request to the upstream at once (streamed: %s)', async (stream) => {
    const { client, serving, metric } = await startFront([{ url: a.url }])
    const abort = new AbortController()
    const asking = client.chat.completions.create({ ...story, stream }, { signal: abort.signal })
    const reading = asking.then(async (answer) => {
      if (Symbol.asyncIterator in answer) for await (const _ of answer);
    })
    reading.catch(() => {})
    await vi.waitUntil(() => origin.serving.status().running > 0)
    await new Promise((resolve) => setTimeout(resolve, 300))
    abort.abort()
    await vi.waitUntil(() => a.left === 1, { timeout: 1000 })
    await origin.idle(1000)
    await vi.waitUntil(() => serving.status().running === 0)
    expect(await metric('endonym_upstream_requests_total{upstream="upstream-a",outcome="aborted"}')).toBe(1)
  })
})

describe('upstreams.json', () => {
  const home = openHome(fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-upstreams-')))
  const write = (value: unknown) =>
    fs.writeFileSync(path.join(home.dir, 'upstreams.json'), typeof value === 'string' ? value : JSON.stringify(value))
  afterAll(() => fs.rmSync(home.dir, { recursive: true }))
  afterEach(() => {
    vi.unstubAllEnvs()
    fs.rmSync(path.join(home.dir, 'upstreams.json'), { force: true })
  })

  test('names servers and what they have; the command line adds others', () => {
    expect(readUpstreams(home)).toEqual([])
    vi.stubEnv('GPU_KEY', 'sk-1')
    const model = { name: 'glg-qwen3', there: 'lora-gl', language: 'galego', base: 'qwen3-4b' }
    write([{ name: 'gpu', url: 'http://gpu:8000/v1/', weight: 3, key: 'GPU_KEY', models: [model, { name: 'x' }] }])
    const [gpu, other, ...rest] = readUpstreams(home, ['https://other/api', 'http://gpu:8000'])
    expect(gpu).toMatchObject({ name: 'gpu', root: 'http://gpu:8000', weight: 3, key: 'sk-1', timeLimit: 120 })
    expect(gpu?.models?.[0]).toMatchObject({ ...model, language: { bcp47: 'gl' } })
    expect(gpu?.models?.[1]).toEqual({ name: 'x', there: 'x' })
    expect(other).toMatchObject({ name: 'other', root: 'https://other/api', weight: 1 })
    expect(rest).toEqual([])
  })

  const url = 'http://gpu:8000'
  test.each<[unknown, RegExp]>([
    ['{', /upstreams\.json cannot be used: .*JSON/],
    [{}, /upstreams\.json: expected array, received object\.$/],
    [[{}], /, at \[0\]\.url: expected string/],
    [[{ url: 'ftp://x' }], /, at \[0\]\.url: expected an address such as http/],
    [[{ url: 'http://me:secret@gpu' }], /, at \[0\]\.url: expected an address/],
    [[{ url: `${url}?key=secret` }], /, at \[0\]\.url: expected an address/],
    [[{ url, weight: 0 }], /, at \[0\]\.weight: /],
    [
      [{ url, key: 'sk-secret' }],
      /, at \[0\]\.key: expected the name of an environment variable .* not the key itself/,
    ],
    [[{ url, key: 'NO_SUCH_VARIABLE' }], /, at \[0\]\.key: the environment variable NO_SUCH_VARIABLE is not set\.$/],
    [[{ url, wieght: 2 }], /, at \[0\]: Unrecognized key: "wieght"\.$/],
    [[{ url, models: [] }], /, at \[0\]\.models: /],
    [[{ url, models: [{ name: 'a', language: 'Klingonish' }] }], /, at \[0\]\.models\[0\]\.language: .*Klingonish/],
    [
      [{ url, models: [{ name: 'a' }, { name: 'a' }] }],
      /, at \[0\]\.models\[1\]\.name: another has the name "a" already/,
    ],
    [
      [
        { url, name: 'x' },
        { url: 'http://b', name: 'x' },
      ],
      /, at \[1\]\.name: another has the name "x" already/,
    ],
  ])('%j is refused', (value, sentence) => {
    write(value)
    const refused = () => readUpstreams(home)
    expect(refused).toThrow(sentence)
    expect(refused).not.toThrow(/secret/)
  })

  test('a key is sent where it belongs, and nowhere else', async () => {
    const { client } = await startFront([{ url: a.url, key: 'sk-1' }])
    await ask(client)
    expect(a.asked[0]?.key).toBe('Bearer sk-1')
    a.fate = { status: 307, headers: { location: `${b.url}/v1/chat/completions` } }
    expect(await thrown(ask(client))).toMatchObject({ code: 'upstream_failed' })
    expect(b.asked).toEqual([])
  })
})
