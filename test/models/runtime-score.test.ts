import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRuntime } from '../../models/llama.ts'
import type { Model, Runtime, Score, Scorer } from '../../models/runtime.ts'
import { studentFile } from '../model.ts'
import { writeLora } from '../server/lora.ts'

let runtime: Runtime
let model: Model
let scorer: Scorer
beforeAll(async () => {
  runtime = await openRuntime({ gpu: false })
  model = await runtime.load(studentFile())
  scorer = await model.openScorer({ contextSize: 1024 })
})
afterAll(async () => {
  await scorer.dispose()
  await model.dispose()
  await runtime.dispose()
})

const sentence = 'Todos os seres humanos nacen libres e iguais en dignidade e dereitos.'
const article = Array.from(
  { length: 12 },
  (_, i) => `${i + 1}. All human beings are born free and equal in dignity and rights.`,
).join(' ')

async function score(prompt: string, continuation: string, on = scorer): Promise<Score> {
  const [score] = await on.score(prompt, [continuation])
  if (!score) throw new Error('There is no score.')
  return score
}

/** Σ log P of the tokens after the first, from the whole distribution at every position. */
async function reference(tokens: number[]): Promise<{ logProb: number; greedy: boolean }> {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: runtime.threads,
    logLevel: LlamaLogLevel.error,
  })
  const native = await llama.loadModel({ modelPath: studentFile() })
  const context = await native.createContext({ contextSize: 256, threads: runtime.threads, flashAttention: false })
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
    const scored = await score('', sentence)
    expect(scored.tokens).toBe(tokens.length)
    expect(Math.abs(scored.logProb - whole.logProb)).toBeLessThan(1e-3)
    expect(scored.greedy).toBe(whole.greedy)
    const [prompt, continuation] = ['The capital of France is', ' Paris.']
    const all = await reference(model.tokenize(prompt + continuation))
    const before = await reference(model.tokenize(prompt))
    const part = await score(prompt, continuation)
    expect(part).toMatchObject({ tokens: 2, greedy: true })
    expect(Math.abs(part.logProb - (all.logProb - before.logProb))).toBeLessThan(1e-3)
  })

  test('prefers what is true, and adds up', async () => {
    const [paris, rome] = await Promise.all([
      score('The capital of France is', ' Paris'),
      score('The capital of France is', ' Rome'),
    ])
    expect(paris.logProb).toBeGreaterThan(rome.logProb + 2)
    const rest = await score('The capital of France is Paris', '.')
    const both = await score('The capital of France is', ' Paris.')
    expect(both.logProb).toBeCloseTo(paris.logProb + rest.logProb, 4)
  })

  test('a token in which prompt and continuation join belongs to the continuation', async () => {
    const apart = await score('The capital of France is', ' Paris')
    const joined = await score('The capital of France is ', 'Paris')
    expect(joined).toEqual(apart)
  })

  test('nothing is scored where there is nothing', async () => {
    expect(await score('Hello', '')).toEqual({ logProb: 0, tokens: 0, greedy: true })
    expect(await score('', '')).toEqual({ logProb: 0, tokens: 0, greedy: true })
  })

  test('does not depend on neighbours, nor on what the sequence has read before', async () => {
    const texts = [sentence, article, article.slice(100), sentence.slice(20), article + article]
    const alone = []
    for (const text of texts) alone.push(await score('', text))
    const again = await Promise.all([...texts, ...texts].map((text) => score('', text)))
    expect(again).toEqual([...alone, ...alone])
  })

  test('several continuations of a prompt are scored as each of them alone', async () => {
    const prompts = ['The capital of France is', '', `${article}\nQuestion: who is free?\nAnswer:`]
    const sets = [
      [' Paris', ' Rome', ' Paris.', ' a city in the north of the country', ' Paris'],
      [' A', ' B', ' C', ' D'],
      [' human beings', ' human rights', ' nobody', ''],
      [' one'],
      [],
    ]
    for (const prompt of prompts) {
      for (const continuations of sets) {
        const apart: Score[] = []
        for (const continuation of continuations) {
          // Another text in between, so that nothing is left of what was read.
          await score('', 'Something else.')
          apart.push(await score(prompt, continuation))
        }
        await score('', 'Something else.')
        expect(await scorer.score(prompt, continuations)).toEqual(apart)
      }
    }
  })

  test('nor do the scores of an adapter depend on how a text was cut', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-score-'))
    const adapted = await model.openScorer({ contextSize: 512, adapters: [writeLora(path.join(folder, 'noise.gguf'))] })
    try {
      const prompt = article.slice(0, 700)
      const whole = await score(prompt, ' and that is all', adapted)
      await score('', 'Something else.', adapted)
      for (const length of [40, 300, 500]) await score(prompt.slice(0, length), ' and that is all', adapted)
      expect(await score(prompt, ' and that is all', adapted)).toEqual(whole)
      expect((await score(prompt, ' and that is all')).logProb).not.toBe(whole.logProb)
    } finally {
      await adapted.dispose()
      fs.rmSync(folder, { recursive: true })
    }
  })

  test('a text longer than the context is scored to its end, in windows that overlap', async () => {
    const small = await model.openScorer({ contextSize: 96 })
    const whole = await score('', article)
    const windows = await score('', article, small)
    expect(windows.tokens).toBe(whole.tokens)
    expect(whole.tokens).toBeGreaterThan(2 * 96)
    // With less to look back on it is a little less likely, and far likelier than with nothing.
    expect(windows.logProb).toBeLessThan(whole.logProb + 1)
    const pieces = await Promise.all((article.match(/.{1,40}/gs) ?? []).map((piece) => score('', piece)))
    expect(windows.logProb).toBeGreaterThan(pieces.reduce((sum, { logProb }) => sum + logProb, 0))
    const last = await score(`${article} The capital of France is`, ' Paris', small)
    expect(last.tokens).toBe(1)
    expect(last.logProb).toBeGreaterThan(-3)
    await small.dispose()
  })
})

