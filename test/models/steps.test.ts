import { expect, test } from 'vitest'
import { createQueue } from '../../models/llama/queue.ts'
import { createSteps } from '../../models/llama/steps.ts'

test('members go forward together, and one who leaves holds up nobody', async () => {
  const steps = createSteps()
  const log: string[] = []
  const walk = async (name: string, length: number, decodes: 'token' | 'text'): Promise<void> => {
    const member = steps.join()
    for (let i = 0; i < length; i++) {
      const together = await member.next(decodes)
      log.push(`${name}${together}`)
    }
    member.leave()
  }
  await Promise.all([walk('a', 3, 'token'), walk('b', 1, 'text'), walk('c', 2, 'token')])
  expect(log).toEqual(['a2', 'b2', 'c2', 'a2', 'c2', 'a1'])
})

test('a queue hands out what is free, in the order of asking', async () => {
  const queue = createQueue(['x'])
  expect(await queue.take()).toBe('x')
  const order: string[] = []
  const second = queue.take().then((item) => order.push(`second ${item}`))
  const third = queue.take().then((item) => order.push(`third ${item}`))
  queue.give('x')
  await second
  queue.give('x')
  await third
  expect(order).toEqual(['second x', 'third x'])
})

test('who gives up waiting, or comes when all is closed, gets nothing', async () => {
  const queue = createQueue(['x'])
  await queue.take()
  const giveUp = new AbortController()
  const waiting = queue.take(giveUp.signal)
  giveUp.abort()
  expect(await waiting).toBeUndefined()
  let closed = false
  const closing = queue.close().then(() => {
    closed = true
  })
  expect(await queue.take()).toBeUndefined()
  expect(closed).toBe(false)
  queue.give('x')
  await closing
})

test('of several free ones the preferred is taken, else the one that was given back first', async () => {
  const queue = createQueue(['a', 'bb', 'cc'])
  expect(await queue.take(undefined, (item) => item.length)).toBe('bb')
  expect(await queue.take()).toBe('a')
})
