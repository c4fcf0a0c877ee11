import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHost } from '../../../models/host/local.ts'
import type { Weights } from '../../../models/host.ts'
import { openRuntime } from '../../../models/llama.ts'
import type { Runtime } from '../../../models/runtime.ts'
import { studentFile } from '../../model.ts'
import { writeLora } from '../../server/lora.ts'

const sizes = { contextSize: 256, sequences: 2 }
const greedy = { temperature: 0, repeatPenalty: 1, maxTokens: 8 }

let runtime: Runtime
let folder: string
/** The base, and the base under three adapters. */
let all: Weights[]
beforeAll(async () => {
  runtime = await openRuntime({ gpu: false })
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-lodging-'))
  const adapters = ['a', 'b', 'c'].map((name) => writeLora(path.join(folder, `${name}.gguf`)))
  all = [[], ...adapters.map((each) => [each])].map((adapters) => ({ file: studentFile(), adapters }))
})
afterAll(async () => {
  await runtime.dispose()
  fs.rmSync(folder, { recursive: true })
})

/** What the weights and contexts of so many of them take. */
async function bytesOf(contexts: number): Promise<number> {
  const model = await runtime.load(studentFile())
  const each = await model.contextBytes(sizes)
  await model.dispose()
  const adapter = fs.statSync(path.join(folder, 'a.gguf')).size
  return fs.statSync(studentFile()).size + contexts * (each + adapter)
}

test('contexts that were not used for longest make room for others', async () => {
  const host = createHost({ runtime, ...sizes, memory: await bytesOf(2) })
  const [base, a, b] = all as [Weights, Weights, Weights, Weights]
  const answer = async (weights: Weights) => (await host.complete(weights, 'Once upon', greedy)).text
  const first = await answer(base)
  await answer(a)
  expect(host.status().loaded).toEqual([base, a])
  await answer(base)
  await answer(b)
  expect(host.status().loaded).toEqual([base, b])
  const { weights, adapters, contexts, limit } = host.status().memory
  expect(weights + adapters + contexts).toBeLessThanOrEqual(limit)
  await answer(a)
  expect(host.status().loaded).toEqual([b, a])
  // What made room comes back and is the same.
  expect(await answer(base)).toBe(first)
  await host.dispose()
})

test('asked for all at once, each answers in its turn, and those at work are not disturbed', async () => {
  const host = createHost({ runtime, ...sizes, memory: await bytesOf(1) })
  const asked = [...all, ...all].map((weights) => host.complete(weights, 'Once upon', greedy))
  const answers = await Promise.all(asked)
  for (const { completionTokens } of answers) expect(completionTokens).toBe(8)
  for (let i = 0; i < all.length; i++) expect(answers[i]?.text).toBe(answers[i + all.length]?.text)
  expect(host.status().loaded).toHaveLength(1)
  await host.dispose()
})

test('whoever waits for a model, or for room, can give up and is in the way of nobody', async () => {
  const host = createHost({ runtime, ...sizes, memory: await bytesOf(1) })
  const [base, a, b] = all as [Weights, Weights, Weights, Weights]
  const short = AbortSignal.timeout(1)
  await expect(host.load(base, { signal: short })).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await host.complete(base, 'Once', { ...greedy, signal: short })).toMatchObject({ finishReason: 'aborted' })
  expect(await host.embed(base, ['Once'], { signal: short })).toEqual({ vectors: [], tokens: 0 })

  // While one is at work, there is no room for the others.
  const [atWork, gone] = [new AbortController(), new AbortController()]
  const begun = Promise.withResolvers<void>()
  const endless = { ...greedy, maxTokens: 200, logitBias: new Map([0, 2].map((end) => [end, -100])) }
  const story = host.complete(base, 'Once', { ...endless, signal: atWork.signal, onText: () => begun.resolve() })
  await begun.promise
  const waiting = [a, b].map((weights) => host.complete(weights, 'Once', { ...greedy, signal: gone.signal }))
  const scores = host.complete(base, 'Once', { ...greedy, maxTokens: 1, logProbs: 1, signal: gone.signal })
  // Its room takes nobody as long as another one waits for it; then it does again.
  const behind = host.complete(base, 'Once', greedy)
  await new Promise((resolve) => setTimeout(resolve, 50))
  gone.abort()
  for (const { finishReason } of await Promise.all([...waiting, scores])) expect(finishReason).toBe('aborted')
  expect((await behind).completionTokens).toBe(8)
  expect(host.status().loaded).toEqual([base])
  atWork.abort()
  expect((await story).finishReason).toBe('aborted')
  expect((await host.complete(a, 'Once', greedy)).completionTokens).toBe(8)
  await host.dispose()
})

test('what one context takes is about what was said that it would', async () => {
  const model = await runtime.load(studentFile())
  const told = await model.contextBytes({ contextSize: 4096, sequences: 4 })
  const before = process.memoryUsage().rss
  const pool = await model.open({ contextSize: 4096, sequences: 4 })
  await pool.complete('Once upon a time', greedy)
  const taken = process.memoryUsage().rss - before
  await pool.dispose()
  await model.dispose()
  // Of the file some pages are read only now.
  expect(taken).toBeGreaterThan(0.7 * told)
  expect(taken).toBeLessThan(1.3 * told + fs.statSync(studentFile()).size)
})
