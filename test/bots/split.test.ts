import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { markUp } from '../../bots/markup.ts'
import { splitText } from '../../bots/split.ts'

describe('a long text', () => {
  test('is cut at ends of paragraphs, sentences and words, in this order', () => {
    expect(splitText('One of. Two is longer.', 12)).toEqual(['One of.', 'Two is', 'longer.'])
    expect(splitText('A first. And more.\n\nA second. And more.', 30)).toEqual([
      'A first. And more.',
      'A second. And more.',
    ])
    expect(splitText('Mr. Li asks? Yes! No.', 14, 'en')).toEqual(['Mr. Li asks?', 'Yes! No.'])
    expect(splitText('هل هذا سؤال؟ نعم. هذا جواب.', 18, 'ar')).toEqual(['هل هذا سؤال؟ نعم.', 'هذا جواب.'])
    expect(splitText('', 10)).toEqual([''])
  })

  test('is never cut within what a reader takes for one character', () => {
    const family = '👩‍👩‍👧‍👦'
    for (const character of [family, 'e\u0301\u0323', '🇬🇱', '👍🏿', 'क्षि']) {
      const parts = splitText(character.repeat(40), character.length * 7 + 3)
      expect(parts.join('')).toBe(character.repeat(40))
      for (const part of parts) expect(part).toBe(character.repeat(part.length / character.length))
    }
    // One that is longer than a message is cut between its code points.
    const zalgo = `a${'\u0301'.repeat(30)}😀`
    expect(splitText(zalgo, 10).every((part) => part.length <= 10 && part.isWellFormed())).toBe(true)
  })

  test('whatever it is, loses white space at the cuts alone, and each part fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 600 }),
        fc.integer({ min: 12, max: 80 }),
        (text, longest) => {
          const parts = splitText(text, longest)
          expect(parts.join('').replace(/\s/gu, '')).toBe(text.replace(/\s/gu, ''))
          for (const part of parts) {
            expect(part.length).toBeLessThanOrEqual(longest)
            expect(part.isWellFormed()).toBe(true)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('Markdown', () => {
  test('is taken for what it means', () => {
    expect(markUp('# Title\n- one\n* two\n**b** *i* _j_ `c`\n```js\nlet x = 1\n```')).toEqual({
      text: 'Title\n• one\n• two\nb i j c\nlet x = 1',
      entities: [
        { type: 'bold', offset: 0, length: 5 },
        { type: 'bold', offset: 18, length: 1 },
        { type: 'italic', offset: 20, length: 1 },
        { type: 'italic', offset: 22, length: 1 },
        { type: 'code', offset: 24, length: 1 },
        { type: 'pre', offset: 26, length: 9, language: 'js' },
      ],
    })
  })
  test('is left where it is none', () => {
    for (const text of [
      '2*3*4',
      'snake_case_word',
      'a * b * c',
      '**',
      'open **bold',
      '<b>&amp;</b> [x](y)',
      '*',
      '5 _ 6 _ 7',
    ])
      expect(markUp(text)).toEqual({ text, entities: [] })
  })
  test('stretches lie within the text, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('*', '_', '`', '#', '-', ' ', '\n', 'a', '😀'), maxLength: 60 }),
        (source) => {
          const { text, entities } = markUp(source)
          for (const { offset, length } of entities) {
            expect(length).toBeGreaterThan(0)
            expect(offset + length).toBeLessThanOrEqual(text.length)
            expect(text.slice(offset, offset + length).isWellFormed()).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
