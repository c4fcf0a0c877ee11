import fc from 'fast-check'
import { expect, test } from 'vitest'
import { englishQuestions } from '../../data/questions.ts'
import { createNearDuplicates } from '../../trainer/steps/near-duplicates.ts'

test('a text that differs in punctuation, case or one word of many is a near-duplicate', () => {
  const seen = createNearDuplicates(0.7)
  const text = 'A lake is a large body of still water that is surrounded by land on all sides'
  expect(seen(text, 'first')).toBeUndefined()
  expect(seen(`${text.toUpperCase()}!!`, 'second')).toBe('first')
  expect(seen(text.replace('large', 'big').replace('on all sides', 'on all sides today'), 'third')).toBeUndefined()
  expect(seen(`${text} today`, 'fourth')).toBe('first')
})

test('texts that share only some words are not', () => {
  const seen = createNearDuplicates(0.8)
  expect(seen('The cat sleeps in the garden.', 'a')).toBeUndefined()
  expect(seen('The dog sleeps in the kitchen.', 'b')).toBeUndefined()
})

test('the shipped questions are all different, and each is found again among the others', () => {
  const seen = createNearDuplicates(0.8)
  for (const { id, text } of englishQuestions()) expect(seen(text, id)).toBeUndefined()
  for (const { id, text } of englishQuestions()) expect(seen(text.toLowerCase(), 'again')).toBe(id)
})

test('any text is a near-duplicate of itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const seen = createNearDuplicates(0.9)
      seen(text, 'first')
      expect(seen(text, 'second')).toBe('first')
    }),
  )
})

const sentence = (from: number, words: number) =>
  Array.from({ length: words }, (_, i) => `palabra${from + i}`).join(' ')

test('documents are compared by shingles of thirteen words, long ones by an estimate', () => {
  const seen = createNearDuplicates(0.8, { shingleWords: 13 })
  const long = sentence(0, 2000)
  expect(seen(long, 'long')).toBeUndefined()
  expect(seen(`${sentence(5000, 40)} ${long}`, 'longer')).toBe('long')
  // Half of it is another: a similarity of a third.
  expect(seen(`${sentence(0, 1000)} ${sentence(9000, 1000)}`, 'half')).toBeUndefined()
})

test('no more texts are remembered than there is room for: the oldest are forgotten', () => {
  const seen = createNearDuplicates(0.8, { capacity: 10 })
  for (let i = 0; i < 12; i++) expect(seen(sentence(i * 100, 20), `text ${i}`)).toBeUndefined()
  expect(seen(sentence(1100, 20), 'again')).toBe('text 11')
  expect(seen(sentence(600, 20), 'again')).toBe('text 6')
  expect(seen(sentence(0, 20), 'again')).toBeUndefined()
})

test('what is found is what the exact similarity says, at every threshold', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0.5, 0.7, 0.8, 0.9),
      fc.array(fc.nat(29), { minLength: 30, maxLength: 60 }),
      fc.array(fc.nat(59), { maxLength: 12 }),
      (threshold, base, places) => {
        const words = base.map((word, i) => `w${word}${i % 7}`)
        const changed = words.map((word, i) => (places.includes(i) ? `x${i}` : word))
        const trigrams = (text: string[]) => new Set(text.slice(2).map((_, i) => text.slice(i, i + 3).join(' ')))
        const [a, b] = [trigrams(words), trigrams(changed)]
        const similarity = a.intersection(b).size / a.union(b).size
        // Near the threshold a pair is missed once in a thousand.
        fc.pre(similarity < threshold || similarity > threshold + 0.1)
        const seen = createNearDuplicates(threshold)
        seen(words.join(' '), 'first')
        expect(seen(changed.join(' '), 'second')).toBe(similarity >= threshold ? 'first' : undefined)
      },
    ),
  )
})
