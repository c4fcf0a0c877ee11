import { describe, expect, it } from 'vitest'
import { type ChrfOptions, createChrf } from '../src/index.ts'
import { agree } from './agree.ts'

const variants: [string, ChrfOptions][] = [
  ['', {}],
  ['word_order=2', { wordOrder: 2 }],
  ['word_order=2, lowercase=True', { wordOrder: 2, lowercase: true }],
  ['word_order=1, whitespace=True, beta=3', { wordOrder: 1, whitespace: true, beta: 3 }],
  ['char_order=4, word_order=2, eps_smoothing=True', { characterOrder: 4, wordOrder: 2, epsSmoothing: true }],
  ['eps_smoothing=True, whitespace=True', { epsSmoothing: true, whitespace: true }],
  ['char_order=0, word_order=3, beta=1', { characterOrder: 0, wordOrder: 3, beta: 1 }],
]

describe('chrF', () => {
  it.each(variants)(
    'gives what sacreBLEU’s CHRF(%s) gives, by segment and for corpora, in all scripts',
    (options, ours) => {
      agree('CHRF', options, createChrf(ours))
    },
  )

  it('is 100 for the same text and 0 where nothing matches', () => {
    const metric = createChrf({ wordOrder: 2 })
    expect(metric.scoreOf(metric.statistics('O can come.', ['O can come.'])).value).toBeCloseTo(100, 10)
    expect(metric.scoreOf(metric.statistics('xyz', ['abc'])).value).toBe(0)
  })

  it('says what is wrong with an order', () => {
    expect(() => createChrf({ characterOrder: 1.5 })).toThrow('An n-gram order is a whole number from 0: 1.5.')
    expect(() => createChrf({ characterOrder: 0 })).toThrow(
      'chrF needs n-grams of characters or of words: both orders are 0.',
    )
  })
})
