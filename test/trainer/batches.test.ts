import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../data/database.ts'
import { createMemory } from '../../data/memory.ts'
import { askEach, questionOf } from '../../trainer/ask.ts'
import { withBatches } from '../../trainer/batches.ts'
import { spentSince, withBudget } from '../../trainer/budget.ts'
import type { Teacher } from '../../trainer/teacher.ts'
import { openaiBatch } from '../../trainer/teachers/openai/batch.ts'
import { openaiTeacher } from '../../trainer/teachers/openai.ts'
import { startBatchEndpoint } from './teachers/batch-endpoint.ts'

let folder: string
let endpoint: Awaited<ReturnType<typeof startBatchEndpoint>>
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'batches-'))
  endpoint = await startBatchEndpoint()
})
afterEach(async () => {
  await endpoint.close()
  fs.rmSync(folder, { recursive: true })
})

const price = { prompt: 400, completion: 600, batch: 0.5 }
const signal = new AbortController().signal
const said: string[] = []

/** One process's life: opens the database that the others use too. */
async function run(
  count: number,
  use: (teacher: Teacher, store: Store) => Promise<Teacher> | Teacher = (teacher) => teacher,
) {
  const store = await openStore(path.join(folder, 'database.sqlite'))
  const memory = createMemory(store)
  try {
    const plain = openaiTeacher({ baseURL: endpoint.url, model: 'm', price })
    const teacher = withBatches(await use(plain, store), store, (sentence) => said.push(sentence))
    const wanted = Array.from({ length: count }, (_, nth) => {
      const request = {
        messages: [{ role: 'user' as const, content: `pregunta ${nth}` }],
        sampling: { maxTokens: 1000 },
        draw: 0,
      }
      return { request, key: questionOf(teacher, request) }
    })
    const texts: string[] = []
    for await (const text of askEach(wanted, teacher, { memory, signal }, (_, { text }) => text)) texts.push(text)
    return texts
  } finally {
    await store.destroy()
  }
}
const answers = (count: number) => Array.from({ length: count }, (_, nth) => `Resposta a pregunta ${nth}`)
const rows = async () => {
  const store = await openStore(path.join(folder, 'database.sqlite'))
  const all = await store.selectFrom('completions').select(['price', 'response_json']).execute()
  await store.destroy()
  return all
}

test('requests are handed in by one process and collected by another, at half the price', async () => {
  await expect(run(120)).rejects.toThrow(/120 requests are with the batch API/)
  await expect(run(120)).rejects.toThrow(/120 requests are with the batch API/)
  expect(endpoint.state.made).toBe(1)
  endpoint.finish('batch-1', 'completed', 120)
  expect(await run(120)).toEqual(answers(120))
  expect(endpoint.state).toEqual({ asked: 0, made: 1, paid: 120 })
  expect((await rows()).map((row) => row.price)).toEqual(Array.from({ length: 120 }, () => 0.5))
  expect(said.at(-1)).toBe('Collected 120 of 120 answers from the batch API of m.')
})

test('of a batch that expired what it has is kept; what is left is handed in again, or asked for at once where it is little', async () => {
  await expect(run(200)).rejects.toThrow(/200 requests/)
  endpoint.finish('batch-1', 'expired', 100)
  await expect(run(200)).rejects.toThrow(/100 requests/)
  endpoint.finish('batch-2', 'completed', 90)
  expect(await run(200)).toEqual(answers(200))
  expect(endpoint.state).toEqual({ asked: 10, made: 2, paid: 200 })
  const ledger = await rows()
  expect(ledger).toHaveLength(200)
  expect(new Set(ledger.map(({ response_json }) => (JSON.parse(response_json) as { id: string }).id)).size).toBe(200)
})

test('few requests are not worth a wait', async () => {
  expect(await run(20)).toEqual(answers(20))
  expect(endpoint.state).toEqual({ asked: 20, made: 0, paid: 20 })
})

test('a process that ends while it makes a batch makes it no second time', async () => {
  const cutOff = (teacher: Teacher): Teacher => ({
    ...teacher,
    batch: {
      ...(teacher.batch as NonNullable<Teacher['batch']>),
      start: async (file, signal) => {
        await teacher.batch?.start(file, signal)
        throw new Error('cut off')
      },
    },
  })
  await expect(run(60, cutOff)).rejects.toThrow('cut off')
  await expect(run(60)).rejects.toThrow(/60 requests/)
  endpoint.finish('batch-1', 'completed', 60)
  expect(await run(60)).toEqual(answers(60))
  expect(endpoint.state.made).toBe(1)
})

test('a batch that is refused as a whole ends the run with the reason', async () => {
  await expect(run(60)).rejects.toThrow(/60 requests/)
  endpoint.finish('batch-1', 'failed', 0)
  await expect(run(60)).rejects.toThrow(/refused a batch of 60 requests as a whole: no such model/)
})

test('a budget holds for batches too: one that could exceed it is not handed in, and one that is open counts', async () => {
  const budget = (amount: number) => async (teacher: Teacher, store: Store) =>
    withBudget(teacher, amount, await spentSince(store, [teacher.name], '2000'))
  await expect(run(60, budget(15))).rejects.toThrow(/budget of 15 would be exceeded/)
  expect(endpoint.state.made).toBe(0)
  // Each may cost some 0.31 of the 0.5 that it comes to: this endpoint makes more tokens of a prompt than it has bytes.
  await expect(run(60, budget(20))).rejects.toThrow(/60 requests/)
  await expect(run(120, budget(20))).rejects.toThrow(/budget of 20 would be exceeded/)
  expect(endpoint.state.made).toBe(1)
})

test("Together's batch API differs in its files, its capitals and its wrapper", async () => {
  const together = await startBatchEndpoint({ together: true })
  const client = new OpenAI({ baseURL: together.url, apiKey: 'none' })
  const api = openaiBatch({
    client,
    baseURL: 'https://api.together.xyz/v1',
    price,
    body: ({ messages }) => ({ messages }),
  })
  const request = { messages: [{ role: 'user' as const, content: 'a' }], sampling: {}, draw: 0 }
  const file = await api.upload([{ name: 'one', request }], signal)
  const batch = await api.start(file, signal)
  expect(await api.find(file, signal)).toBe(batch)
  expect(await api.state(batch, signal)).toEqual({ status: 'open' })
  together.finish(batch, 'completed', 1)
  const state = await api.state(batch, signal)
  expect(state.status).toBe('ended')
  const found = []
  if (state.status === 'ended') for await (const answer of state.answers()) found.push(answer)
  expect(found).toMatchObject([{ name: 'one', completion: { text: 'Resposta a a', price: 0.5 } }])
  await together.close()
})
