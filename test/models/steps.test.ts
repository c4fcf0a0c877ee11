import { expect, test } from 'vitest'
import { type Cores, createCores, onCores } from '../../models/llama/cores.ts'
import { createPace, type Plan } from '../../models/llama/pace.ts'
import { createQueue } from '../../models/llama/queue.ts'
import { createSteps } from '../../models/llama/steps.ts'

test('members go forward together, and one who leaves holds up nobody', async () => {
  const steps = createSteps({ cores: createCores(1) })
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

test('a few go one after the other where the pace says so, in the order of their coming, or together', async () => {
  const log: string[] = []
  const walk = async (plan: Plan): Promise<void> => {
    const pace = { plan: () => plan, took: (took: Plan, most: number) => log.push(`took ${took.sequences} of ${most}`) }
    const steps = createSteps({ cores: createCores(2), pace, compute: (threads) => log.push(`on ${threads}`) })
    const member = async (name: string, index: number): Promise<void> => {
      const member = steps.join(index)
      for (let i = 0; i < 2; i++) log.push(`${name} ${(await member.token()) ? 'alone' : 'together'}`)
      member.leave()
    }
    await Promise.all([member('a', 0), member('b', 1)])
  }
  await walk({ sequences: 1, threads: 1 })
  const round = ['on 1', 'a alone', 'took 1 of 2', 'on 1', 'b alone', 'took 1 of 2']
  expect(log.splice(0)).toEqual([...round, ...round])
  await walk({ sequences: 2, threads: 2 })
  const both = ['on 2', 'a together', 'b together', 'took 2 of 2']
  expect(log).toEqual([...both, ...both])
})

test('the pace tries every way before it prefers one, the others again from time to time, and batches many in any case', () => {
  const pace = createPace()
  const cost = new Map([
    ['2 on 2', 14],
    ['1 on 2', 5],
    ['1 on 1', 6],
  ])
  /** How often each way is chosen. */
  const go = (batches: number): number[] => {
    const chosen: string[] = []
    for (let i = 0; i < batches; i++) {
      const plan = pace.plan(2, 2)
      const name = `${plan.sequences} on ${plan.threads}`
      chosen.push(name)
      pace.took(plan, 2, cost.get(name) ?? 0)
    }
    return [...cost.keys()].map((key) => chosen.filter((name) => name === key).length)
  }
  expect(go(24)).toEqual([8, 8, 8])
  expect(go(1280)).toEqual([24, 1240, 16])
  // Something else begins to need the other core.
  cost.set('1 on 2', 12)
  const [, , alone = 0] = go(1280)
  expect(alone).toBeGreaterThan(1000)
  expect(pace.plan(16, 2)).toEqual({ sequences: 16, threads: 2 })
})

test('what the pace found out on two cores does not hold for one', () => {
  const pace = createPace()
  for (let i = 0; i < 100; i++) pace.took(pace.plan(2, 2), 2, pace.plan(2, 2).sequences === 1 ? 5 : 14)
  expect(pace.plan(2, 1)).toEqual({ sequences: 2, threads: 1 })
  expect(pace.plan(1, 1)).toEqual({ sequences: 1, threads: 1 })
})

test('a token is alone if no sequence beside its own decodes one', async () => {
  const steps = createSteps({ cores: createCores(1) })
  const [a, b, d] = [steps.join(0), steps.join(1), steps.join(3)]
  expect(await Promise.all([a.token(), b.token(), d.token()])).toEqual([false, false, true])
  a.leave()
  expect(await Promise.all([b.token(), d.token()])).toEqual([true, true])
})

test('texts are read one piece at a time, the first one to its end, while those that generate wait for no more than a budget of it', async () => {
  const steps = createSteps({ cores: createCores(1) })
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

/** Computes so many batches on a context of its own, and says of each with how many threads. */
async function compute(cores: Cores, name: string, batches: number, log: string[]): Promise<void> {
  const steps = createSteps({ cores, compute: (threads) => log.push(`${name} begins on ${threads}`) })
  const member = steps.join(0)
  for (let i = 0; i < batches; i++) {
    await member.token()
    await new Promise((resolve) => setTimeout(resolve, 2))
    log.push(`${name} ends`)
  }
  member.leave()
}

test('a context alone has all cores, several have a share each, and the last one has all again', async () => {
  const told: number[] = []
  const cores = createCores(4, { use: (count) => told.push(count) })
  const log: string[] = []
  await compute(cores, 'a', 1, log)
  expect(log.splice(0)).toEqual(['a begins on 4', 'a ends'])
  await Promise.all([compute(cores, 'a', 2, log), compute(cores, 'b', 4, log)])
  expect(log.slice(0, 4)).toEqual(['a begins on 4', 'a ends', 'b begins on 2', 'a begins on 2'])
  expect(log.at(-2)).toBe('b begins on 4')
  expect(told).toEqual([1, 0, 1, 2, 1, 0])
  // It is given back at the end.
  expect(await onCores(cores, async (threads) => threads)).toBe(4)
})

test('more contexts than cores take turns, first come first served', async () => {
  const cores = createCores(1)
  const log: string[] = []
  await Promise.all([
    compute(cores, 'a', 3, log),
    compute(cores, 'b', 3, log),
    onCores(cores, async () => void log.push('c')),
  ])
  const round = ['a begins on 1', 'a ends', 'b begins on 1', 'b ends']
  expect(log.filter((line) => line !== 'c')).toEqual([...round, ...round, ...round])
  expect(log[log.indexOf('c') - 1]).toMatch(/ends/)
})

test('where cores are not shared, each context has all of them in its turn', async () => {
  const cores = createCores(4)
  const log: string[] = []
  await Promise.all([compute(cores, 'a', 2, log), compute(cores, 'b', 2, log)])
  const round = ['a begins on 4', 'a ends', 'b begins on 4', 'b ends']
  expect(log).toEqual([...round, ...round])
})

test('who gives up waiting for a core holds none', async () => {
  const cores = createCores(1)
  const own = await cores.take()
  const giveUp = new AbortController()
  const waiting = onCores(cores, async () => 'computed', giveUp.signal)
  giveUp.abort()
  await expect(waiting).rejects.toBe(giveUp.signal.reason)
  await expect(cores.take(giveUp.signal)).rejects.toBe(giveUp.signal.reason)
  cores.give(own)
  expect(await onCores(cores, async (threads) => threads)).toBe(1)
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
