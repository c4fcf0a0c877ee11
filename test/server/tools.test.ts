import type OpenAI from 'openai'
import { BadRequestError } from 'openai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { answers } from '../../server/openapi.ts'
import { startServer, student, type TestServer } from './start.ts'
import { addWithTemplate, callingTemplate } from './template.ts'

vi.setConfig({ testTimeout: 60_000 })

/** The student with a template that has tools, and with one whose marks are control tokens. */
const [calling, marked] = ['calling', 'marked']
const marks = { open: '<issue_start>', close: '' }

let server: TestServer
let client: OpenAI
beforeAll(async () => {
  server = await startServer()
  client = server.client
  await addWithTemplate(server, calling, callingTemplate())
  await addWithTemplate(server, marked, callingTemplate(marks))
}, 60_000)
afterAll(() => server.close())

type Tool = OpenAI.ChatCompletionFunctionTool
type Message = OpenAI.ChatCompletionMessageParam

const tool = (name: string, argument: string, of: object = { type: 'string' }): Tool => ({
  type: 'function',
  function: {
    name,
    description: `Tells the ${name} of a ${argument}.`,
    parameters: { type: 'object', properties: { [argument]: of }, required: [argument], additionalProperties: false },
  },
})
const [weather, population] = [tool('weather', 'city'), tool('population', 'country')]
const ask = {
  model: calling,
  messages: [{ role: 'user' as const, content: 'What is the weather in Rome?' }],
  tools: [weather, population],
  temperature: 0,
  max_tokens: 60,
  repeat_penalty: 1,
}

/** Turns that show the model how a call is made: SmolLM2 makes none by itself. */
const shown = (...cities: string[][]): Message[] =>
  cities.flatMap((asked, nth) => {
    const calls = asked.map((city, at) => ({
      id: `call${nth}${at}`,
      type: 'function' as const,
      function: { name: 'weather', arguments: JSON.stringify({ city }) },
    }))
    return [
      { role: 'user' as const, content: `What is the weather in ${asked.join(' and ')}?` },
      { role: 'assistant' as const, content: null, tool_calls: calls },
      ...calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'Sunny.' })),
      { role: 'assistant' as const, content: 'It is sunny.' },
    ]
  })
const fewShots = (...cities: string[][]) => [
  ...shown(['Paris'], ['Madrid'], ...cities),
  { role: 'user' as const, content: 'What is the weather in Rome?' },
]

/** A stream put together by OpenAI's own client. */
const streamed = (body: OpenAI.ChatCompletionCreateParams) =>
  client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()

/** What is said of a call; its id is another each time. */
const made = (completion: OpenAI.ChatCompletion) =>
  completion.choices.map(({ message, finish_reason }) => ({
    content: message.content || null,
    calls: message.tool_calls?.map((call) => call.type === 'function' && call.function),
    finish_reason,
  }))

