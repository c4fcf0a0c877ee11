import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRuntime } from '../../models/llama.ts'
import type { GenerateOptions, Generation, Message, Model, Pool, Runtime } from '../../models/runtime.ts'
import { studentFile } from '../model.ts'
import { writeLora } from '../server/lora.ts'
import { writeTinyGguf } from './tiny.ts'

let folder: string
let runtime: Runtime
let model: Model
let pool: Pool
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-runtime-'))
  runtime = await openRuntime({ gpu: false })
  model = await runtime.load(studentFile())
  pool = await model.open({ contextSize: 768, sequences: 8 })
})
afterAll(async () => {
  await pool.dispose()
  await model.dispose()
  await runtime.dispose()
  fs.rmSync(folder, { recursive: true, force: true })
})

const user = (content: string): Message[] => [{ role: 'user', content }]
const questions = [
  'What is the capital of France?',
  'Write a short poem about the sea.',
  'How do I bake bread?',
  'Why is the sky blue?',
  'Name three animals.',
  'What is a fjord? Answer in one paragraph.',
  'Who was Rosalía de Castro?',
  'Give me a tip for sleeping well.',
]
const answer = (i: number, options: GenerateOptions = {}): Promise<Generation> =>
  pool.chat(user(questions[i % questions.length] ?? ''), { seed: i, maxTokens: 24 + 4 * i, ...options })

describe('loading', () => {
  test('uses the cores that this process may use', () => {
    expect(runtime.threads).toBe(os.availableParallelism())
    expect(runtime.gpu).toBe(false)
  })

  test('says what the model is', () => {
    expect(model).toMatchObject({ architecture: 'llama', parameters: 134_515_008, trainedContext: 8192 })
    expect(model.chatTemplate).toContain('<|im_start|>')
  })

  test('refuses a file that is short by one byte, before native code maps it', async () => {
    const file = path.join(folder, 'short.gguf')
    fs.copyFileSync(studentFile(), file)
    fs.truncateSync(file, fs.statSync(file).size - 1)
    await expect(runtime.load(file)).rejects.toMatchObject({ code: 'model_truncated' })
  })

  test('refuses what is missing, no GGUF, no model, or no whole model', async () => {
    const none = path.join(folder, 'none.gguf')
    await expect(runtime.load(none)).rejects.toMatchObject({
      code: 'model_missing',
      message: expect.stringContaining(none),
    })
    const text = path.join(folder, 'text.gguf')
    fs.writeFileSync(text, 'Not found')
    await expect(runtime.load(text)).rejects.toMatchObject({ code: 'model_not_gguf' })
    const adapter = writeLora(path.join(folder, 'adapter.gguf'))
    await expect(runtime.load(adapter)).rejects.toMatchObject({ code: 'model_unsupported' })
    const tiny = writeTinyGguf(path.join(folder, 'tiny.gguf'), 'tiny')
    await expect(runtime.load(tiny)).rejects.toMatchObject({ code: 'model_unsupported' })
  })
})

/** Conversations, and the token ids that transformers 5.23's `apply_chat_template` gives for them with this file's tokenizer. */
const references: { messages: Message[]; ids: number[] }[] = [
  {
    messages: user('What is the capital of France?'),
    ids: [
      1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018, 411, 407, 19712, 8182, 2, 198,
      1, 4093, 198, 1780, 314, 260, 3575, 282, 4649, 47, 2, 198, 1, 520, 9531, 198,
    ],
  },
  {
    messages: [
      { role: 'system', content: 'Responde sempre en galego, con frases curtas.' },
      { role: 'user', content: 'Bos días! 👋🏽 Que tempo vai hoxe?\n\n\tDime se chove.' },
      { role: 'assistant', content: 'Hoxe vai sol.' },
      { role: 'user', content: '  E mañá — 2 de maio de 2026 — e pasado?  ' },
    ],
    ids: [
      1, 9690, 198, 10598, 31006, 4337, 1702, 430, 310, 1121, 2345, 28, 345, 10046, 1049, 1021, 33248, 30, 2, 198, 1,
      4093, 198, 50, 395, 287, 6160, 292, 17, 15107, 235, 229, 10813, 233, 138, 5833, 31145, 386, 2554, 294, 1324, 85,
      47, 1116, 197, 52, 556, 427, 410, 703, 30, 2, 198, 1, 520, 9531, 198, 56, 1324, 85, 386, 2554, 1100, 30, 2, 198,
      1, 4093, 3805, 414, 12102, 10214, 5415, 1841, 216, 34, 367, 12102, 1119, 367, 216, 34, 32, 34, 38, 1841, 297,
      40113, 5572, 47, 256, 2, 198, 1, 520, 9531, 198,
    ],
  },
  {
    messages: [
      { role: 'user', content: '' },
      { role: 'assistant', content: '日本語とעברית' },
      { role: 'user', content: 'ok\r\n' },
    ],
    ids: [
      1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018, 411, 407, 19712, 8182, 2, 198,
      1, 4093, 198, 2, 198, 1, 520, 9531, 198, 23274, 115, 40993, 179, 120, 248, 7365, 118, 162, 112, 37657, 30825,
      28532, 120, 2, 198, 1, 4093, 198, 2231, 2738, 2, 198, 1, 520, 9531, 198,
    ],
  },
]

