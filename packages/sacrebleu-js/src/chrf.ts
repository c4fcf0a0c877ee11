import { Lexicon } from './lexicon.ts'
import { type Arithmetic, type Counter, type Metric, present, type References, rounding, type Score } from './metric.ts'
import { NgramIndex, Sequence } from './ngrams.ts'
import { isSpace } from './text.ts'
import { words as spaced, Tokens } from './tokens.ts'

export type ChrfOptions = {
  /** The longest n-grams of characters (code points). (6) */
  characterOrder?: number
  /** The longest n-grams of words; 2 is chrF++. (0) */
  wordOrder?: number
  /** How many times recall counts as much as precision. (2) */
  beta?: number
  lowercase?: boolean
  /** Keeps white space in the n-grams of characters. */
  whitespace?: boolean
  /** Smooths as chrF++.py, NLTK and Moses do, instead of leaving out the orders that a text is too short for. */
  epsSmoothing?: boolean
}

/**
 * chrF (Popović 2015) and chrF++ (Popović 2017): an F-score of n-grams of characters, and for chrF++ of words. The statistics are, for each order, how many
 * n-grams the hypothesis has, how many the reference has and how many match; of several references, those of the one with the best score.
 *
 * @throws RangeError when an order is no whole number from 0 or none is above 0.
 * @example
 * const chrfPlusPlus = createChrf({ wordOrder: 2 })
 * corpusScore(chrfPlusPlus, ['O gato dorme.'], [['O gato durme.']]).value
 */
export function createChrf({
  characterOrder = 6,
  wordOrder = 0,
  beta = 2,
  lowercase = false,
  whitespace = false,
  epsSmoothing = false,
}: ChrfOptions = {}): Metric {
  for (const order of [characterOrder, wordOrder]) {
    if (!Number.isInteger(order) || order < 0)
      throw new RangeError(`An n-gram order is a whole number from 0: ${order}.`)
  }
  if (characterOrder + wordOrder === 0)
    throw new RangeError('chrF needs n-grams of characters or of words: both orders are 0.')
  const name = `chrF${beta}${'+'.repeat(wordOrder)}`
  const prepare = (text: string): string => (lowercase ? text.toLowerCase() : text)
  const characters = new Sequence()
  const words = new Sequence()
  const tokens = new Tokens()
  const matches = { characters: new Int32Array(characterOrder), words: new Int32Array(wordOrder) }
  const scratch = createReference()

  function createReference() {
    const characterGrams = new NgramIndex(characterOrder)
    const wordGrams = new NgramIndex(wordOrder)
    const lexicon = new Lexicon()
    let characterCount = 0
    let wordCount = 0
    return {
      read(text: string): void {
        readCharacters(text, whitespace, characters.clear())
        characterCount = characters.length
        characterGrams.clear()
        characterGrams.add(characters)
        if (wordOrder === 0) return
        lexicon.clear()
        readWords(tokens.read(text, spaced), lexicon, true, words.clear())
        wordCount = words.length
        wordGrams.clear()
        wordGrams.add(words)
      },
      /** Counts the hypothesis whose characters are read. */
      count(hypothesis: string): number[] {
        const statistics: number[] = []
        characterGrams.match(characters, matches.characters)
        push(statistics, characters.length, characterCount, matches.characters)
        if (wordOrder > 0) {
          readWords(tokens.read(hypothesis, spaced), lexicon, false, words.clear())
          wordGrams.match(words, matches.words)
          push(statistics, words.length, wordCount, matches.words)
        }
        return statistics
      },
    }
  }

  function best(hypothesis: string, candidates: Iterable<ReturnType<typeof createReference>>): number[] {
    readCharacters(hypothesis, whitespace, characters.clear())
    let statistics: number[] = []
    let bestScore = -1
    for (const reference of candidates) {
      const counts = reference.count(hypothesis)
      const { value } = scoreOf(counts)
      if (value > bestScore) {
        bestScore = value
        statistics = counts
      }
    }
    return statistics
  }

  function statistics(hypothesis: string, references: References): number[] {
    const text = prepare(hypothesis)
    const found = present(references)
    if (found.length > 1) return against(references)(hypothesis)
    scratch.read(prepare(found[0] as string))
    return best(text, [scratch])
  }

  function against(references: References): Counter {
    const counted = present(references).map((text) => {
      const reference = createReference()
      reference.read(prepare(text))
      return reference
    })
    return (hypothesis) => best(prepare(hypothesis), counted)
  }

  function scoreOf(sums: ArrayLike<number>, arithmetic: Arithmetic = 'double'): Score {
    const orders = characterOrder + wordOrder
    const score = epsSmoothing ? smoothed(sums, orders, beta, arithmetic) : effective(sums, orders, beta, arithmetic)
    return { name, ...score }
  }

  return {
    name,
    higherIsBetter: true,
    settings: [
      { name: 'case', abbreviation: 'c', value: lowercase ? 'lc' : 'mixed' },
      { name: 'eff', abbreviation: 'e', value: epsSmoothing ? 'no' : 'yes' },
      { name: 'nc', abbreviation: 'nc', value: characterOrder },
      { name: 'nw', abbreviation: 'nw', value: wordOrder },
      { name: 'space', abbreviation: 's', value: whitespace ? 'yes' : 'no' },
    ],
    statistics,
    against,
    scoreOf,
  }
}

