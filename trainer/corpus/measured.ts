import type { Language } from '../../data/language.ts'
import { udhr } from '../../evaluator/udhr.ts'
import { isTrainable } from './corpus.ts'
import { createOverlap } from './overlap.ts'

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
