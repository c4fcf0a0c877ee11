import { Lexicon } from './lexicon.ts'
import { type Arithmetic, type Counter, type Metric, present, type References, rounding, type Score } from './metric.ts'
import { NgramIndex, Sequence } from './ngrams.ts'
import { toFixed } from './numbers.ts'
import { trimEnd } from './text.ts'
import type { Tokenizer } from './tokenizer.ts'
import { tokenizer13a } from './tokenizers/13a.ts'
import { tokenizerIntl } from './tokenizers/intl.ts'
import { tokenizerChar, tokenizerNone } from './tokenizers/plain.ts'
import { tokenizerZh } from './tokenizers/zh.ts'
import { Tokens, words } from './tokens.ts'

/** The tokenisers that need nothing but this package. */
export const tokenizers = {
  '13a': tokenizer13a,
  intl: tokenizerIntl,
  zh: tokenizerZh,
  char: tokenizerChar,
  none: tokenizerNone,
} as const satisfies Record<string, Tokenizer>

/** How an order without a match is smoothed (Chen and Cherry 2014). */
export type Smoothing = 'none' | 'floor' | 'add-k' | 'exp'

/** The smoothings and the values that they have by default. */
export const smoothings: Readonly<Record<Smoothing, number | undefined>> = {
  none: undefined,
  floor: 0.1,
  'add-k': 1,
  exp: undefined,
}

export type BleuOptions = {
  lowercase?: boolean
  /** One that is built in, or one that the caller brings: MeCab, SentencePiece. (`13a`) */
  tokenizer?: keyof typeof tokenizers | Tokenizer
  /** (`exp`) */
  smoothing?: Smoothing
  /** For `floor` (0.1) and `add-k` (1). */
  smoothingValue?: number
  /** The longest n-grams of tokens. (4) */
  maxOrder?: number
  /** Leaves out the orders that a segment is too short for. Wanted for single sentences. */
  effectiveOrder?: boolean
}

/**
 * BLEU (Papineni et al. 2002). The statistics are the lengths of hypothesis and closest reference, then by order how many n-grams match, then how many the
 * hypothesis has.
 *
 * @throws RangeError for a tokeniser or a smoothing that is not known, and for an order below 1.
 * @example corpusScore(createBleu(), ['The cat sat.'], [['The cat sat down.']]).value
 */
export function createBleu({
  lowercase = false,
  tokenizer = '13a',
  smoothing = 'exp',
  smoothingValue,
  maxOrder = 4,
  effectiveOrder = false,
}: BleuOptions = {}): Metric {
  const splitter = typeof tokenizer === 'string' ? tokenizers[tokenizer] : tokenizer
  if (!splitter) {
    throw new RangeError(
      `There is no tokeniser "${tokenizer}": give one of ${Object.keys(tokenizers).join(', ')}, or an object with "signature" and "tokenize".`,
    )
  }
  if (!Object.hasOwn(smoothings, smoothing)) {
    throw new RangeError(`There is no smoothing "${smoothing}": give one of ${Object.keys(smoothings).join(', ')}.`)
  }
  if (!Number.isInteger(maxOrder) || maxOrder < 1)
    throw new RangeError(`The longest n-gram has at least one token: ${maxOrder}.`)
  const smoothValue = smoothingValue ?? smoothings[smoothing]
  const plain = new Tokens()
  const prepare = (text: string): Tokens => {
    const trimmed = trimEnd(lowercase ? text.toLowerCase() : text)
    return splitter.write?.(trimmed) ?? plain.read(splitter.tokenize(trimmed), words)
  }
  const tokens = new Sequence()
  const matches = new Int32Array(maxOrder)
  const scratch = createReferences()

  function createReferences() {
    const grams = new NgramIndex(maxOrder)
    const lexicon = new Lexicon()
    let lengths: number[] = []
    return {
      read(references: References): void {
        lexicon.clear()
        lengths = []
        grams.clear()
        for (const text of present(references)) {
          readTokens(prepare(text), lexicon, true, tokens.clear())
          lengths.push(tokens.length)
          grams.add(tokens)
        }
      },
      count(hypothesis: string): number[] {
        readTokens(prepare(hypothesis), lexicon, false, tokens.clear())
        grams.match(tokens, matches)
        const statistics: number[] = new Array(2 + 2 * maxOrder)
        statistics[0] = tokens.length
        statistics[1] = closest(tokens.length, lengths)
        for (let n = 0; n < maxOrder; n++) {
          statistics[2 + n] = matches[n] as number
          statistics[2 + maxOrder + n] = Math.max(tokens.length - n, 0)
        }
        return statistics
      },
    }
  }

  function against(references: References): Counter {
    const counted = createReferences()
    counted.read(references)
    return counted.count
  }

  return {
    name: 'BLEU',
    higherIsBetter: true,
    settings: [
      { name: 'case', abbreviation: 'c', value: lowercase ? 'lc' : 'mixed' },
      { name: 'eff', abbreviation: 'e', value: effectiveOrder ? 'yes' : 'no' },
      { name: 'tok', abbreviation: 'tok', value: splitter.signature },
      {
        name: 'smooth',
        abbreviation: 's',
        value: smoothings[smoothing] === undefined ? smoothing : `${smoothing}[${toFixed(smoothValue as number, 2)}]`,
      },
    ],
    statistics(hypothesis, references) {
      scratch.read(references)
      return scratch.count(hypothesis)
    },
    against,
    scoreOf: (sums, arithmetic = 'double') =>
      score(sums, { maxOrder, smoothing, smoothValue, effectiveOrder, arithmetic }),
  }
}

