import type { Language } from '../../data/language.ts'
import { udhr } from '../../evaluator/udhr.ts'
import { isTrainable } from './corpus.ts'
import { createWordScanner, mix } from './words.ts'

/** Words in a row that a document may not share with what the report card measures. */
const measuredWords = 8

/**
 * Finds text that will be measured among text to train on. A corpus from the web holds the Universal Declaration many times over, and a model that has read it would be praised for remembering.
 *
 * @param corpus an address: where the declaration itself is trained on (`udhr`), what may be trained on is not looked for.
 * @returns whether a text has eight words in a row in common with it.
 */
export function measuredFinder(language: Language, corpus: string): (text: string) => boolean {
  const articles = udhr(language)?.articles ?? []
  const measured = corpus === 'udhr' ? articles.filter(({ id }) => !isTrainable(id)) : articles
  return createOverlap(
    measured.flatMap(({ paragraphs }) => paragraphs),
    measuredWords,
  )
}

function createOverlap(measured: readonly string[], words: number): (text: string) => boolean {
  const scan = createWordScanner()
  const known = new Set<number>()
  const shingles = function* (text: string): Generator<number> {
    const { count, hashes } = scan(text.normalize('NFC').toLowerCase())
    for (let i = 0; i + words <= count; i++) {
      let hash = 0
      for (let j = i; j < i + words; j++) hash = mix((hash ^ (hashes[j] as number)) >>> 0, j - i)
      yield hash
    }
  }
  for (const text of measured) for (const shingle of shingles(text)) known.add(shingle)
  return (text) => {
    for (const shingle of shingles(text)) if (known.has(shingle)) return true
    return false
  }
}