describe('scoreTokens', () => {
  test('says how likely each token was', async () => {
    const tokens = model.tokenize(sentence)
    const scores = await scorer.scoreTokens(sentence, { top: 3 })
    expect(scores.map(({ token }) => token)).toEqual(tokens)
    expect(scores.map(({ text }) => text).join('')).toBe(sentence)
    expect(scores[0]).toMatchObject({ logProb: undefined, top: [] })
    const sum = scores.slice(1).reduce((sum, { logProb = Number.NaN }) => sum + logProb, 0)
    expect(Math.abs(sum - (await reference(tokens)).logProb)).toBeLessThan(1e-3)
    for (const { logProb = 0, top } of scores.slice(1)) {
      expect(top.length).toBe(3)
      expect(top[0]?.logProb).toBeGreaterThanOrEqual(logProb)
      expect(top[0]?.logProb).toBeGreaterThanOrEqual(top[1]?.logProb ?? 0)
    }
  })

  test('to the same numbers as score', async () => {
    const { logProb } = await score('The capital of France is', ' Paris, a city.')
    const after = model.tokenize(' Paris, a city.')
    const scores = await scorer.scoreTokens(model.tokenize('The capital of France is'), { after })
    expect(scores.slice(-after.length).reduce((sum, each) => sum + (each.logProb ?? Number.NaN), 0)).toBe(logProb)
  })

  test('refuses what the model has no token or no room for', async () => {
    await expect(scorer.scoreTokens([1, 49152])).rejects.toMatchObject({ code: 'token_unknown' })
    await expect(scorer.scoreTokens([-1])).rejects.toMatchObject({ code: 'token_unknown' })
    await expect(scorer.scoreTokens('word '.repeat(1100))).rejects.toMatchObject({ code: 'prompt_too_long' })
    expect(await scorer.scoreTokens('')).toEqual([])
    expect(await scorer.scoreTokens([504])).toEqual([{ token: 504, text: 'The', logProb: undefined, top: [] }])
  })

  test('ends between two pieces when nobody waits for it, and the next one comes to the same', async () => {
    const long = `${article} `.repeat(2)
    await scorer.forget()
    const signal = AbortSignal.timeout(30)
    const started = performance.now()
    await expect(scorer.scoreTokens(long, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
    const ended = performance.now() - started
    const scores = await scorer.scoreTokens(long)
    expect(ended).toBeLessThan(performance.now() - started - ended)
    await scorer.forget()
    expect(await scorer.scoreTokens(long)).toEqual(scores)
    // Nor does one wait for its turn any more.
    const [first, second] = [scorer.scoreTokens(long), scorer.scoreTokens(long, { signal })]
    await expect(second).rejects.toBe(signal.reason)
    await first
  })

  test('comes to the same whatever was asked before', async () => {
    const prompt = `${article} Question: who is born free? Answer:`
    const asked = [
      { text: `${prompt} All`, top: 1, next: true },
      { text: `${prompt} Human`, top: 1, next: true },
      { text: `${prompt} Human beings`, top: 1 },
      { text: `${prompt} Human beings`, top: 2 },
      { text: 'All', top: 2, next: true },
      { text: `${prompt} All`, top: 2 },
    ]
    const after = []
    for (const { text, ...options } of asked) after.push(await scorer.scoreTokens(text, options))
    for (const [i, { text, ...options }] of asked.entries()) {
      await scorer.forget()
      expect(after[i]).toEqual(await scorer.scoreTokens(text, options))
    }
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
    await expect(model.embed(['a'], { signal: AbortSignal.abort('gone') })).rejects.toBe('gone')
  })
})
