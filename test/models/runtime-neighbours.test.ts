import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRuntime } from '../../models/llama.ts'
import type { Generation, Model, Pool, Runtime, Scorer } from '../../models/runtime.ts'
import { studentFile } from '../model.ts'
import { writeLora } from '../server/lora.ts'

let folder: string
let runtime: Runtime
let model: Model
let pool: Pool
let scorer: Scorer
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-neighbours-'))
  runtime = await openRuntime({ gpu: false })
  model = await runtime.load(studentFile())
  pool = await model.open({ contextSize: 768, sequences: 8 })
  scorer = await model.openScorer({ contextSize: 768 })
})
afterAll(async () => {
  await pool.dispose()
  await scorer.dispose()
  await model.dispose()
  await runtime.dispose()
  fs.rmSync(folder, { recursive: true, force: true })
})

const subjects = ['France', 'the sea', 'bread', 'the sky', 'three animals', 'a fjord', 'a poet', 'good sleep']
const story = 'Once upon a time there was an old fisherman who lived by the sea. '

const ask = (i: number) =>
  pool.chat([{ role: 'user', content: `Tell me about ${subjects[i]}.` }], { seed: i, maxTokens: 16 + 4 * i })

async function oneByOne<T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < count; i++) results.push(await work(i))
  return results
}

test('an answer does not depend on its neighbours', async () => {
  const alone = await oneByOne(8, ask)
  expect(await Promise.all(subjects.map((_, i) => ask(i)))).toEqual(alone)
  // In another order, with more calls than sequences, beside long prompts and scores, on sequences that hold other texts.
  const [first, second] = await Promise.all([
    Promise.all(subjects.map((_, i) => ask(7 - i))),
    Promise.all([0, 1, 2, 3].map(ask)),
    pool.complete('word '.repeat(400), { maxTokens: 3 }),
    scorer.score('', [story]),
  ])
  expect(first.reverse()).toEqual(alone)
  expect(second).toEqual(alone.slice(0, 4))
}, 120_000)

// Attention is computed another way from 256 tokens on: across that boundary, and beyond it.
test.each([15, 20])(
  'nor in a long context, of %i sentences',
  async (times) => {
    const tell = (i: number) =>
      pool.complete(`${story.repeat(times)}${i}. One day`, { seed: i, maxTokens: 40 + 10 * i })
    const alone = await oneByOne(4, tell)
    expect(alone.every(({ promptTokens, completionTokens }) => promptTokens + completionTokens > 256)).toBe(true)
    const others = Promise.all([6, 7].map(ask))
    expect(await Promise.all([tell(3), tell(2), tell(1), tell(0)])).toEqual(alone.toReversed())
    await others
  },
  120_000,
)

test('nor with an adapter, nor on the sequences of another pool', async () => {
  const adapters = [writeLora(path.join(folder, 'noise.gguf'))]
  const ask = (on: Pool, i: number) => on.complete(`${i}. The capital of France is`, { seed: i, maxTokens: 20 + i })
  const one = await model.open({ contextSize: 256, sequences: 1, adapters })
  const alone: Generation[] = await oneByOne(3, (i) => ask(one, i))
  await one.dispose()
  const three = await model.open({ contextSize: 256, sequences: 3, adapters })
  expect(await Promise.all([0, 1, 2].map((i) => ask(three, i)))).toEqual(alone)
  await three.dispose()
})

test('nor does a score', async () => {
  const texts = [story, story.repeat(12), story.repeat(12).slice(100), story.repeat(30), `${story.repeat(12)}The end.`]
  const alone = await oneByOne(texts.length, (i) => scorer.score('', [texts[i] ?? '']))
  const [again] = await Promise.all([
    Promise.all([...texts, ...texts].map((text) => scorer.score('', [text]))),
    pool.complete('Once upon a time', { maxTokens: 20 }),
  ])
  expect(again).toEqual([...alone, ...alone])
}, 120_000)
