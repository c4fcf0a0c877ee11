import { expect, test } from 'vitest'
import { createFairQueue } from '../../server/fair-queue.ts'

/** Lets clients in by turns, and writes down in which order they came. */
function watch(places: number) {
  const queue = createFairQueue(places)
  const order: string[] = []
  const leaving: (() => void)[] = []
  const come = async (client: string, signal?: AbortSignal): Promise<void> => {
    const leave = await queue.enter(client, signal)
    order.push(leave ? client : `${client} left`)
    if (leave) leaving.push(leave)
  }
  /** The one that came first goes, and the next one comes. */
  const go = async (): Promise<void> => {
    await new Promise(setImmediate)
    leaving.shift()?.()
    await new Promise(setImmediate)
  }
  return { queue, order, come, go }
}

test('as many as there are places work at once', async () => {
  const { queue, order, come, go } = watch(2)
  for (const client of ['a', 'b', 'c']) void come(client)
  await new Promise(setImmediate)
  expect(order).toEqual(['a', 'b'])
  expect([queue.running, queue.waiting]).toEqual([2, 1])
  await go()
  expect(order).toEqual(['a', 'b', 'c'])
  await go()
  await go()
  expect([queue.running, queue.waiting]).toEqual([0, 0])
})

test('one who asks for much lets in others who ask for little', async () => {
  const { order, come, go } = watch(2)
  for (let i = 0; i < 6; i++) void come('much')
  void come('little')
  void come('less')
  for (let i = 0; i < 8; i++) await go()
  expect(order).toEqual(['much', 'much', 'little', 'much', 'less', 'much', 'much', 'much'])
})

test('of those with as many at work it is the turn of whoever waited longest', async () => {
  const { order, come, go } = watch(1)
  for (const client of ['a', 'a', 'a', 'b', 'b', 'c']) void come(client)
  for (let i = 0; i < 6; i++) await go()
  expect(order).toEqual(['a', 'a', 'b', 'c', 'a', 'b'])
})

test('whoever goes away while waiting takes no place', async () => {
  const { queue, order, come, go } = watch(1)
  const gone = new AbortController()
  void come('a')
  void come('b', gone.signal)
  void come('c')
  gone.abort()
  await go()
  expect(order).toEqual(['a', 'b left', 'c'])
  expect(queue.waiting).toBe(0)
  await come('late', AbortSignal.abort())
  expect(order.at(-1)).toBe('late left')
})

test('who may wait is divided among those who do', async () => {
  const { queue, come } = watch(1)
  for (let i = 0; i < 5; i++) void come('much')
  await new Promise(setImmediate)
  expect(queue.waiting).toBe(4)
  // Alone, one has all places; beside another, half of them.
  expect([queue.hasShare('much', 4), queue.hasShare('much', 5)]).toEqual([true, false])
  expect(queue.hasShare('little', 4)).toBe(false)
  void come('little')
  expect(queue.hasShare('little', 4)).toBe(false)
  void come('little')
  expect(queue.hasShare('little', 4)).toBe(true)
})
