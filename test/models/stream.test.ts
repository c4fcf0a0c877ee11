import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTextStream } from '../../models/llama/stream.ts'

/** A tokenizer of single bytes, the hardest there is: every character beyond ASCII comes in pieces. */
const bytes = { detokenize: (tokens: readonly number[]) => Buffer.from(tokens).toString('utf8') }

function run(text: string, stop: readonly string[]): { text: string; pieces: string[]; stopped: boolean } {
  const pieces: string[] = []
  const stream = createTextStream(bytes, stop, (piece) => pieces.push(piece))
  const stopped = [...Buffer.from(text)].some((byte) => stream.push(byte))
  stream.end()
  return { text: stream.text, pieces, stopped }
}

test('text ends before the earliest stop text', () => {
  expect(run('one two three', ['three', 'two'])).toMatchObject({ text: 'one ', stopped: true })
  expect(run('aab', ['ab'])).toMatchObject({ text: 'a', stopped: true })
})

test('what only looked like a stop text is text', () => {
  expect(run('one tw', ['two'])).toMatchObject({ text: 'one tw', stopped: false })
})

test('a character that is cut off at the end is left out', () => {
  const stream = createTextStream(bytes)
  for (const byte of [...Buffer.from('é👋')].slice(0, -1)) stream.push(byte)
  stream.end()
  expect(stream.text).toBe('é')
})

test('bytes that are no text do not hold up what follows', () => {
  const stream = createTextStream(bytes)
  for (const byte of [0xff, 0xfe, 0x61, 0x62, 0x63]) stream.push(byte)
  stream.end()
  expect(stream.text).toBe('\uFFFD\uFFFDabc')
})

test('any text comes whole, in whole characters, without a stop text or its beginning', () => {
  const unit = fc.constantFrom('a', 'b', 'é', '日', '👋🏽', ' ')
  const text = fc.string({ unit, maxLength: 30 })
  fc.assert(
    fc.property(text, fc.array(fc.string({ unit, minLength: 1, maxLength: 3 }), { maxLength: 3 }), (said, stops) => {
      const result = run(said, stops)
      const ends = stops.map((stop) => said.indexOf(stop)).filter((at) => at >= 0)
      const expected = ends.length === 0 ? said : said.slice(0, earliest(said, stops))
      expect(result.text).toBe(expected)
      expect(result.pieces.join('')).toBe(expected)
      expect(result.stopped).toBe(ends.length > 0)
      for (const piece of result.pieces) expect(piece.isWellFormed() && !piece.includes('\uFFFD')).toBe(true)
    }),
  )
})

/** Where the stop text begins that is complete first. */
function earliest(said: string, stops: readonly string[]): number {
  for (let end = 1; end <= said.length; end++) {
    const found = stops.map((stop) => said.slice(0, end).indexOf(stop)).filter((at) => at >= 0)
    if (found.length > 0) return Math.min(...found)
  }
  return said.length
}
