import { createChrf } from '#sacrebleu-js'
import type { Language } from '../../data/language.ts'
import type { Sampling } from '../../models/runtime.ts'
import type { ChatItem, Measure } from '../benchmark.ts'
import { translationPrompt } from '../prompts.ts'

const chrfPlusPlus = createChrf({ wordOrder: 2 })

/** chrF++ of translations, as every translation benchmark here measures it. */
export const chrfMeasure = (from: Language, to: Language): Measure => ({
  name: 'chrf++',
  title: `chrF++ ${from.name} → ${to.name}`,
  higherIsBetter: true,
  statistic: (sums) => chrfPlusPlus.scoreOf(sums).value,
})

/** A text to translate and its human translation, as an item: greedy, and cut off at some three times the tokens that the source has. */
export function translationItem(
  row: { id: string; source: string; target: string },
  from: Language,
  to: Language,
): ChatItem {
  // A token is some four characters of English and, in a script that the model hardly knows, less than one; three times the source's tokens cover what is served.
  const sampling: Sampling = {
    temperature: 0,
    repeatPenalty: 1,
    maxTokens: Math.ceil((Math.max(Buffer.byteLength(row.source), 8) / 4) * 3) + 32,
  }
  return {
    id: row.id,
    messages: [{ role: 'user', content: translationPrompt(row.source, from, to) }],
    sampling,
    count: ({ text }) => chrfPlusPlus.statistics(text, [row.target]),
  }
}
