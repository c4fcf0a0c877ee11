import { expect, test } from 'vitest'
import { createPace } from '../../models/llama/pace.ts'
import { createQueue } from '../../models/llama/queue.ts'
import { createSteps, createTurn, inTurn } from '../../models/llama/steps.ts'

test('members go forward together, and one who leaves holds up nobody', async () => {
  const steps = createSteps(createTurn())
  const log: string[] = []
  const walk = async (name: string, index: number, length: number): Promise<void> => {
    const member = steps.join(index)
    for (let i = 0; i < length; i++) {
      await member.token()
      log.push(name)
    }
    member.leave()
  }
  await Promise.all([walk('a', 0, 3), walk('b', 1, 1), walk('c', 2, 2)])
  expect(log).toEqual(['a', 'b', 'c', 'a', 'c', 'a'])
})

test('a few go one after the other where that is faster, in the order of their coming, and together again where it is not', async () => {
  const pace = createPace()
  const steps = createSteps(createTurn(), pace)
  const time = (alone: number, batch: number): void => {
    for (let i = 0; i < 100; i++) {
      pace.took(1, alone)
      pace.took(2, batch)
    }
  }
  time(5, 14)
  const log: string[] = []
  const walk = async (name: string, index: number): Promise<void> => {
    const member = steps.join(index)
    for (let i = 0; i < 2; i++) log.push(`${name} ${(await member.token()) ? 'alone' : 'together'}`)
    member.leave()
  }
  await Promise.all([walk('a', 0), walk('b', 1)])
  expect(log).toEqual(['a alone', 'b alone', 'a alone', 'b alone'])
  time(5, 6)
  log.length = 0
  await Promise.all([walk('a', 0), walk('b', 1)])
  expect(log).toEqual(['a together', 'b together', 'a together', 'b together'])
})

test('the pace tries both before it prefers one, tries the other again from time to time, and batches many in any case', () => {
  const pace = createPace()
  for (let i = 0; i < 8; i++) {
    expect(pace.together(2)).toBe(true)
    pace.took(2, 14)
  }
  for (let i = 0; i < 8; i++) {
    expect(pace.together(2)).toBe(false)
    pace.took(1, 5)
  }
  const choices = Array.from({ length: 640 }, () => pace.together(2))
  expect(choices.filter((together) => together)).toHaveLength(10)
  expect([pace.together(1), pace.together(16)]).toEqual([true, true])
})

test('a token is alone if no sequence beside its own decodes one', async () => {
  const steps = createSteps(createTurn())
  const [a, b, d] = [steps.join(0), steps.join(1), steps.join(3)]
  expect(await Promise.all([a.token(), b.token(), d.token()])).toEqual([false, false, true])
  a.leave()
  expect(await Promise.all([b.token(), d.token()])).toEqual([true, true])
})

test('texts are read one piece at a time, the first one to its end, while those that generate wait for no more than a budget of it', async () => {
  const steps = createSteps(createTurn())
  const log: string[] = []
  const generating = steps.join(0)
  const generate = async (length: number): Promise<void> => {
    for (let i = 0; i < length; i++) {
      await generating.token()
      log.push('token')
    }
    generating.leave()
  }
  const reading = async (name: string, pieces: number): Promise<void> => {
    const member = steps.join(1)
    for (let i = 0; i < pieces; i++) {
      await member.text(256)
      log.push(name)
    }
    member.leave()
  }
  await Promise.all([generate(4), reading('first', 3), reading('second', 2)])
  expect(log).toEqual(['first', 'first', 'token', 'first', 'second', 'token', 'second', 'token', 'token'])
})

test('contexts compute one after the other', async () => {
  const turn = createTurn()
  const log: string[] = []
  const compute = async (name: string): Promise<void> => {
    const member = createSteps(turn).join(0)
    for (let i = 0; i < 3; i++) {
      await member.token()
      log.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 2))
      log.push(`${name} ends`)
    }
    member.leave()
  }
  await Promise.all([compute('a'), compute('b'), inTurn(turn, async () => void log.push('c'))])
  const round = ['a begins', 'a ends', 'b begins', 'b ends']
  expect(log.filter((line) => line !== 'c')).toEqual([...round, ...round, ...round])
  expect(log[log.indexOf('c') - 1]).toMatch(/ends/)
  // It is given back at the end.
  expect(await inTurn(turn, async () => 'free')).toBe('free')
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
