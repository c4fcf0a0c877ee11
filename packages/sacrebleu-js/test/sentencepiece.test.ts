import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createSentencePiece } from '../src/sentencepiece/index.ts'
import { randomCorpus } from './agree.ts'
import { oddities, paragraphs, scripts } from './corpora.ts'
import { ask } from './python.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sentencepiece-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

/** Lone surrogates cannot be written in UTF-8, so Python's SentencePiece takes none. */
const texts = [
  ...scripts().flatMap(({ code }) => paragraphs(code).slice(0, 3)),
  ...oddities.hypotheses,
  ...randomCorpus(300, 11).hypotheses,
  '  two  spaces  ',
  'ﬁne Ａｂｃ ㈱ ½ ①',
  'keep <sep> this<sep>',
].filter((text) => text.isWellFormed() && !text.includes('\0'))

const training = [...paragraphs('glg'), ...paragraphs('eng'), ...paragraphs('cmn_hans'), ...paragraphs('rus')].join(
  '\n',
)

const models: [name: string, options: string][] = [
  ['unigram', `model_type='unigram'`],
  ['BPE', `model_type='bpe'`],
  [
    'unigram with bytes',
    `model_type='unigram', byte_fallback=True, normalization_rule_name='identity', character_coverage=0.98`,
  ],
  ['BPE with bytes', `model_type='bpe', byte_fallback=True, remove_extra_whitespaces=False, add_dummy_prefix=False`],
  [
    'unigram with symbols of its own',
    `model_type='unigram', user_defined_symbols=['<sep>', 'ing'], normalization_rule_name='nfkc_cf'`,
  ],
  [
    'BPE with symbols of its own',
    `model_type='bpe', user_defined_symbols=['<sep>', 'ing'], treat_whitespace_as_suffix=True`,
  ],
]

describe('SentencePiece', () => {
  it.each(models)('segments as Python’s with a model of kind %s', (name, options) => {
    const prefix = path.join(folder, name.replaceAll(' ', '-'))
    fs.writeFileSync(`${prefix}.txt`, training)
    const expected = ask<string[][]>(
      `
import sentencepiece
prefix, texts = input
size = 1400
sentencepiece.SentencePieceTrainer.train(input=prefix + '.txt', model_prefix=prefix, vocab_size=size, hard_vocab_limit=False, minloglevel=2, num_threads=1, ${options})
processor = sentencepiece.SentencePieceProcessor()
processor.Load(prefix + '.model')
answer([processor.EncodeAsPieces(text) for text in texts])
`,
      [prefix, texts],
    )
    const { encode } = createSentencePiece(fs.readFileSync(`${prefix}.model`))
    for (const [i, text] of texts.entries()) expect(encode(text), JSON.stringify(text)).toEqual(expected[i])
    expect(expected.flat().length).toBeGreaterThan(1000)
  })

  it('says that a file is no model', () => {
    expect(() => createSentencePiece(new TextEncoder().encode('not a model'))).toThrow('This is no SentencePiece model')
    expect(() => createSentencePiece(new Uint8Array(0))).toThrow('This is no SentencePiece model: it has no pieces.')
  })
})
