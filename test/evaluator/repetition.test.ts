import { describe, expect, it } from 'vitest'
import { duplicateShare, isLooping } from '../../evaluator/metrics/repetition.ts'
import { udhr } from '../../evaluator/udhr.ts'
import { english, galician, tibetan } from './languages.ts'

describe('isLooping', () => {
  it.each([
    ['one word', 'O can cunha cunha cunha cunha'],
    ['a phrase', 'É unha boa idea, é unha boa idea, é unha boa idea, é unha boa idea'],
    ['eight words', Array(4).fill('o neno foi á casa da súa avoa').join('. ')],
    ['letters in a word', 'jajajajajajajajajajajajaja'],
    ['a line', 'Paso un: comer\nPaso un: comer\nOutra cousa\nPaso un: comer'],
    [
      'a long sentence',
      Array(3)
        .fill('primeiro imos ao mercado do centro da vila para mercar pan e leite fresco e despois volvemos')
        .join('. '),
    ],
    ['words without spaces', '我喜欢苹果。我喜欢苹果。我喜欢苹果。我喜欢苹果。'],
    [
      'an uneven circle',
      Array.from({ length: 14 }, (_, i) => `o mellor é comer ben e ${i % 2 ? 'durmir' : 'xogar'}`).join(' '),
    ],
  ])('catches %s', (_, text) => {
    expect(isLooping(text)).toMatchObject({ looping: true, reason: expect.any(String) })
  })

  it.each([
    ['nothing', ''],
    ['an emphatic sentence', 'Moi, moi, moi ben! Xa, xa.'],
    ['a list', '1. pan\n2. leite\n3. ovos\n4. pan\n- - - -\n* * * *'],
    ['numbers', 'Proba con 0 0 0 0 0 e 1 1 1 1'],
    ['a pattern with one change', 'un gato, dous gatos, tres gatos, catro gatos, cinco gatos'],
  ])('lets %s pass', (_, text) => {
    expect(isLooping(text)).toEqual({ looping: false })
  })

  it.each([english, galician, tibetan])('finds no loop in human translation into $name', (language) => {
    for (const { paragraphs } of udhr(language)?.articles ?? []) {
      for (const paragraph of paragraphs) expect(isLooping(paragraph), paragraph).toEqual({ looping: false })
    }
  })

  it('takes long input in its stride', () => {
    const started = performance.now()
    isLooping(Array.from({ length: 20_000 }, (_, i) => `palabra${i}`).join(' '))
    isLooping('ab'.repeat(3) + 'c'.repeat(9).repeat(1) + 'x1'.repeat(20_000))
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

it('duplicateShare counts trigrams that were there before', () => {
  expect(duplicateShare(['a', 'b', 'c', 'a', 'b', 'c'])).toBe(0.25)
  expect(duplicateShare(['a', 'b'])).toBe(0)
})
