import { expect, test } from 'vitest'
import { createQueue } from '../../models/llama/queue.ts'
import { createSteps } from '../../models/llama/steps.ts'

test('members go forward together, and one who leaves holds up nobody', async () => {
  const steps = createSteps()
  const log: string[] = []
  const walk = async (name: string, index: number, length: number): Promise<void> => {
    const member = steps.join(index)
    for (let i = 0; i < length; i++) {
      await member.next('token')
      log.push(name)
    }
    member.leave()
  }
  await Promise.all([walk('a', 0, 3), walk('b', 1, 1), walk('c', 2, 2)])
  expect(log).toEqual(['a', 'b', 'c', 'a', 'c', 'a'])
})

test('a token is alone if no sequence beside its own decodes one', async () => {
  const steps = createSteps()
  const [a, b, d] = [steps.join(0), steps.join(1), steps.join(3)]
  expect(await Promise.all([a.next('token'), b.next('token'), d.next('token')])).toEqual([false, false, true])
  expect(await Promise.all([a.next('text'), b.next('token'), d.next('token')])).toEqual([false, true, true])
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
