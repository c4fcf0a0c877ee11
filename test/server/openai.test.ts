import type OpenAI from 'openai'
import { APIUserAbortError, BadRequestError, NotFoundError } from 'openai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { adapter, alias, base, rightToLeft, startServer, student, type TestServer, templateless } from './start.ts'
import { thrown } from './thrown.ts'

vi.setConfig({ testTimeout: 60_000 })

let server: TestServer
let client: OpenAI
beforeAll(async () => {
  server = await startServer()
  client = server.client
}, 60_000)
afterAll(() => server.close())

const user = (content: string) => ({ role: 'user' as const, content })
const system = { role: 'system' as const, content: 'You are a helpful assistant.' }
const capital = {
  model: student,
  messages: [system, user('What is the capital of France?')],
  temperature: 0,
  max_tokens: 24,
}
const story = { model: student, messages: [user('Tell me a very long story about the sea.')], max_tokens: 800 }

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('answers', () => {
  test('several first chats at once load the weights once, and each gets the answer it would get alone', async () => {
    const names = ['France', 'Japan', 'France', 'Japan', 'France', 'Japan']
    const ask = async (name: string) => {
      const messages = [system, user(`What is the capital of ${name}?`)]
      const answer = await client.chat.completions.create({ ...capital, messages })
      return answer.choices[0]?.message.content
    }
    const together = await Promise.all(names.map(ask))
    expect(server.loads).toHaveLength(1)
    for (const [i, answer] of together.entries()) expect(answer).toContain(i % 2 === 0 ? 'is Paris' : 'is Tokyo')
    expect(await ask('Japan')).toBe(together[5])
  })

  test('several answers to one conversation, plain and streamed', async () => {
    const ask = { ...capital, messages: [user('Say something.')], temperature: 1, seed: 3, n: 2, max_tokens: 8 }
    const { choices, usage } = await client.chat.completions.create(ask)
    const texts = choices.map(({ message }) => message.content)
    expect(choices.map(({ index }) => index)).toEqual([0, 1])
    expect(new Set(texts).size).toBe(2)
    const streamed = ['', '']
    let tokens = 0
    const stream = client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } })
    for await (const chunk of await stream) {
      for (const { index, delta } of chunk.choices) streamed[index] += delta.content ?? ''
      tokens += chunk.usage?.completion_tokens ?? 0
    }
    expect(streamed).toEqual(texts)
    expect(tokens).toBe(usage?.completion_tokens)
  })

  test('what a model thinks first is in a channel of its own, plain and streamed', async () => {
    // Turns that show it how, since SmolLM2 does not think by itself.
    const shown = (country: string, capital: string) => [
      user(`Capital of ${country}?`),
      {
        role: 'assistant' as const,
        content: `<think>\nThey ask for the capital of ${country}.\n</think>\n\n${capital}.`,
      },
    ]
    const messages = [...shown('Spain', 'Madrid'), ...shown('Italy', 'Rome'), user('Capital of France?')]
    const ask = { model: student, messages, temperature: 0, max_tokens: 40, repeat_penalty: 1 }
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]?.message).toMatchObject({
      reasoning_content: 'They ask for the capital of France.',
      content: 'Paris.',
    })
    expect(JSON.stringify(choices)).not.toContain('think>')
    const streamed = { content: '', reasoning_content: '' }
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      const delta = chunk.choices[0]?.delta as { content?: string; reasoning_content?: string }
      streamed.content += delta.content ?? ''
      streamed.reasoning_content += delta.reasoning_content ?? ''
    }
    expect(choices[0]?.message).toMatchObject(streamed)
    // Cut off while it thinks, it has not answered yet.
    const short = await client.chat.completions.create({ ...ask, max_tokens: 5 })
    expect(short.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } })
  })

  test('says how likely each token of the answer was, and what would have been likely', async () => {
    const { choices, usage } = await client.chat.completions.create({ ...capital, logprobs: true, top_logprobs: 3 })
    const content = choices[0]?.logprobs?.content ?? []
    expect(content.map(({ token }) => token).join('')).toBe('The capital of France is Paris.')
    expect(content).toHaveLength(usage?.completion_tokens ?? 0)
    expect(Buffer.from(content.flatMap(({ bytes }) => bytes ?? [])).toString()).toBe(choices[0]?.message.content)
    for (const { token, logprob, top_logprobs } of content) {
      expect(logprob).toBeLessThanOrEqual(0)
      expect(top_logprobs).toHaveLength(3)
      // At temperature 0 the likeliest was taken; the penalty on what stood before turns none here.
      expect(top_logprobs[0]).toMatchObject({ token, logprob })
    }
    const bare = await client.chat.completions.create({ ...capital, logprobs: true, n: 2, seed: 1 })
    for (const { message, logprobs } of bare.choices) {
      expect(logprobs?.content?.map(({ token }) => token).join('')).toBe(message.content)
      expect(logprobs?.content?.[0]?.top_logprobs).toEqual([])
    }
  })

  test('log-probabilities of a stream come in one chunk after its text, and are those of the plain answer', async () => {
    const ask = { ...capital, logprobs: true, top_logprobs: 2, n: 2, seed: 3 }
    const plain = await client.chat.completions.create(ask)
    const likelihoods: unknown[][] = [[], []]
    for await (const { choices } of await client.chat.completions.create({ ...ask, stream: true })) {
      for (const { index, logprobs } of choices) if (logprobs) likelihoods[index]?.push(logprobs)
    }
    expect(likelihoods).toEqual(plain.choices.map(({ logprobs }) => [logprobs]))
  })

  test('log-probabilities are of what is answered: of no thought, and of no stop text', async () => {
    const thinking = [
      user('Capital of Spain?'),
      { role: 'assistant' as const, content: '<think>\nThey ask for Spain.\n</think>\n\nMadrid.' },
      user('Capital of Italy?'),
      { role: 'assistant' as const, content: '<think>\nThey ask for Italy.\n</think>\n\nRome.' },
      user('Capital of France?'),
    ]
    for (const ask of [
      { ...capital, messages: thinking, repeat_penalty: 1, max_tokens: 40 },
      { ...capital, stop: [' is'] },
    ]) {
      const { choices } = await client.chat.completions.create({ ...ask, logprobs: true })
      const said = choices[0]?.logprobs?.content?.map(({ token }) => token).join('')
      expect(choices[0]?.message.content).not.toBe('')
      expect(said?.trim()).toBe(choices[0]?.message.content)
    }
  })

  test('a bias keeps a token out, or brings it in', async () => {
    const [paris] = await server.serving.tokenize(await server.serving.find(student), ' Paris')
    const ask = async (bias: number) => {
      const answer = await client.chat.completions.create({ ...capital, logit_bias: { [String(paris)]: bias } })
      return answer.choices[0]?.message.content
    }
    expect(await ask(0)).toContain(' Paris')
    expect(await ask(-100)).not.toContain(' Paris')
    expect(await ask(100)).toContain(' Paris Paris')
  })

  test('JSON of a schema, and any JSON object', async () => {
    const schema = { type: 'object', properties: { capital: { type: 'string' } }, required: ['capital'] }
    const ask = { ...capital, messages: [user('Name the capital of France as JSON.')], max_tokens: 60 }
    const strict = await client.chat.completions.create({
      ...ask,
      response_format: { type: 'json_schema', json_schema: { name: 'capital', schema } },
    })
    expect(JSON.parse(strict.choices[0]?.message.content ?? '')).toEqual({ capital: expect.any(String) })
    const any = await client.chat.completions.create({ ...ask, response_format: { type: 'json_object' } })
    expect(any.choices[0]?.message.content).toMatch(/^\{/)
    // llama-server's way to say it, which OpenAI's types do not know.
    const format = { type: 'json_object' as const, schema: { const: '42' } }
    const fixed = await client.chat.completions.create({ ...ask, response_format: format })
    // Nothing comes after the value, such as line ends until "max_tokens".
    expect(fixed.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '"42"' } })
  })

  test('a schema that cannot be followed is refused', async () => {
    const deep = (levels: number): object =>
      levels === 0 ? { type: 'null' } : { type: 'array', items: deep(levels - 1) }
    for (const schema of [
      { type: 'nothing that there is' },
      { type: 'string', pattern: '^a+$' },
      { type: 'object', properties: { age: { type: 'integer', minimum: 5 } } },
      { $ref: 'https://example.org/schema.json' },
      { $ref: '#/$defs/none', $defs: { some: { type: 'null' } } },
      deep(100),
    ]) {
      const error = await thrown(
        client.chat.completions.create({
          ...capital,
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'x', schema: schema as Record<string, unknown> },
          },
        }),
      )
      expect([schema, error.status]).toEqual([schema, 400])
      expect(error.param).toMatch(/^response_format\.json_schema\.schema/)
    }
  })

  test('so is one that is deeper than anybody could follow, before it is looked at', async () => {
    const schema = `${'{"items":'.repeat(100_000)}{}${'}'.repeat(100_000)}`
    const format = `{"type": "json_schema", "json_schema": {"name": "x", "schema": ${schema}}}`
    const body = `{"model": "${student}", "messages": [{"role": "user", "content": "Hi"}], "response_format": ${format}}`
    const response = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: 'response_format.json_schema.schema' } })
  })

  test('a plain answer, with its usage', async () => {
    const answer = await client.chat.completions.create(capital)
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: student,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant' } }],
    })
    expect(answer.choices[0]?.message.content).toBe('The capital of France is Paris.')
    // "The capital of France is Paris." is 7 tokens.
    expect(answer.usage).toMatchObject({ completion_tokens: 7 })
    const { prompt_tokens = 0, total_tokens } = answer.usage ?? {}
    expect(total_tokens).toBe(prompt_tokens + 7)
  })

  test('a streamed answer is the plain one in pieces, with usage at the end where it is asked for', async () => {
    const plain = await client.chat.completions.create({ ...story, max_tokens: 40, seed: 7 })
    const stream = await client.chat.completions.create({
      ...story,
      max_tokens: 40,
      seed: 7,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = await collect(stream)
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
    expect(text).toBe(plain.choices[0]?.message.content)
    expect(chunks.length).toBeGreaterThan(10)
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant')
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: plain.usage })
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true)

    const bare = await collect(await client.chat.completions.create({ ...capital, stream: true }))
    expect(bare.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    expect(bare.some((chunk) => 'usage' in chunk)).toBe(false)
  })

  test('the system prompt may be called developer, and content may come in parts', async () => {
    const asked = [user('Say a word.')]
    const [none, system, developer, parts] = await Promise.all(
      [
        asked,
        [{ role: 'system' as const, content: 'You are a pirate.' }, ...asked],
        [{ role: 'developer' as const, content: 'You are a pirate.' }, ...asked],
        [
          {
            role: 'system' as const,
            content: [
              { type: 'text' as const, text: 'You are ' },
              { type: 'text' as const, text: 'a pirate.' },
            ],
          },
          ...asked,
        ],
      ].map((messages) => client.chat.completions.create({ ...capital, messages })),
    )
    expect(system?.usage?.prompt_tokens).not.toBe(none?.usage?.prompt_tokens)
    expect(developer?.choices).toEqual(system?.choices)
    expect(parts?.choices).toEqual(system?.choices)
  })

  test('stop texts, the limit and the seed are obeyed', async () => {
    const stopped = await client.chat.completions.create({ ...capital, stop: [' Paris'] })
    expect(stopped.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'The capital of France is' },
    })
    const short = await client.chat.completions.create({ ...capital, max_tokens: null, max_completion_tokens: 3 })
    expect(short.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'The capital of' } })
    const drawn = async (seed: number) =>
      (await client.chat.completions.create({ ...story, max_tokens: 16, temperature: 1.5, seed })).choices[0]?.message
        .content
    const [first, again, other] = [await drawn(-1), await drawn(-1), await drawn(2)]
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })
})

