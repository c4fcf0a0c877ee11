import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../data/database.ts'
import { createMemory } from '../../data/memory.ts'

let store: Store
beforeEach(async () => {
  store = await openStore(':memory:')
})
afterEach(() => store.destroy())

const question = { kind: 'teacher', source: 'someone', request: { b: 2, a: 1 } } as const
const cost = { promptTokens: 3, completionTokens: 5, price: 0.25 }

test('an answer is asked for once, however often it is wanted', async () => {
  const memory = createMemory(store)
  let asked = 0
  const ask = async () => ({ text: `answer ${++asked}`, ...cost })
  expect((await memory.remember(question, ask)).text).toBe('answer 1')
  expect((await createMemory(store).remember({ ...question, request: { a: 1, b: 2 } }, ask)).text).toBe('answer 1')
  expect(asked).toBe(1)
})

test('a question that is asked twice at once is asked once', async () => {
  const memory = createMemory(store)
  let asked = 0
  const ask = async () => {
    asked++
    await new Promise((resolve) => setTimeout(resolve, 20))
    return { text: 'slow', ...cost }
  }
  const answers = await Promise.all([1, 2, 3].map(() => memory.remember(question, ask)))
  expect(answers.map((answer) => answer.text)).toEqual(['slow', 'slow', 'slow'])
  expect(asked).toBe(1)
})

test('who is asked, what is asked and what for are all part of the question', async () => {
  const memory = createMemory(store)
  const others = [
    { ...question, source: 'another' },
    { ...question, kind: 'answer' as const },
    { ...question, request: { a: 1, b: 3 } },
  ]
  expect(new Set([question, ...others].map(memory.hash)).size).toBe(4)
})

test('a failure is not remembered', async () => {
  const memory = createMemory(store)
  await expect(memory.remember(question, () => Promise.reject(new Error('down')))).rejects.toThrow('down')
  expect((await memory.remember(question, async () => ({ text: 'up', ...cost }))).text).toBe('up')
})

test('the ledger counts what was used, and how much of it came from memory', async () => {
  const memory = createMemory(store)
  const ask = async () => ({ text: '', ...cost })
  await memory.remember(question, ask)
  await memory.remember(question, ask)
  await expect(memory.remember({ ...question, request: 1 }, () => Promise.reject(new Error('down')))).rejects.toThrow()
  expect(memory.take()).toEqual({
    requests: 3,
    remembered: 1,
    failed: 1,
    promptTokens: 6,
    completionTokens: 10,
    price: 0.5,
    writtenTokens: 5,
    spent: 0.25,
  })
  expect(memory.take().requests).toBe(0)
})

test('of several questions only those that are not remembered are asked, together and each once', async () => {
  const memory = createMemory(store)
  await memory.remember(question, async () => ({ text: 'known', ...cost }))
  const other = { ...question, request: 'other' }
  const third = { ...question, request: 'third' }
  const asked: number[][] = []
  const answers = await memory.rememberAll([other, question, third, other], async (missing) => {
    asked.push(missing)
    return missing.map((place) => ({ text: `fresh ${place}`, ...cost }))
  })
  expect(asked).toEqual([[0, 2]])
  expect(answers.map(({ text }) => text)).toEqual(['fresh 0', 'known', 'fresh 2', 'fresh 0'])
})

test('a group that was cut off leaves nothing, so it is asked again whole', async () => {
  const memory = createMemory(store)
  const group = [question, { ...question, request: 'other' }]
  await expect(memory.rememberAll(group, () => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
  const asked: number[] = []
  await memory.rememberAll(group, async (missing) => {
    asked.push(...missing)
    return missing.map(() => ({ ...cost }))
  })
  expect(asked).toEqual([0, 1])
})
