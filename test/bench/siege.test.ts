import { expect, test } from 'vitest'
import { outcomeOf, readStream } from '../../bench/siege/ask.ts'
import { words } from '../../bench/siege/words.ts'

const chunk = (delta: object, finish_reason: string | null = null) => ({
  ...{ id: 'a', choices: [{ delta, finish_reason }], usage: null },
})
const usage = { id: 'a', choices: [], usage: { completion_tokens: 2 } }
const error = { error: { code: 'model_crashed', message: 'It ended.' } }
const stream = (...events: object[]) =>
  `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`
const [begin, text, end] = [chunk({ role: 'assistant', content: '' }), chunk({ content: 'Ola' }), chunk({}, 'stop')]

test('a stream is whole, or was ended by an error', () => {
  expect(readStream(stream(begin, text, text, end, usage))).toEqual({ kind: 'answered', text: 'OlaOla', tokens: 2 })
  expect(readStream(stream(begin, text, error))).toEqual({ kind: 'broken', code: 'model_crashed' })
})

test.each([
  ['cut off', stream(begin, text, end, usage).slice(0, -1)],
  ['without [DONE]', stream(begin, text, end, usage).replace('data: [DONE]\n\n', '')],
  ['[DONE] in the middle', stream(begin, text) + stream(end, usage)],
  ['without an end', stream(begin, text, usage)],
  ['two ends', stream(begin, end, end, usage)],
  ['text after the end', stream(begin, end, text, usage)],
  ['usage in the middle', stream(begin, usage, text, end)],
  ['events of another answer', stream(begin, { ...text, id: 'b' }, end, usage)],
  ['an event that does not parse', stream(begin, text, end, usage).replace('"Ola"', '"Ola')],
])('a stream is not well formed that is %s', (_, body) => {
  expect(outcomeOf(200, new Headers({ 'content-type': 'text/event-stream' }), body)).toMatchObject({ kind: 'unsound' })
})

test('who is told to come back is told when', () => {
  const refused = (headers: Record<string, string>) => outcomeOf(429, new Headers(headers), JSON.stringify(error))
  expect(refused({ 'retry-after': '7' })).toMatchObject({ kind: 'refused', status: 429, retryAfter: 7 })
  expect(refused({})).toMatchObject({ kind: 'unsound' })
})

test('no word is in another one', () => {
  const all = words(1000)
  for (const word of all) expect(all.filter((other) => other.includes(word))).toEqual([word])
})
