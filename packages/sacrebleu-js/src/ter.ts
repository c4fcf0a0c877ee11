import { Lexicon } from './lexicon.ts'
import { type Counter, type Metric, present, type References, rounding } from './metric.ts'
import { edits } from './ter-edits.ts'
import { trimEnd } from './text.ts'
import { createTercom, type TercomOptions } from './tokenizers/tercom.ts'
import { words as spaced, Tokens } from './tokens.ts'

export type TerOptions = TercomOptions

/**
 * TER (Snover et al. 2006), the translation edit rate as Tercom computes it: insertions, deletions, substitutions and shifts of phrases over the reference's
 * length. The statistics are the fewest edits to any reference and the references' mean length. Lower is better.
 *
 * @example corpusScore(createTer({ caseSensitive: true }), ['sat the cat'], [['the cat sat']]).value // 33.3: one shift
 */
export function createTer(options: TerOptions = {}): Metric {
  const { normalized = false, noPunctuation = false, asianSupport = false, caseSensitive = false } = options
  const tokenize = createTercom(options)
  const tokens = new Tokens()
  const prepare = (text: string): Tokens => tokens.read(tokenize(trimEnd(text)), spaced)
  const scratch = new Lexicon()
  const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no')

  function countIn(lexicon: Lexicon, references: References): Counter {
    const targets = present(references).map((text) => readWords(prepare(text), lexicon))
    const length = targets.reduce((sum, words) => sum + words.length, 0) / targets.length
    return (hypothesis) => {
      const words = readWords(prepare(hypothesis), lexicon)
      return [Math.min(...targets.map((target) => edits(words, target))), length]
    }
  }

  return {
    name: 'TER',
    higherIsBetter: false,
    settings: [
      { name: 'case', abbreviation: 'c', value: caseSensitive ? 'mixed' : 'lc' },
      { name: 'tok', abbreviation: 't', value: 'tercom' },
      { name: 'norm', abbreviation: 'nr', value: yesOrNo(normalized) },
      { name: 'punct', abbreviation: 'pn', value: yesOrNo(!noPunctuation) },
      { name: 'asian', abbreviation: 'as', value: yesOrNo(asianSupport) },
    ],
    statistics(hypothesis, references) {
      scratch.clear()
      return countIn(scratch, references)(hypothesis)
    },
    against: (references) => countIn(new Lexicon(), references),
    scoreOf(sums, arithmetic = 'double') {
      const [edited, length] = [sums[0] as number, sums[1] as number]
      // Without any reference word a hypothesis with words is all wrong, and one without is right.
      if (length <= 0) return { name: 'TER', value: edited > 0 ? 100 : 0, single: false }
      const round = rounding(arithmetic)
      return { name: 'TER', value: round(100 * round(edited / length)), single: arithmetic === 'single' }
    },
  }
}

/** A text's words as the lexicon's numbers, new ones added. */
function readWords({ units, ends, keys, count }: Tokens, lexicon: Lexicon): Int32Array {
  const words = new Int32Array(count)
  for (let token = 0, start = 0; token < count; token++) {
    const end = ends[token] as number
    words[token] = lexicon.add(units, start, end, keys[token] as number)
    start = end
  }
  return words
}
