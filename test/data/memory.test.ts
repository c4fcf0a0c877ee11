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
  expect(memory.take()).toEqual({ requests: 2, remembered: 1, promptTokens: 6, completionTokens: 10, price: 0.5 })
  expect(memory.take().requests).toBe(0)
})
