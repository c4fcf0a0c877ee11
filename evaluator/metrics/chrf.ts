import type { Statistic } from './bootstrap.ts'

/**
 * chrF++ (Popović 2017): an F-score, with recall counted twice as much as precision, of character n-grams up to 6 and word n-grams up to 2. It is
 * sacreBLEU 2.6's `CHRF(word_order=2)` to the last digit: white space left out of the character n-grams, effective order instead of smoothing, one reference.
 */
const characterOrder = 6
const wordOrder = 2
const beta = 2

/** What Python's `str.split` splits on; JavaScript's `\s` lacks U+001C–U+001F and U+0085 and adds U+FEFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python takes the separators U+001C–U+001F for white space.
const whiteSpace = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u

/** Python's `string.punctuation`. */
const punctuation = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')

/**
 * The counts of one sentence: for each n-gram order how many n-grams the hypothesis has, how many the reference has, and how many match.
 * Corpus-level chrF++ is `chrf` of the sums of these over all sentences, which is what the bootstrap resamples.
 *
 * @example chrf(chrfCounts('O gato dorme.', 'O gato durme.')) // 0–100
 */
export function chrfCounts(hypothesis: string, reference: string): number[] {
  const hypotheses = ngrams(hypothesis)
  const references = ngrams(reference)
  return hypotheses.flatMap((hypothesisGrams, order) => {
    const referenceGrams = references[order] as Map<string, number>
    let total = 0
    let matches = 0
    for (const [gram, count] of hypothesisGrams) {
      total += count
      matches += Math.min(count, referenceGrams.get(gram) ?? 0)
    }
    let expected = 0
    for (const count of referenceGrams.values()) expected += count
    // sacreBLEU does not count the hypothesis's n-grams of an order that the reference is too short for.
    return [expected > 0 ? total : 0, expected, matches]
  })
}

/** chrF++, from 0 to 100, of summed counts. */
export const chrf: Statistic = (counts) => {
  let precision = 0
  let recall = 0
  let orders = 0
  for (let i = 0; i < counts.length; i += 3) {
    const [total = 0, expected = 0, matches = 0] = counts.slice(i, i + 3)
    if (total === 0 || expected === 0) continue
    precision += matches / total
    recall += matches / expected
    orders++
  }
  if (orders === 0 || precision + recall === 0) return 0
  precision /= orders
  recall /= orders
  return (100 * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall)
}

/** N-grams of characters (code points), then of words, each order with its counts. */
function ngrams(text: string): Map<string, number>[] {
  const tokens = text.split(whiteSpace).filter((token) => token !== '')
  const characters = [...tokens.join('')]
  const words = tokens.flatMap(separatePunctuation)
  return [
    ...Array.from({ length: characterOrder }, (_, n) => count(characters, n + 1, '')),
    ...Array.from({ length: wordOrder }, (_, n) => count(words, n + 1, ' ')),
  ]
}

function count(items: readonly string[], order: number, joint: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (let i = 0; i + order <= items.length; i++) {
    const gram = items.slice(i, i + order).join(joint)
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

/** Splits one ASCII punctuation mark from a word's end, or else from its beginning: `(hi)` becomes `(hi` and `)`, as in chrF's own script. */
function separatePunctuation(word: string): string[] {
  if (word.length === 1) return [word]
  const last = word.at(-1) as string
  if (punctuation.has(last)) return [word.slice(0, -1), last]
  const first = word.charAt(0)
  return punctuation.has(first) ? [first, word.slice(1)] : [word]
}
