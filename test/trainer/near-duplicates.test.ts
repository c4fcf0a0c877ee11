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
