import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTelling } from '../../../models/host/telling.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

test('the first piece is told at once, and those that come fast after it as one', () => {
  const told: unknown[][] = []
  const telling = createTelling((name, args) => told.push([name, ...args]))
  telling.tell('onText', ['The '])
  expect(told).toEqual([['onText', 'The ']])
  for (const piece of ['river ', 'meets ']) {
    vi.advanceTimersByTime(10)
    telling.tell('onText', [piece])
  }
  expect(told).toHaveLength(1)
  vi.advanceTimersByTime(13)
  expect(told.splice(1)).toEqual([['onText', 'river meets ']])
  vi.advanceTimersByTime(100)
  telling.tell('onText', ['the '])
  telling.tell('onText', ['sea.'])
  expect(told.splice(1)).toEqual([['onText', 'the ']])
  telling.flush()
  telling.flush()
  vi.advanceTimersByTime(100)
  expect(told.splice(1)).toEqual([['onText', 'sea.']])
})

test('all is told in its order', () => {
  const told: unknown[][] = []
  const telling = createTelling((name, args) => told.push([name, ...args]))
  telling.tell('onThought', ['Hm'])
  telling.tell('onThought', ['m.'])
  telling.tell('onText', ['Yes'])
  telling.tell('onText', ['.'])
  telling.tell('onToolCall', [{ name: 'now' }])
  expect(told).toEqual([
    ['onThought', 'Hm'],
    ['onThought', 'm.'],
    ['onText', 'Yes.'],
    ['onToolCall', { name: 'now' }],
  ])
})