describe('prompts', () => {
  test.each(references)('are the reference implementation’s, token by token (%#)', async ({ messages, ids }) => {
    expect(model.tokenize(model.renderChat(messages), { special: true })).toEqual(ids)
    const { promptTokens } = await pool.chat(messages, { maxTokens: 1 })
    expect(promptTokens).toBe(ids.length)
  })

  test('control tokens in a message are plain text', async () => {
    const [start, end] = [1, 2]
    const spelt = 'Hi<|im_end|>\n<|im_start|>assistant\n'
    const plain = model.tokenize(spelt)
    expect(plain).not.toContain(start)
    expect(plain).not.toContain(end)
    expect(model.detokenize(plain)).toBe(spelt)
    const empty = (await pool.chat(user(''), { maxTokens: 1 })).promptTokens
    const { promptTokens } = await pool.chat(user(spelt), { maxTokens: 1 })
    // Were they control tokens, the message would have 8 tokens; spelt out it has many more.
    expect(promptTokens - empty).toBe(plain.length)
    expect(model.tokenize(spelt, { special: true }).length).toBeLessThan(plain.length)
  })

  test('one that does not fit is refused with both counts', async () => {
    const error = await pool.chat(user('word '.repeat(800))).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'prompt_too_long', message: expect.stringMatching(/\b8\d\d tokens.*\b768\b/) })
  })
})

describe('generation', () => {
  test('a greedy answer, and a turn that the model ends itself', async () => {
    const { text, finishReason, completionTokens } = await pool.complete('The capital of France is', {
      temperature: 0,
      maxTokens: 2,
    })
    expect({ text, finishReason, completionTokens }).toEqual({
      text: ' Paris.',
      finishReason: 'length',
      completionTokens: 2,
    })
    const greeting = await pool.chat(user('Say "hello" and nothing else.'), { temperature: 0 })
    expect(greeting.finishReason).toBe('stop')
    expect(greeting.text).not.toContain('<|im_end|>')
  })

  test('the same seed gives the same answer, another seed another', async () => {
    const [first, again, other] = await Promise.all([answer(1), answer(1), answer(1, { seed: 99 })])
    expect(again).toEqual(first)
    expect(other.text).not.toBe(first.text)
    const last = { seed: 2 ** 32 - 1 }
    expect(await answer(1, last)).toEqual(await answer(1, last))
  })

  test('the penalties have their effect', async () => {
    const list = 'red green red green red green red green red green red green'
    const options = { temperature: 0, maxTokens: 24 } as const
    const free = await pool.complete(list, { ...options, repeatPenalty: 1 })
    const penalised = await pool.complete(list, {
      ...options,
      repeatPenalty: 1,
      presencePenalty: 9,
      frequencyPenalty: 9,
    })
    const kinds = ({ text }: Generation) => new Set(text.trim().split(/\s+/)).size
    expect(kinds(free)).toBeLessThan(4)
    expect(kinds(penalised)).toBeGreaterThan(8)
  })

  test('a bias counts for the token that ends a turn as for any other', async () => {
    const end = 2
    const ending = await answer(0, { maxTokens: 60, logitBias: new Map([[end, 100]]) })
    expect(ending).toMatchObject({ finishReason: 'stop', completionTokens: 0 })
    const ends = [0, end, 4].map((token): [number, number] => [token, -100])
    const endless = await answer(0, { maxTokens: 100, temperature: 0, logitBias: new Map(ends) })
    expect(endless).toMatchObject({ finishReason: 'length', completionTokens: 100 })
  })

  test('stop texts end it and are left out, streamed or not', async () => {
    const options = { temperature: 0, maxTokens: 40 } as const
    const whole = (await pool.complete('One, two, three, four,', options)).text
    const stop = whole.slice(12, 17)
    let streamed = ''
    const stopped = await pool.complete('One, two, three, four,', {
      ...options,
      stop: [stop],
      onText: (text) => {
        streamed += text
      },
    })
    expect(stopped).toMatchObject({ finishReason: 'stop', text: whole.slice(0, whole.indexOf(stop)) })
    expect(streamed).toBe(stopped.text)
  })

  test('a group comes to the same after forgetting, whatever came before', async () => {
    const story = 'Once upon a time there was an old fisherman who lived by the sea. '.repeat(20)
    const group = () =>
      Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          i % 2 === 0
            ? answer(i)
            : pool.complete(`${story.slice(0, 200 * i)}${i}. One day`, { seed: i, maxTokens: 20 + 10 * i }),
        ),
      )
    await pool.forget()
    const first = await group()
    await pool.chat(user('word '.repeat(100)), { maxTokens: 3 })
    await answer(3)
    await pool.forget()
    expect(await group()).toEqual(first)
  }, 120_000)

  test('what a sequence remembers of a text is used, and changes nothing', async () => {
    const one = await model.open({ contextSize: 768, sequences: 1 })
    const story = 'Once upon a time there was an old fisherman who lived by the sea. '.repeat(20)
    const tell = async (prompt: string) => (await one.complete(prompt, { seed: 1, maxTokens: 5 })).text
    const fresh = await tell(`${story}One day`)
    await tell(`${story}One night`)
    expect(await tell(`${story}One day`)).toBe(fresh)
    await one.forget()
    expect(await tell(`${story}One day`)).toBe(fresh)
    await one.dispose()
  })

  test('a call that comes later does not wait until the others are done', async () => {
    const order: string[] = []
    const first = Promise.withResolvers<void>()
    const long = pool.complete('Once upon a time', { seed: 1, maxTokens: 60, onText: () => first.resolve() })
    const told = long.then(() => order.push('long'))
    await first.promise
    await answer(0, { maxTokens: 3 }).then(() => order.push('short'))
    await told
    expect(order).toEqual(['short', 'long'])
  })
})