describe('a call that is required', () => {
  test('is made by a real model, of a function that there is, with arguments that follow its schema', async () => {
    const answer = await client.chat.completions.create({ ...ask, tool_choice: 'required' })
    const [choice] = answer.choices
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { role: 'assistant', content: null } })
    const [call, ...more] = choice?.message.tool_calls ?? []
    expect([call?.type, more]).toEqual(['function', []])
    expect(call?.id).toMatch(/^[A-Za-z0-9]{9}$/)
    const { name, arguments: given } = (call as OpenAI.ChatCompletionMessageFunctionToolCall).function
    const argument = { weather: 'city', population: 'country' }[name]
    expect(JSON.parse(given)).toEqual({ [argument ?? '']: expect.any(String) })
    expect(made(await streamed({ ...ask, tool_choice: 'required' }))).toEqual(made(answer))
  })

  test('is of the function that is named', async () => {
    for (const name of ['weather', 'population']) {
      const answer = await client.chat.completions.create({
        ...ask,
        tool_choice: { type: 'function', function: { name } },
      })
      expect(made(answer)).toMatchObject([{ finish_reason: 'tool_calls', content: null, calls: [{ name }] }])
    }
  })

  test('has arguments of any form where their schema cannot be followed, unless it is strict', async () => {
    const free = tool('weather', 'city', { type: 'string', pattern: '^[A-Z]' })
    const answer = await client.chat.completions.create({ ...ask, tools: [free], tool_choice: 'required' })
    expect(made(answer)).toMatchObject([{ calls: [{ name: 'weather' }] }])
    for (const each of [free, tool('weather', 'city', { $ref: '#/$defs/none' })]) {
      const strict = { ...each, function: { ...each.function, strict: true } }
      const refused = client.chat.completions.create({ ...ask, tools: [strict], tool_choice: 'required' })
      await expect(refused).rejects.toMatchObject({ status: 400, param: 'tools[0].function.parameters' })
    }
    const followed = { ...weather, function: { ...weather.function, strict: true } }
    const kept = await client.chat.completions.create({ ...ask, tools: [followed], tool_choice: 'required' })
    expect(made(kept)).toMatchObject([{ calls: [{ arguments: expect.stringContaining('"city"') }] }])
  })

  test('of a function without parameters has none', async () => {
    const tools: Tool[] = [{ type: 'function', function: { name: 'now' } }]
    const answer = await client.chat.completions.create({ ...ask, tools, tool_choice: 'required' })
    expect(made(answer)).toMatchObject([{ calls: [{ name: 'now', arguments: '{}' }] }])
  })

  test('is made in each of several answers', async () => {
    const several = { ...ask, tool_choice: 'required' as const, n: 2, seed: 3, temperature: 1 }
    const answer = await client.chat.completions.create(several)
    expect(answer.choices.map(({ message }) => message.tool_calls?.length)).toEqual([1, 1])
    expect(made(await streamed(several))).toEqual(made(answer))
  })

  test('that was cut off is none', async () => {
    const answer = await client.chat.completions.create({ ...ask, tool_choice: 'required', max_tokens: 4 })
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'length' })
    expect(answer.choices[0]?.message.tool_calls).toBeUndefined()
  })
})

describe('a model may call by itself', () => {
  test('plain and streamed, and nothing of it is text', async () => {
    const body = { ...ask, messages: fewShots() }
    const answer = await client.chat.completions.create({ ...body, logprobs: true })
    const call = { name: 'weather', arguments: '{"city":"Rome"}' }
    expect(made(answer)).toEqual([{ content: null, calls: [call], finish_reason: 'tool_calls' }])
    expect(answer.choices[0]?.logprobs?.content).toEqual([])
    expect(made(await streamed(body))).toEqual(made(answer))
  })

  test('as often as it likes, or once', async () => {
    const messages = [
      ...shown(['Paris', 'Oslo'], ['Madrid', 'Lima']),
      { role: 'user' as const, content: 'What is the weather in Rome and Bonn?' },
    ]
    const body = { ...ask, messages, max_tokens: 90 }
    const [both] = made(await client.chat.completions.create(body))
    expect(both?.calls).toMatchObject([{ arguments: '{"city":"Rome"}' }, { name: 'weather' }])
    const indices: number[] = []
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true }))
      for (const { index } of chunk.choices[0]?.delta.tool_calls ?? []) indices.push(index)
    expect(indices).toEqual([0, 1])
    const [one] = made(await client.chat.completions.create({ ...body, parallel_tool_calls: false }))
    expect(one).toEqual({ content: null, calls: both?.calls?.slice(0, 1), finish_reason: 'tool_calls' })
  })

  test('also by a control token, which is written out where it is the mark of a call', async () => {
    const { serving } = server
    const written = async (name: string) => {
      const model = await serving.find(name)
      return serving.detokenize(model, await serving.tokenize(model, `Yes: ${marks.open}{}<|im_end|>`))
    }
    expect(await written(marked)).toBe(`Yes: ${marks.open}{}`)
    expect(await written(calling)).toBe('Yes: {}')
    const answer = await client.chat.completions.create({ ...ask, model: marked, tool_choice: 'required' })
    expect(made(answer)).toMatchObject([{ content: null, finish_reason: 'tool_calls' }])
  })

  test('and what it calls that there is not is text', async () => {
    const [choice] = made(await client.chat.completions.create({ ...ask, messages: fewShots(), tools: [population] }))
    expect(choice).toMatchObject({ calls: undefined, finish_reason: 'stop' })
    expect(choice?.content).toContain('<tool_call>')
  })
})

test('a model is told of the functions, unless none may be called', async () => {
  const tokens = async (body: object) =>
    (await client.chat.completions.create({ ...ask, max_tokens: 1, ...body })).usage?.prompt_tokens ?? 0
  const without = await tokens({ tools: undefined })
  expect(await tokens({})).toBeGreaterThan(without + 50)
  expect(await tokens({ tool_choice: 'none' })).toBe(without)
})

