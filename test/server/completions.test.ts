import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startServer, student, type TestServer } from './start.ts'

vi.setConfig({ testTimeout: 60_000 })

let server: TestServer
let client: OpenAI
beforeAll(async () => {
  server = await startServer()
  client = server.client
}, 60_000)
afterAll(() => server.close())

const france = 'The capital of France is'

describe('completions', () => {
  test('continue a text as it stands', async () => {
    const { object, choices, usage } = await client.completions.create({
      model: student,
      prompt: france,
      max_tokens: 3,
      temperature: 0,
    })
    expect(object).toBe('text_completion')
    expect(choices).toEqual([{ index: 0, text: ' Paris.\n', logprobs: null, finish_reason: 'length' }])
    expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 })
  })

  test('take sixteen tokens where nothing is said, as OpenAI does', async () => {
    const { usage } = await client.completions.create({ model: student, prompt: 'Once upon a time', seed: 1 })
    expect(usage?.completion_tokens).toBe(16)
  })

  test('several prompts, as texts and as tokens, are answered in their order', async () => {
    const ask = { model: student, max_tokens: 2, temperature: 0 }
    const texts = [france, 'One, two, three,', 'The opposite of hot is']
    const together = await client.completions.create({ ...ask, prompt: texts })
    const apart = []
    for (const prompt of texts) apart.push((await client.completions.create({ ...ask, prompt })).choices[0]?.text)
    expect(together.choices.map(({ index, text }) => [index, text])).toEqual([...apart.entries()])
    // "The capital of France is", in SmolLM2's words.
    const tokens = await client.completions.create({ ...ask, prompt: [504, 3575, 282, 4649, 314] })
    expect(tokens.choices[0]?.text).toBe(apart[0])
  })

  test('echo says how likely each token of the prompt was', async () => {
    const { choices } = await client.completions.create({
      model: student,
      prompt: `${france} Paris`,
      max_tokens: 1,
      temperature: 0,
      echo: true,
      logprobs: 1,
    })
    const [choice] = choices
    expect(choice?.text).toBe(`${france} Paris.`)
    const { tokens = [], token_logprobs = [], top_logprobs = [], text_offset = [] } = choice?.logprobs ?? {}
    expect(tokens).toEqual(['The', ' capital', ' of', ' France', ' is', ' Paris', '.'])
    expect(text_offset).toEqual([0, 3, 11, 14, 21, 24, 30])
    // Nothing comes before the first.
    expect([token_logprobs[0], top_logprobs[0]]).toEqual([null, null])
    for (const logprob of token_logprobs.slice(1)) expect(logprob).toBeLessThan(0)
    // Of what follows "is", Paris is the likeliest; of what follows "The", "capital" is not.
    expect(top_logprobs[5]).toEqual({ ' Paris': token_logprobs[5] })
    expect(Math.max(...Object.values(top_logprobs[1] ?? {}))).toBeGreaterThan(token_logprobs[1] ?? 0)
    expect(Math.exp(token_logprobs[5] ?? 0)).toBeGreaterThan(0.3)
  })

  test('echo without more tokens is the prompt alone, and its log-probabilities are those of scoring', async () => {
    const { choices, usage } = await client.completions.create({
      model: student,
      prompt: `${france} Paris.`,
      max_tokens: 0,
      echo: true,
      logprobs: 5,
    })
    const { token_logprobs = [], top_logprobs = [] } = choices[0]?.logprobs ?? {}
    expect([choices[0]?.text, choices[0]?.finish_reason]).toEqual([`${france} Paris.`, 'length'])
    expect(usage?.completion_tokens).toBe(0)
    const likeliest = Object.values(top_logprobs[5] ?? {})
    expect(likeliest.length).toBe(5)
    expect(likeliest).toEqual(likeliest.toSorted((a, b) => b - a))
    expect(likeliest.reduce((sum, each) => sum + Math.exp(each), 0)).toBeLessThan(1)
    expect(token_logprobs.length).toBe(7)
  })

  test('characters of several tokens stay whole', async () => {
    const prompt = 'ሰላም 👩‍👧 é'
    const { choices } = await client.completions.create({
      model: student,
      prompt,
      max_tokens: 0,
      echo: true,
      logprobs: 0,
    })
    const { tokens = [], text_offset = [], top_logprobs } = choices[0]?.logprobs ?? {}
    expect(tokens.join('')).toBe(prompt)
    expect(top_logprobs).toBeNull()
    expect(text_offset.at(-1)).toBeLessThan([...prompt].length)
  })

  test('log-probabilities without echo are of the new tokens alone', async () => {
    const { choices } = await client.completions.create({
      model: student,
      prompt: france,
      max_tokens: 2,
      temperature: 0,
      logprobs: 2,
    })
    expect(choices[0]?.text).toBe(' Paris.')
    expect(choices[0]?.logprobs?.tokens).toEqual([' Paris', '.'])
    expect(choices[0]?.logprobs?.top_logprobs?.map((each) => Object.keys(each).length)).toEqual([2, 2])
  })

  test('stream', async () => {
    const stream = await client.completions.create({
      model: student,
      prompt: france,
      max_tokens: 3,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    const finishes = []
    let tokens = 0
    for await (const { choices, usage } of stream) {
      text += choices[0]?.text ?? ''
      if (choices[0]?.finish_reason) finishes.push(choices[0].finish_reason)
      tokens += usage?.completion_tokens ?? 0
    }
    expect([text, finishes, tokens]).toEqual([' Paris.\n', ['length'], 3])
  })
})

