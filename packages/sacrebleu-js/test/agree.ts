import fc from 'fast-check'
import { expect } from 'vitest'
import { formatScore } from '../src/format.ts'
import {
  corpusScore,
  corpusStatistics,
  type Metric,
  numberOfReferences,
  sentenceScore,
  signature,
} from '../src/index.ts'
import { corpusOf, oddities, scripts } from './corpora.ts'
import { ask, type Corpus, sacrebleu } from './python.ts'

/** The code points that Python knows a character for: what it has no data for, JavaScript may. */
export const assigned: number[] = ask(
  `
import unicodedata
answer([c for c in range(0x110000) if unicodedata.category(chr(c)) != 'Cn'])
`,
  null,
)

const everySegment = (corpus: Corpus): [string, (string | null)[]][] =>
  corpus.hypotheses.map((hypothesis, i) => [hypothesis, corpus.references.map((stream) => stream[i] as string | null)])

/** Random Unicode of the kinds that matter: ASCII, white space, punctuation, several scripts, and anything at all that Python knows. */
const text: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...'aab cd e.,-012\'s"!?&;()<> ') },
      { weight: 2, arbitrary: fc.constantFrom(...'\t\n\r\u001c\u0085\u00a0\u2028\u3000\u200b\ufeff\u200d\u0301') },
      { weight: 2, arbitrary: fc.constantFrom(...'ßΣςİı中文，。のア！अشš한ก፡😀𠀀') },
      { weight: 2, arbitrary: fc.nat(assigned.length - 1).map((i) => String.fromCodePoint(assigned[i] as number)) },
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''))

/** Random pairs, half of them with something in common. */
export function randomCorpus(segments: number, seed: number): Corpus {
  const pairs = fc.sample(fc.tuple(text, text, text, fc.boolean()), { numRuns: segments, seed })
  return {
    hypotheses: pairs.map(([hypothesis]) => hypothesis),
    references: [
      pairs.map(([hypothesis, one, two, similar]) =>
        similar ? `${hypothesis.slice(2)}${one.slice(0, 8)}${two.slice(0, 3)}` : one,
      ),
    ],
  }
}

/** Several references, some of them missing. */
function severalReferences(): Corpus {
  const corpus = corpusOf('glg', { references: 3 })
  const [first = [], second = [], third = []] = corpus.references
  return {
    hypotheses: corpus.hypotheses,
    references: [
      first,
      second.map((line, i) => (i % 3 === 0 ? null : line)),
      third.map((line, i) => (i % 4 === 1 ? '' : line)),
    ],
  }
}

/** Expects a metric to give sacreBLEU's numbers, signatures and words: for real text in all scripts, odd text, several references and random Unicode. */
export function agree(
  name: 'BLEU' | 'CHRF' | 'TER',
  options: string,
  metric: Metric,
  { segments = 5, random = 400 }: { segments?: number; random?: number } = {},
): void {
  expect(scripts().length).toBeGreaterThanOrEqual(25)
  agreeOn(name, options, metric, [
    ...scripts().map(({ code }) => corpusOf(code, { segments })),
    corpusOf('eng', { references: 2 }),
    severalReferences(),
    oddities,
    randomCorpus(random, 7),
  ])
}

/** The same for these corpora alone. */
export function agreeOn(name: 'BLEU' | 'CHRF' | 'TER', options: string, metric: Metric, corpora: Corpus[]): void {
  const expected = sacrebleu(name, options, corpora)
  for (const [i, corpus] of corpora.entries()) {
    const { score, text, signature: long, short, sentences, statistics } = expected[i] as (typeof expected)[number]
    const references = numberOfReferences(corpus.references)
    const counted = corpusStatistics(metric, corpus.hypotheses, corpus.references)
    for (const [segment, counts] of counted.entries()) {
      expect(counts, JSON.stringify(everySegment(corpus)[segment])).toEqual(statistics[segment])
    }
    const ours = corpusScore(metric, corpus.hypotheses, corpus.references)
    expect(Math.abs(ours.value - score)).toBeLessThan(1e-9)
    for (const [segment, [hypothesis, targets]] of everySegment(corpus).entries()) {
      const { value } = sentenceScore(metric, hypothesis, targets)
      expect(Math.abs(value - (sentences[segment] as number)), JSON.stringify([hypothesis, targets])).toBeLessThan(1e-9)
      expect(metric.against(targets)(hypothesis)).toEqual(statistics[segment])
    }
    expect(signature(metric, { references })).toBe(long)
    expect(signature(metric, { references }, { short: true })).toBe(short)
    expect(formatScore(ours, { signature: long })).toBe(text)
  }
}
