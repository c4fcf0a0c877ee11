import { describe, it } from 'vitest'
import { createTer, type TerOptions } from '../src/index.ts'
import { agree, agreeOn } from './agree.ts'
import { corpusOf } from './corpora.ts'

const variants: [string, TerOptions][] = [
  ['', {}],
  ['normalized=True', { normalized: true }],
  ['no_punct=True, case_sensitive=True', { noPunctuation: true, caseSensitive: true }],
  ['normalized=True, asian_support=True', { normalized: true, asianSupport: true }],
  [
    'normalized=True, no_punct=True, asian_support=True, case_sensitive=True',
    { normalized: true, noPunctuation: true, asianSupport: true, caseSensitive: true },
  ],
]

describe('TER', () => {
  it.each(variants)(
    'gives what sacreBLEU’s TER(%s) gives, by segment and for corpora, in all scripts',
    (options, ours) => {
      agree('TER', options, createTer(ours), { segments: 2, random: 120 })
    },
  )

  it('ends the search for shifts where sacreBLEU does, and strays as far from the diagonal, in long segments', () => {
    const texts = corpusOf('eng', { segments: 8 })
    const long = (lines: readonly (string | null)[]) => [
      lines.join(' '),
      lines.slice(0, 6).join(' '),
      lines.slice(0, 2).join(' '),
    ]
    const [whole = '', part = '', little = ''] = long(texts.hypotheses)
    const [target = '', start = '', few = ''] = long(texts.references[0] ?? [])
    const shuffled = start.split(' ').sort().join(' ')
    const corpus = {
      hypotheses: [part, shuffled, little, few, 'the', target, 'a b c d e f g h'.repeat(9)],
      references: [[start, start, few, whole, target, 'the', 'e f g h a b c d'.repeat(9)]],
    }
    agreeOn('TER', '', createTer(), [corpus])
  })
})