describe('streams', () => {
  const ask = { model: student, max_tokens: 3, seed: 4 }

  test.each([
    { prompt: [france, 'One, two, three,'], n: 2 },
    { prompt: [france, 'One, two, three,'], n: 2, echo: true },
    { prompt: [504, 3575, 282, 4649, 314], echo: true },
    { prompt: france, echo: true, max_tokens: 0 },
    { prompt: [france, 'One, two, three,'], n: 2, logprobs: 2 },
    { prompt: france, echo: true, max_tokens: 1, temperature: 0, logprobs: 1 },
  ])('come to what is answered plainly: %j', async (wish) => {
    const plain = await client.completions.create({ ...ask, ...wish })
    const texts: Record<number, string> = {}
    const likelihoods: Record<number, OpenAI.CompletionChoice.Logprobs | null> = {}
    let usage: OpenAI.CompletionUsage | undefined | null
    const stream = { stream: true, stream_options: { include_usage: true } } as const
    for await (const chunk of await client.completions.create({ ...ask, ...wish, ...stream })) {
      for (const { index, text, logprobs } of chunk.choices) {
        texts[index] = (texts[index] ?? '') + text
        likelihoods[index] = logprobs
      }
      usage = chunk.usage
    }
    expect(texts).toEqual(Object.fromEntries(plain.choices.map(({ index, text }) => [index, text])))
    expect(usage).toEqual(plain.usage)
    // They come with the end of each.
    expect(likelihoods).toEqual(Object.fromEntries(plain.choices.map(({ index, logprobs }) => [index, logprobs])))
  })

  test('a prompt that is refused is refused before the stream begins, and ends the others', async () => {
    const refused = client.completions.create({
      ...ask,
      prompt: [france, 'word '.repeat(2000)],
      max_tokens: 900,
      echo: true,
      stream: true,
    })
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'prompt' })
    await server.idle()
  })
})

describe('several completions', () => {
  const ask = { model: student, prompt: 'The sea is', max_tokens: 6, seed: 5 }

  test('of one prompt differ, and come again with the seed', async () => {
    const one = await client.completions.create(ask)
    const three = await client.completions.create({ ...ask, n: 3 })
    const texts = three.choices.map(({ text }) => text)
    expect(three.choices.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(new Set(texts).size).toBe(3)
    expect(texts[0]).toBe(one.choices[0]?.text)
    expect(three.usage).toMatchObject({ prompt_tokens: one.usage?.prompt_tokens, completion_tokens: 18 })
    expect((await client.completions.create({ ...ask, n: 3 })).choices.map(({ text }) => text)).toEqual(texts)
  })

  test('the best is the likeliest of those that were drawn', async () => {
    const drawn = await client.completions.create({ ...ask, n: 4, logprobs: 0 })
    const mean = ({ logprobs }: OpenAI.CompletionChoice) =>
      (logprobs?.token_logprobs ?? []).reduce((sum, each) => sum + (each ?? 0), 0) / 6
    const [best] = drawn.choices.toSorted((a, b) => mean(b) - mean(a))
    const { choices, usage } = await client.completions.create({ ...ask, best_of: 4 })
    expect(choices).toMatchObject([{ index: 0, text: best?.text, logprobs: null }])
    expect(usage?.completion_tokens).toBe(24)
  })

  test('are streamed side by side', async () => {
    const whole = await client.completions.create({ ...ask, n: 2 })
    const texts = ['', '']
    for await (const { choices } of await client.completions.create({ ...ask, n: 2, stream: true }))
      for (const { index, text } of choices) texts[index] += text
    expect(texts).toEqual(whole.choices.map(({ text }) => text))
  })
})

describe('what cannot be done is refused with the parameter that is to blame', () => {
  const refused: [string, object, string, string][] = [
    ['no prompt', {}, 'prompt', 'missing_required_parameter'],
    ['a prompt of the wrong type', { prompt: 5 }, 'prompt', 'invalid_type'],
    ['an empty list of tokens', { prompt: [] }, 'prompt', 'invalid_type'],
    ['tokens that are no whole numbers', { prompt: [1.5] }, 'prompt', 'invalid_type'],
    ['a token that the model does not have', { prompt: [49152] }, 'prompt', 'invalid_value'],
    ['too many log-probabilities', { prompt: 'a', logprobs: 6 }, 'logprobs', 'invalid_value'],
    ['more completions than there may be', { prompt: 'a', n: 17 }, 'n', 'invalid_value'],
    ['the best of fewer than are wanted', { prompt: 'a', n: 3, best_of: 2 }, 'best_of', 'invalid_value'],
    ['a stream of the best', { prompt: 'a', best_of: 3, stream: true }, 'best_of', 'unsupported_value'],
    ['a suffix', { prompt: 'a', suffix: 'z' }, 'suffix', 'unsupported_value'],
    ['a grammar', { prompt: 'a', grammar: 'root ::= "a"' }, 'grammar', 'unsupported_value'],
    ['a prompt that is too long', { prompt: 'word '.repeat(2000) }, 'prompt', 'context_length_exceeded'],
  ]
  test.each(refused)('%s', async (_, body, param, code) => {
    const response = await fetch(`${server.url}/v1/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: student, ...body }),
    })
    const { error } = (await response.json()) as { error: { param: string; code: string } }
    expect([response.status, error.param, error.code]).toEqual([400, param, code])
  })
})
