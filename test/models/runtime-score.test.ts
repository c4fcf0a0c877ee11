import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRuntime } from '../../models/llama.ts'
import type { Model, Pool, Runtime } from '../../models/runtime.ts'
import { studentFile } from '../model.ts'

let runtime: Runtime
let model: Model
let pool: Pool
beforeAll(async () => {
  runtime = await openRuntime({ gpu: false })
  model = await runtime.load(studentFile())
  pool = await model.open({ contextSize: 1024, sequences: 4 })
})
afterAll(async () => {
  await pool.dispose()
  await model.dispose()
  await runtime.dispose()
})

const sentence = 'Todos os seres humanos nacen libres e iguais en dignidade e dereitos.'
const article = Array.from(
  { length: 12 },
  (_, i) => `${i + 1}. All human beings are born free and equal in dignity and rights.`,
).join(' ')

/** Σ log P of the tokens after the first, from the whole distribution at every position. */
async function reference(tokens: number[]): Promise<{ logProb: number; greedy: boolean }> {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: runtime.threads,
    logLevel: LlamaLogLevel.error,
  })
  const native = await llama.loadModel({ modelPath: studentFile() })
  const context = await native.createContext({ contextSize: 256, threads: runtime.threads })
  const outputs = await context
    .getSequence()
    .controlledEvaluate(tokens.map((token) => [token as never, { generateNext: { probabilities: true } }]))
  let logProb = 0
  let greedy = true
  for (const [i, target] of tokens.slice(1).entries()) {
    const probabilities = new Map<number, number>(outputs[i]?.next.probabilities)
    logProb += Math.log(probabilities.get(target) ?? 0)
    greedy &&= probabilities.get(target) === Math.max(...probabilities.values())
  }
  await context.dispose()
  await native.dispose()
  await llama.dispose()
  return { logProb, greedy }
}

describe('score', () => {
  test('is the sum of the log-probabilities', async () => {
    const tokens = model.tokenize(sentence)
    // An empty prompt: the text after BOS, which is token 1 here.
    const whole = await reference([1, ...tokens])
    const scored = await pool.score('', sentence)
    expect(scored.tokens).toBe(tokens.length)
    expect(Math.abs(scored.logProb - whole.logProb)).toBeLessThan(1e-3)
    expect(scored.greedy).toBe(whole.greedy)
    const [prompt, continuation] = ['The capital of France is', ' Paris.']
    const all = await reference(model.tokenize(prompt + continuation))
    const before = await reference(model.tokenize(prompt))
    const part = await pool.score(prompt, continuation)
    expect(part).toMatchObject({ tokens: 2, greedy: true })
    expect(Math.abs(part.logProb - (all.logProb - before.logProb))).toBeLessThan(1e-3)
  })

  test('prefers what is true, and adds up', async () => {
    const [paris, rome] = await Promise.all([
      pool.score('The capital of France is', ' Paris'),
      pool.score('The capital of France is', ' Rome'),
    ])
    expect(paris.logProb).toBeGreaterThan(rome.logProb + 2)
    const rest = await pool.score('The capital of France is Paris', '.')
    const both = await pool.score('The capital of France is', ' Paris.')
    expect(both.logProb).toBeCloseTo(paris.logProb + rest.logProb, 4)
  })

  test('a token in which prompt and continuation join belongs to the continuation', async () => {
    const apart = await pool.score('The capital of France is', ' Paris')
    const joined = await pool.score('The capital of France is ', 'Paris')
    expect(joined).toEqual(apart)
  })

  test('nothing is scored where there is nothing', async () => {
    expect(await pool.score('Hello', '')).toEqual({ logProb: 0, tokens: 0, greedy: true })
    expect(await pool.score('', '')).toEqual({ logProb: 0, tokens: 0, greedy: true })
  })

  test('does not depend on neighbours, nor on what the sequence has read before', async () => {
    const texts = [sentence, article, article.slice(100), sentence.slice(20), article + article]
    const alone = []
    for (const text of texts) alone.push(await pool.score('', text))
    const [again] = await Promise.all([
      Promise.all([...texts, ...texts].map((text) => pool.score('', text))),
      pool.complete('Once upon a time', { maxTokens: 20 }),
    ])
    expect(again).toEqual([...alone, ...alone])
  })

  test('a text longer than the context is scored to its end, in windows that overlap', async () => {
    const small = await model.open({ contextSize: 96, sequences: 1 })
    const whole = await pool.score('', article)
    const windows = await small.score('', article)
    expect(windows.tokens).toBe(whole.tokens)
    expect(whole.tokens).toBeGreaterThan(2 * 96)
    // With less to look back on it is a little less likely, and far likelier than with nothing.
    expect(windows.logProb).toBeLessThan(whole.logProb + 1)
    const pieces = await Promise.all((article.match(/.{1,40}/gs) ?? []).map((piece) => pool.score('', piece)))
    expect(windows.logProb).toBeGreaterThan(pieces.reduce((sum, { logProb }) => sum + logProb, 0))
    const last = await small.score(`${article} The capital of France is`, ' Paris')
    expect(last.tokens).toBe(1)
    expect(last.logProb).toBeGreaterThan(-3)
    await small.dispose()
  })
})

describe('embed', () => {
  test('gives one vector of length 1 a text, near for near meanings', async () => {
    const [cat, kitten, market, again] = (await model.embed([
      'A cat sleeps on the mat.',
      'A kitten is sleeping on the rug.',
      'The stock market fell by three percent on Monday.',
      'A cat sleeps on the mat.',
    ])) as [Float32Array, Float32Array, Float32Array, Float32Array]
    const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
    expect(cat.length).toBe(576)
    expect(cosine(cat, cat)).toBeCloseTo(1, 5)
    expect(again).toEqual(cat)
    expect(cosine(cat, kitten)).toBeGreaterThan(cosine(cat, market))
  })

  test('every token counts: it is the mean, not the last', async () => {
    const end = ' and so it ended.'
    const [a, b] = (await model.embed([`Fire${end}`, `Water${end}`])) as [Float32Array, Float32Array]
    expect(a.every((value, i) => Math.abs(value - (b[i] ?? 0)) < 1e-6)).toBe(false)
    expect(await model.embed([])).toEqual([])
    const [empty] = await model.embed([''])
    expect(empty?.length).toBe(576)
  })
})
