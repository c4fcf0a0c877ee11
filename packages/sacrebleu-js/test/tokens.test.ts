import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTer, tokenizers } from '../src/index.ts'
import { splitWords } from '../src/text.ts'
import { createTercom } from '../src/tokenizers/tercom.ts'

/** The expressions that sacreBLEU runs over a text one after the other: what the one loop must come to. */
const marks = /[ -&(-+/:-@[-`{-~]/gu
const stops = (text: string): string =>
  text
    .replaceAll(/([^0-9])([.,])/gu, '$1 $2 ')
    .replaceAll(/([.,])([^0-9])/gu, ' $1 $2')
    .replaceAll(/([0-9])(-)/gu, '$1 $2 ')
const entities = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
const passes: Record<string, { ours: (text: string) => string; theirs: (text: string) => string }> = {
  '13a': {
    ours: tokenizers['13a'].tokenize,
    theirs: (text) => {
      const joined = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ')
      return stops(` ${entities(joined)} `.replaceAll(marks, ' $& '))
    },
  },
  intl: {
    ours: tokenizers.intl.tokenize,
    theirs: (text) =>
      text
        .replaceAll(/(\P{N})(\p{P})/gu, '$1 $2 ')
        .replaceAll(/(\p{P})(\P{N})/gu, ' $1 $2')
        .replaceAll(/\p{S}/gu, ' $& '),
  },
  'Tercom’s normaliser': {
    ours: createTercom({ normalized: true, caseSensitive: true }),
    theirs: (text) => {
      const joined = entities(text.replaceAll('\n-', '').replaceAll('\n', ' '))
      return stops(` ${joined} `.replaceAll(marks, ' $& ').replaceAll("'s ", " 's "))
    },
  },
}

const pieces = [
  ...'abs09.,.,--\'"<>&;$+ ',
  "'s ",
  '&lt;',
  '&amp;quot;',
  '<skipped>',
  '-\n',
  '\n-',
  '\r\n',
  ...'\t\u001c\u0085\u00a0\u2028\u3000\u200b\ufeff\u0301',
  ...'中。，「」٣٫½①¿«»€é\u{1d7cf}\u{10100}\u{20000}😀',
  '\ud83d',
  '\ude00',
]
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(''))

const segments = [
  '',
  ' ',
  '\u0085',
  '\r\n',
  '.',
  '..',
  '-',
  "'s",
  "it's",
  '1.',
  '.1',
  '1..2',
  '1...2',
  '5-6',
  '-5',
  '\ud83d.',
  '\u{1d7cf}.\u{1d7cf}',
]

describe.each(Object.entries(passes))('%s', (_, { ours, theirs }) => {
  it.each(segments)('splits %j as its expressions do', (segment) => {
    expect(splitWords(ours(segment))).toEqual(splitWords(theirs(segment)))
  })

  it('splits any text as its expressions do', () => {
    fc.assert(
      fc.property(text, (segment) => {
        expect(splitWords(ours(segment))).toEqual(splitWords(theirs(segment)))
      }),
      { numRuns: 3000, seed: 3 },
    )
  })

  it('splits a text that is longer than those before', () => {
    const long = "a.1,2 b's-3 😀. ".repeat(2000)
    expect(splitWords(ours(long))).toEqual(splitWords(theirs(long)))
    const word = `${'a1'.repeat(5000)}.5`
    expect(splitWords(ours(word))).toEqual(splitWords(theirs(word)))
  })
})

it('counts TER’s edits alike whether buffers were used for longer texts before or not', () => {
  const metric = createTer()
  const long = 'a b c d e f g h i j k l m '.repeat(30)
  const pairs: [string, (string | null)[]][] = [
    ['d a b c', ['a b c d', null, 'x']],
    [long, [`${long.slice(20)}${long.slice(0, 20)}`, 'm l k']],
    ['', ['a b']],
    ['d a b c', ['a b c d', null, 'x']],
    ['e f a b c d', ['a b c d e f', `${long} a b`, '']],
  ]
  for (const [hypothesis, references] of pairs) {
    const count = metric.against(references)
    const fresh = createTer().statistics(hypothesis, references)
    expect(metric.statistics(hypothesis, references)).toEqual(fresh)
    expect(metric.statistics(long, [long])).toEqual([0, 390])
    // A counter keeps its references while other segments are scored.
    expect(count(hypothesis)).toEqual(fresh)
    expect(count(hypothesis)).toEqual(fresh)
  }
})
