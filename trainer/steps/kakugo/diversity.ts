import { words } from '../../../evaluator/text.ts'
import type { StepContext } from '../../step.ts'

/** Texts that are compared with each other: some 5,000 pairs. */
const sampleSize = 100
/** Texts after which a first look is taken, while stopping is still cheap. */
const firstLook = 40
/** Characters of a gram: long enough that two unrelated texts of one language share few. */
const gram = 5
/** Below this share of the sample's size its effective number says that the texts are variations of a few. */
const collapsed = 0.3

/** How much texts differ: `distinct2` is the share of word pairs that occur once only among all, `effective` the effective number of different texts as a share of their number. */
export type Diversity = { distinct2: number; effective: number }

/**
 * Distinct-2 (Li et al. 2016) and the Vendi score of order 2 (Friedman & Dieng 2023), n² / Σ K², with K the Jaccard similarity of character 5-grams: as many texts as if all were different,
 * here as a share of n. No model and no language is needed for either.
 *
 * @example diversityOf(['Que é unha lingua?', 'Como se fai o caldo?']) // { distinct2: 1, effective: 1 }
 */
export function diversityOf(texts: readonly string[]): Diversity {
  const pairs = texts.flatMap((text) => {
    const all = words(text.toLowerCase())
    return all.slice(1).map((word, place) => `${all[place]} ${word}`)
  })
  const sets = texts.map(grams)
  let squares = 0
  for (const [place, set] of sets.entries()) {
    squares += 1
    for (const other of sets.slice(place + 1)) squares += 2 * jaccard(set, other) ** 2
  }
  return {
    distinct2: pairs.length === 0 ? 1 : new Set(pairs).size / pairs.length,
    effective: texts.length === 0 ? 1 : texts.length / squares,
  }
}

/**
 * Watches the texts that a step makes and says so, early, when a teacher writes the same again and again; the measures go with the stage.
 */
export function watchDiversity({ note, random }: Pick<StepContext, 'note' | 'random'>, title: string) {
  const drawn = random.fork(`diversity ${title}`)
  const sample: string[] = []
  let seen = 0
  let warned = false
  const look = (): Diversity => {
    const found = diversityOf(sample)
    if (!warned && sample.length >= firstLook && found.effective < collapsed) {
      warned = true
      note({
        sentence: `${title}: the texts are very much alike (of ${sample.length} compared, as if ${Math.max(1, Math.round(found.effective * sample.length))} were different). Another teacher, or a higher temperature, would make better data; Ctrl-C stops here.`,
      })
    }
    return found
  }
  return {
    add(text: string): void {
      seen++
      if (sample.length < sampleSize) sample.push(text)
      else {
        const place = drawn.int(seen)
        if (place < sampleSize) sample[place] = text
      }
      if (seen === firstLook) look()
    },
    end(): void {
      if (sample.length < 2) return
      const { distinct2, effective } = look()
      note({ measures: { distinct2: rounded(distinct2), effective: rounded(effective) } })
    },
  }
}

const rounded = (value: number) => Math.round(value * 1000) / 1000

function grams(text: string): Set<string> {
  const characters = [...text.normalize('NFC').toLowerCase()]
  const found = new Set<string>()
  for (let start = 0; start <= Math.max(0, characters.length - gram); start++) {
    found.add(characters.slice(start, start + gram).join(''))
  }
  return found
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0
  for (const each of a) if (b.has(each)) common++
  return common / (a.size + b.size - common)
}