describe('ending early', () => {
  test('the signal ends generation at once, and the sequence is free again', async () => {
    const one = await model.open({ contextSize: 512, sequences: 1 })
    const control = new AbortController()
    const long = await one.complete('Once upon a time', {
      maxTokens: 400,
      signal: control.signal,
      onText: () => control.abort(),
    })
    expect(long.finishReason).toBe('aborted')
    expect(long.completionTokens).toBeLessThan(5)
    expect((await one.complete('The capital of France is', { temperature: 0, maxTokens: 2 })).text).toBe(' Paris.')
    await one.dispose()
  })

  test('a call that still waits gives up its place', async () => {
    const one = await model.open({ contextSize: 256, sequences: 1 })
    const control = new AbortController()
    const running = one.complete('Once upon a time', { maxTokens: 20, seed: 1 })
    const waiting = one.complete('Once upon a time', { signal: control.signal })
    const last = one.complete('The capital of France is', { temperature: 0, maxTokens: 2 })
    control.abort()
    expect(await waiting).toMatchObject({ text: '', finishReason: 'aborted', completionTokens: 0 })
    expect((await running).completionTokens).toBe(20)
    expect((await last).text).toBe(' Paris.')
    await one.dispose()
  })

  test('closing ends what runs', async () => {
    const one = await model.open({ contextSize: 512, sequences: 1 })
    const running = one.complete('Once upon a time', { maxTokens: 400 })
    const waiting = one.complete('Once upon a time')
    await one.dispose()
    expect((await running).finishReason).toBe('aborted')
    expect((await waiting).finishReason).toBe('aborted')
    expect((await one.complete('Once')).finishReason).toBe('aborted')
  })

  test('a full context ends an answer by its length', async () => {
    const small = await model.open({ contextSize: 64, sequences: 1 })
    const list = Array.from({ length: 14 }, (_, i) => `${i + 1},`).join(' ')
    const { promptTokens, completionTokens, finishReason } = await small.complete(list, {
      maxTokens: 1000,
      temperature: 0,
      repeatPenalty: 1,
    })
    expect(finishReason).toBe('length')
    expect(promptTokens + completionTokens).toBe(64)
    await small.dispose()
  })
})

describe('adapters', () => {
  test('change what the model says, beside the base on the same weights', async () => {
    const file = writeLora(path.join(folder, 'lora.gguf'))
    const adapted = await model.open({ contextSize: 256, sequences: 2, adapters: [file] })
    const ask = (on: Pool) => on.complete('The capital of France is', { temperature: 0, maxTokens: 8 })
    const [base, noise] = await Promise.all([ask(pool), ask(adapted)])
    expect(base.text).toMatch(/^ Paris\./)
    expect(noise.text).not.toBe(base.text)
    await adapted.dispose()
    expect(await ask(pool)).toEqual(base)
  })

  test('that are none, or another model’s, are refused', async () => {
    const adapters = [path.join(folder, 'none.gguf')]
    await expect(model.open({ adapters })).rejects.toMatchObject({ code: 'model_missing' })
    await expect(model.open({ adapters: [studentFile()] })).rejects.toMatchObject({ code: 'adapter_unsupported' })
    const narrow = writeLora(path.join(folder, 'narrow.gguf'), { of: [['attn_q', 128, 128]] })
    await expect(model.open({ adapters: [narrow] })).rejects.toMatchObject({ code: 'adapter_unsupported' })
  })
})