test('what a function answered is read, though none may be called any more', async () => {
  const messages = shown(['Paris']).slice(0, -1)
  const { tools: _, ...body } = ask
  const answer = await client.chat.completions.create({ ...body, messages })
  expect(made(answer)).toMatchObject([{ content: expect.stringMatching(/./), calls: undefined }])
})

test('calls are answered as the document says', async () => {
  const post = async (body: object) =>
    (
      await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ ...ask, tool_choice: 'required', ...body }),
      })
    ).text()
  /** The same, refusing what the schema does not name. */
  const strictly = (type: z.ZodType) => z.fromJSONSchema(z.toJSONSchema(type))
  expect(strictly(answers.chat).safeParse(JSON.parse(await post({}))).error).toBeUndefined()
  const events = (await post({ stream: true })).split('\n').filter((line) => line.startsWith('data: {'))
  expect(events.some((event) => event.includes('"tool_calls":[{"index":0'))).toBe(true)
  for (const event of events)
    expect(strictly(answers.chatChunk).safeParse(JSON.parse(event.slice(6))).error).toBeUndefined()
})

describe('what cannot be promised is refused with the parameter that is to blame', () => {
  const called = (of: object): Message[] => [
    { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, ...of }] },
  ]
  let deep: object = {}
  for (let level = 0; level < 40; level++) deep = { properties: deep }
  const named = (of: object) => [{ type: 'function', function: { name: 'f', ...of } }]
  const strict = [{ type: 'function', function: { ...weather.function, strict: true } }]
  const refused: [object, string, string][] = [
    [{ model: student }, 'tools', 'unsupported_value'],
    [{ model: student, tools: undefined, messages: shown(['Rome']) }, 'tools', 'unsupported_value'],
    [{ tools: [{}] }, 'tools[0].type', 'missing_required_parameter'],
    [{ tools: [{ type: 'custom' }] }, 'tools[0].type', 'invalid_value'],
    [{ tools: named({ name: 'a b' }) }, 'tools[0].function.name', 'invalid_value'],
    [{ tools: named({ name: 'a'.repeat(65) }) }, 'tools[0].function.name', 'invalid_value'],
    [{ tools: named({ parameters: deep }) }, 'tools[0].function.parameters', 'invalid_value'],
    [{ tools: named({ parameters: { a: 'x'.repeat(100_000) } }) }, 'tools[0].function.parameters', 'invalid_value'],
    [{ tools: Array.from({ length: 129 }, () => weather) }, 'tools', 'invalid_value'],
    [{ tools: strict }, 'tools[0].function.strict', 'unsupported_value'],
    [{ tool_choice: 'sometimes' }, 'tool_choice', 'invalid_type'],
    [{ tool_choice: 'required', tools: [] }, 'tool_choice', 'invalid_value'],
    [{ tool_choice: { type: 'function', function: { name: 'none' } } }, 'tool_choice', 'invalid_value'],
    [
      { tool_choice: 'required', tools: [tool('f', 'a', { type: 'array', items: { type: 'null' }, minItems: 9999 })] },
      'tools',
      'invalid_value',
    ],
    [{ tool_choice: 'required', stop: 'x' }, 'stop', 'unsupported_value'],
    [{ response_format: { type: 'json_object' } }, 'response_format', 'unsupported_value'],
    [{ functions: [{ name: 'f' }] }, 'functions', 'unsupported_value'],
    [{ function_call: { name: 'f' } }, 'function_call', 'unsupported_value'],
    [{ messages: [{ role: 'assistant' }] }, 'messages[0].content', 'missing_required_parameter'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id', 'missing_required_parameter'],
    [{ messages: [{ role: 'tool', content: 'x', tool_call_id: 'a' }] }, 'messages[0].tool_call_id', 'invalid_value'],
    [{ messages: called({ type: 'custom' }) }, 'messages[0].tool_calls[0].type', 'invalid_value'],
    ...['no JSON', '[]', '"text"', `{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`].map(
      (given): [object, string, string] => [
        { messages: called({ function: { name: 'f', arguments: given } }) },
        'messages[0].tool_calls[0].function.arguments',
        'invalid_value',
      ],
    ),
  ]
  test.each(refused)('%j', async (body, param, code) => {
    const error = await client.chat.completions.create({ ...ask, ...body } as typeof ask).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ param, code, message: expect.stringContaining(`"${param}"`) })
  })
})