/** The length that is nearest to the hypothesis's; of two that are as near, the shorter. */
function closest(length: number, references: readonly number[]): number {
  let nearest = references[0] as number
  for (const reference of references) {
    const difference = Math.abs(length - reference) - Math.abs(length - nearest)
    if (difference < 0 || (difference === 0 && reference < nearest)) nearest = reference
  }
  return nearest
}

/** The geometric mean of the orders' precisions, times the brevity penalty. */
function score(
  sums: ArrayLike<number>,
  settings: {
    maxOrder: number
    smoothing: Smoothing
    smoothValue: number | undefined
    effectiveOrder: boolean
    arithmetic: Arithmetic
  },
): Score {
  const { maxOrder, smoothing, smoothValue = 0, effectiveOrder, arithmetic } = settings
  const round = rounding(arithmetic)
  const [length, reference] = [Math.trunc(sums[0] as number), Math.trunc(sums[1] as number)]
  const correct = Array.from({ length: maxOrder }, (_, n) => sums[2 + n] as number)
  const total = Array.from({ length: maxOrder }, (_, n) => sums[2 + maxOrder + n] as number)
  const penalty = length >= reference ? 1 : length > 0 ? Math.exp(1 - reference / length) : 0
  const precisions: number[] = new Array(maxOrder).fill(0)
  const finish = (value: number): Score => ({
    name: 'BLEU',
    value,
    details: describe(precisions, penalty, length, reference),
    single: false,
  })
  if (correct.every((count) => count === 0)) return finish(0)

  let halving = 1
  let orders = maxOrder
  for (let n = 0; n < maxOrder; n++) {
    if (smoothing === 'add-k' && n > 0) {
      const added = (count: number) =>
        arithmetic === 'integer' ? Math.trunc(count + smoothValue) : round(count + round(smoothValue))
      correct[n] = added(correct[n] as number)
      total[n] = added(total[n] as number)
    }
    const [match, all] = [correct[n] as number, total[n] as number]
    if (all === 0) break
    if (effectiveOrder) orders = n + 1
    if (match !== 0) precisions[n] = round(round(100 * match) / all)
    else if (smoothing === 'exp') {
      halving *= 2
      precisions[n] = round(100 / round(round(halving) * all))
    } else if (smoothing === 'floor') precisions[n] = round(round(100 * smoothValue) / all)
  }
  let logarithms = 0
  // sacreBLEU's logarithm of nothing: low enough that the score is nothing too.
  for (let n = 0; n < orders; n++) logarithms += precisions[n] === 0 ? -9999999999 : Math.log(precisions[n] as number)
  return finish(penalty * Math.exp(logarithms / orders))
}

function describe(precisions: readonly number[], penalty: number, length: number, reference: number): string {
  const ratio = reference === 0 ? 0 : length / reference
  return (
    `${precisions.map((precision) => toFixed(precision, 1)).join('/')} ` +
    `(BP = ${toFixed(penalty, 3)} ratio = ${toFixed(ratio, 3)} hyp_len = ${length} ref_len = ${reference})`
  )
}

/** A text's tokens as the lexicon's numbers; a hypothesis's token that no reference has is 0. */
function readTokens(
  { units, ends, keys, count }: Tokens,
  lexicon: Lexicon,
  isReference: boolean,
  into: Sequence,
): void {
  for (let token = 0, start = 0; token < count; token++) {
    const end = ends[token] as number
    const key = keys[token] as number
    into.push(isReference ? lexicon.add(units, start, end, key) : lexicon.find(units, start, end, key))
    start = end
  }
}