describe('models', () => {
  test('are listed, each with its language and direction', async () => {
    const models = await collect(client.models.list())
    expect(models.map(({ id }) => id).sort()).toEqual([adapter, base, rightToLeft, student, templateless].sort())
    expect(await client.models.retrieve(alias)).toMatchObject({
      id: student,
      endonym: { aliases: [alias], best: true },
    })
    const hebrew = await client.models.retrieve(rightToLeft)
    expect(hebrew).toMatchObject({
      object: 'model',
      owned_by: 'endonym',
      endonym: { role: 'student', language: 'he', name: 'Hebrew', endonym: 'עברית', direction: 'rtl', base },
    })
    expect((await client.models.retrieve(adapter)).id).toBe(adapter)
    expect((await client.models.retrieve(base)) as unknown).toMatchObject({
      endonym: { language: null, direction: null },
    })
    expect((await thrown(client.models.retrieve('gpt-4o'))).code).toBe('model_not_found')
  })

  test.each(['gl', 'glg', 'Galician', 'galego', 'GLG-SmolLM2-135M', alias, `galego@${base}`])(
    '%s means the student of that language',
    async (model) => {
      const answer = await client.chat.completions.create({ ...capital, model, max_tokens: 1 })
      expect(answer.model).toBe(student)
    },
  )

  test('an adapter speaks otherwise than its base, and shares its weights', async () => {
    const ask = (model: string) => client.chat.completions.create({ ...capital, model, seed: 1 })
    const [plain, adapted, again] = await Promise.all([ask(base), ask('Basque'), ask(adapter)])
    expect(adapted.model).toBe(adapter)
    expect(plain.choices[0]?.message.content).toBe('The capital of France is Paris.')
    expect(adapted.choices[0]?.message.content).not.toBe(plain.choices[0]?.message.content)
    expect(again.choices).toEqual(adapted.choices)
    expect(server.loads).toHaveLength(1)
  })
})