/** Adds hypothesis, reference and match of each order. sacreBLEU does not count the hypothesis's n-grams of an order that the reference is too short for. */
function push(statistics: number[], hypothesis: number, reference: number, matches: Int32Array): void {
  for (const [n, match] of matches.entries()) {
    const expected = Math.max(reference - n, 0)
    statistics.push(expected > 0 ? Math.max(hypothesis - n, 0) : 0, expected, match)
  }
}

/** The mean of precisions and of recalls over the orders that both sides have, then their F-score. */
function effective(sums: ArrayLike<number>, orders: number, beta: number, arithmetic: Arithmetic) {
  const round = rounding(arithmetic)
  const factor = beta ** 2
  let precision = 0
  let recall = 0
  let effectiveOrders = 0
  for (let i = 0; i < 3 * orders; i += 3) {
    const hypothesis = sums[i] as number
    const reference = sums[i + 1] as number
    const match = sums[i + 2] as number
    if (hypothesis <= 0 || reference <= 0) continue
    precision = round(precision + round(match / hypothesis))
    recall = round(recall + round(match / reference))
    effectiveOrders++
  }
  if (precision + recall === 0) return { value: 0, single: false }
  precision = round(precision / effectiveOrders)
  recall = round(recall / effectiveOrders)
  const weighted = round(round(round(1 + factor) * precision) * recall)
  const f = round(weighted / round(round(round(factor) * precision) + recall))
  return { value: round(100 * f), single: arithmetic === 'single' }
}

/** The mean of the orders' F-scores, with a very small number for what cannot be divided. */
function smoothed(sums: ArrayLike<number>, orders: number, beta: number, arithmetic: Arithmetic) {
  const epsilon = 1e-16
  const factor = beta ** 2
  let score = 0
  let single = false
  for (let i = 0; i < 3 * orders; i += 3) {
    const hypothesis = sums[i] as number
    const reference = sums[i + 1] as number
    const match = sums[i + 2] as number
    // numpy's numbers take part as soon as one quotient is theirs; two epsilons are Python's own floats.
    const own = hypothesis <= 0 && reference <= 0
    const round = rounding(own ? 'double' : arithmetic)
    const precision = hypothesis > 0 ? round(match / hypothesis) : round(epsilon)
    const recall = reference > 0 ? round(match / reference) : round(epsilon)
    const denominator = round(round(round(factor) * precision) + recall)
    const positive = denominator > 0
    const term = positive ? round(round(round(round(1 + factor) * precision) * recall) / denominator) : epsilon
    if (arithmetic === 'single' && !own && positive) single = true
    score = single ? Math.fround(Math.fround(score) + Math.fround(term)) : score + term
  }
  const round = rounding(single ? 'single' : 'double')
  return { value: round(round(100 * score) / orders), single }
}

/** A text's code points, without white space unless it is kept. */
function readCharacters(text: string, whitespace: boolean, into: Sequence): void {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (!whitespace && isSpace(unit)) continue
    if ((unit & 0xfc00) === 0xd800) {
      const point = text.codePointAt(i) as number
      if (point > 0xffff) i++
      into.push(point)
    } else into.push(unit)
  }
}

/**
 * A text's words as the lexicon's numbers. One ASCII punctuation mark is split from a word's end, or else from its beginning: `(hi)` becomes `(hi` and `)`,
 * as in chrF's own script. A hypothesis's word that the reference lacks is 0.
 */
function readWords({ units, ends, count }: Tokens, lexicon: Lexicon, isReference: boolean, into: Sequence): void {
  const number = (start: number, end: number) =>
    into.push(isReference ? lexicon.add(units, start, end) : lexicon.find(units, start, end))
  for (let token = 0, start = 0; token < count; token++) {
    const end = ends[token] as number
    if (end - start > 1 && isPunctuation(units[end - 1] as number)) {
      number(start, end - 1)
      number(end - 1, end)
    } else if (end - start > 1 && isPunctuation(units[start] as number)) {
      number(start, start + 1)
      number(start + 1, end)
    } else number(start, end)
    start = end
  }
}

/** Python's `string.punctuation`: what of ASCII is neither letter, digit, space nor control. */
function isPunctuation(unit: number): boolean {
  return (
    (unit >= 0x21 && unit <= 0x2f) ||
    (unit >= 0x3a && unit <= 0x40) ||
    (unit >= 0x5b && unit <= 0x60) ||
    (unit >= 0x7b && unit <= 0x7e)
  )
}
