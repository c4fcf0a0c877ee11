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
  const scratch = createReader()
  const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no')

  function countIn(reader: ReturnType<typeof createReader>, references: References): Counter {
    let length = 0
    const targets = present(references).map((text) => {
      const target = reader.read(prepare(text), length)
      length += target.length
      return target
    })
    return (hypothesis) => {
      const words = reader.read(prepare(hypothesis), length)
      let fewest = Number.POSITIVE_INFINITY
      for (const target of targets) fewest = Math.min(fewest, edits(words, target))
      return [fewest, length / targets.length]
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
    against: (references) => countIn(createReader(), references),
    scoreOf(sums, arithmetic = 'double') {
      const [edited, length] = [sums[0] as number, sums[1] as number]
      // Without any reference word a hypothesis with words is all wrong, and one without is right.
      if (length <= 0) return { name: 'TER', value: edited > 0 ? 100 : 0, single: false }
      const round = rounding(arithmetic)
      return { name: 'TER', value: round(100 * round(edited / length)), single: arithmetic === 'single' }
    },
  }
}

/** Reads texts' words as numbers, into a buffer that is used again. */
function createReader() {
  const lexicon = new Lexicon()
  let pool = new Int32Array(256)
  return {
    clear: () => lexicon.clear(),
    /** A text's words, new ones added to the lexicon, in the buffer from a place on. They stay until that place is written to again. */
    read({ units, ends, keys, count }: Tokens, place: number): Int32Array {
      // What was read before stays in the buffer that it was read into.
      if (pool.length < place + count) pool = new Int32Array((place + count) * 2)
      for (let token = 0, start = 0; token < count; token++) {
        const end = ends[token] as number
        pool[place + token] = lexicon.add(units, start, end, keys[token] as number)
        start = end
      }
      return pool.subarray(place, place + count)
    },
  }
}