describe('cancelling', () => {
  test('a stream that is left in the middle frees its sequence at once', async () => {
    for (let round = 0; round < 3; round++) {
      // As many as there are sequences: the next chat could not run if one of them went on.
      const streams = await Promise.all([1, 2].map(() => client.chat.completions.create({ ...story, stream: true })))
      for (const stream of streams) {
        let pieces = 0
        for await (const _ of stream) if (++pieces === 4) break
      }
      await server.idle()
    }
    const answer = await client.chat.completions.create(capital)
    expect(answer.choices[0]?.message.content).toContain('Paris')
    expect(server.log.filter(({ finish_reason }) => finish_reason === 'aborted')).toHaveLength(6)
  })

  test('so does a plain request, and one that waits its turn', async () => {
    const abort = new AbortController()
    const requests = [1, 2, 3, 4].map(() => client.chat.completions.create(story, { signal: abort.signal }))
    while (server.serving.status().waiting < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 300))
    abort.abort()
    const outcomes = await Promise.allSettled(requests)
    expect(outcomes.every((it) => it.status === 'rejected' && it.reason instanceof APIUserAbortError)).toBe(true)
    await server.idle()
  })
})

describe('refusals are typed errors', () => {
  test('a model that is not there', async () => {
    const error = await thrown(client.chat.completions.create({ ...capital, model: 'gpt-4o' }))
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model', type: 'invalid_request_error' })
    expect(error.message).toContain(student)
  })

  test.each([false, true])('a prompt that is too long (streamed: %s)', async (stream) => {
    const messages = [user('word '.repeat(3000))]
    const error = await thrown(client.chat.completions.create({ ...capital, messages, stream }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'messages' })
    expect(error.message).toMatch(/30\d\d tokens.* 1024/)
  })

  test('a model that is no chat model', async () => {
    const error = await thrown(client.chat.completions.create({ ...capital, model: templateless }))
    expect(error).toMatchObject({ status: 400, code: 'no_chat_template', param: 'model' })
    expect(error.message).not.toContain(server.home.dir)
  })

  test('malformed JSON', async () => {
    const torn = client.withOptions({ fetch: (url, init) => fetch(url, { ...init, body: '{"model": "gl", "mess' }) })
    const error = await thrown(torn.chat.completions.create(capital))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'invalid_json', type: 'invalid_request_error' })
  })

  test('a body that is too large', async () => {
    const messages = [user('x'.repeat(1 << 20))]
    const error = await thrown(client.chat.completions.create({ ...capital, messages }))
    expect(error).toMatchObject({ status: 413, code: 'request_too_large' })
  })

  test.each([
    [{ model: 1 }, 'model', 'invalid_type'],
    [{ model: undefined }, 'model', 'missing_required_parameter'],
    [{ messages: [] }, 'messages', 'invalid_value'],
    [{ messages: [{ role: 'bard', content: 'x' }] }, 'messages[0].role', 'invalid_value'],
    [{ messages: [user('x'), { role: 'user', content: 5 }] }, 'messages[1].content', 'invalid_type'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'messages[0].content[0].type',
      'invalid_value',
    ],
    [{ temperature: 'hot' }, 'temperature', 'invalid_type'],
    [{ temperature: 3 }, 'temperature', 'invalid_value'],
    [{ top_p: -1 }, 'top_p', 'invalid_value'],
    [{ max_tokens: 0 }, 'max_tokens', 'invalid_value'],
    [{ seed: 0.5 }, 'seed', 'invalid_type'],
    [{ stop: 5 }, 'stop', 'invalid_type'],
    [{ stop: [''] }, 'stop[0]', 'invalid_value'],
    [{ n: 0 }, 'n', 'invalid_value'],
    [{ n: 17 }, 'n', 'invalid_value'],
    [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', 'invalid_value'],
    [{ top_logprobs: 2 }, 'top_logprobs', 'invalid_value'],
    [{ logit_bias: { '49152': 1 } }, 'logit_bias', 'invalid_value'],
    [{ logit_bias: { Paris: 1 } }, 'logit_bias.Paris', 'invalid_value'],
    [{ tools: [{ type: 'function', function: { name: 'add' } }] }, 'tools', 'unsupported_value'],
    [{ response_format: { type: 'xml' } }, 'response_format.type', 'invalid_value'],
    [
      { response_format: { type: 'json_object', schema: { type: 'hiccup' } } },
      'response_format.schema',
      'invalid_type',
    ],
    [{ continue_final_message: true }, 'continue_final_message', 'unsupported_value'],
    [{ add_generation_prompt: false }, 'add_generation_prompt', 'unsupported_value'],
    [{ grammar: 'root ::= "a"' }, 'grammar', 'unsupported_value'],
    [{ json_schema: { const: '42' } }, 'json_schema', 'unsupported_value'],
  ])('%j', async (wrong, param, code) => {
    const error = await thrown(client.chat.completions.create({ ...capital, ...wrong } as typeof capital))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ param, code, type: 'invalid_request_error' })
    expect(error.message).toContain(`"${param}"`)
  })

  test('what asks for nothing is no reason to refuse', async () => {
    const harmless = {
      n: 1,
      logprobs: false,
      tools: [],
      response_format: { type: 'text' as const },
      user: 'x',
      stop: null,
    }
    const answer = await client.chat.completions.create({ ...capital, ...harmless, max_tokens: 1, tools: [] })
    expect(answer.choices).toHaveLength(1)
  })
})
