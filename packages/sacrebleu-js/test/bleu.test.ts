import { describe, expect, it } from 'vitest'
import { type BleuOptions, createBleu } from '../src/index.ts'
import { agree } from './agree.ts'

const variants: [string, BleuOptions][] = [
  ['', {}],
  ['tokenize="intl", lowercase=True', { tokenizer: 'intl', lowercase: true }],
  ['tokenize="zh"', { tokenizer: 'zh' }],
  ['tokenize="char", effective_order=True', { tokenizer: 'char', effectiveOrder: true }],
  ['tokenize="none", smooth_method="none"', { tokenizer: 'none', smoothing: 'none' }],
  ['smooth_method="floor"', { smoothing: 'floor' }],
  [
    'smooth_method="floor", smooth_value=0.5, effective_order=True',
    { smoothing: 'floor', smoothingValue: 0.5, effectiveOrder: true },
  ],
  ['smooth_method="add-k"', { smoothing: 'add-k' }],
  [
    'smooth_method="add-k", smooth_value=0.25, max_ngram_order=3',
    { smoothing: 'add-k', smoothingValue: 0.25, maxOrder: 3 },
  ],
  ['max_ngram_order=6, lowercase=True', { maxOrder: 6, lowercase: true }],
]

describe('BLEU', () => {
  it.each(variants)(
    'gives what sacreBLEU’s BLEU(%s) gives, by segment and for corpora, in all scripts',
    (options, ours) => {
      agree('BLEU', options, createBleu(ours))
    },
  )

  it('says what is wrong with an option', () => {
    expect(() => createBleu({ tokenizer: 'moses' as 'none' })).toThrow('There is no tokeniser "moses"')
    expect(() => createBleu({ smoothing: 'laplace' as 'none' })).toThrow('There is no smoothing "laplace"')
    expect(() => createBleu({ maxOrder: 0 })).toThrow('The longest n-gram has at least one token: 0.')
  })
})
