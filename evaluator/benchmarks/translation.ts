import { createChrf } from '#sacrebleu-js'
import type { Language } from '../../data/language.ts'
import type { ChatItem, CompletionItem, Measure } from '../benchmark.ts'
import { translationPrompt } from '../prompts.ts'
import { generativeItem } from './generative.ts'
import { fill } from './template.ts'

const chrfPlusPlus = createChrf({ wordOrder: 2 })

/** chrF++ of translations, as every translation benchmark here measures it. */
export const chrfMeasure = (from: Language, to: Language, rows: string, shots = 0): Measure => ({
  name: 'chrf++',
  title: `chrF++ ${from.name} → ${to.name} (${rows}${shots > 0 ? `, ${shots} shots` : ''})`,
  higherIsBetter: true,
  statistic: (sums) => chrfPlusPlus.scoreOf(sums).value,
})

/** A text and its human translation. */
export type TranslationRow = { id: string; source: string; target: string }

/** How a translation is asked for. */
export type TranslationOptions = {
  examples?: readonly TranslationRow[]
  chatTemplate?: boolean | undefined
  template?: string
}

/** With a chat template, the prompt of the training data; without one, AfroBench's (lm-evaluation-harness's `flores_*_prompt_1`), its space before the line end included. */
export function usualTranslationTemplate(from: Language, to: Language, chatTemplate = true): string {
  return chatTemplate ? translationPrompt('{text}', from, to) : '{from}: {text} \n{to}: '
}

/** What a template for translations can refer to. */
export const translationFields = ['text', 'from', 'to']

/** A text to translate and its human translation, as an item: greedy, and cut off at some three times the tokens that the source has. */
export function translationItem(
  row: TranslationRow,
  from: Language,
  to: Language,
  {
    examples = [],
    chatTemplate = true,
    template = usualTranslationTemplate(from, to, chatTemplate),
  }: TranslationOptions = {},
): ChatItem | CompletionItem {
  const question = (text: string) => fill(template, { text, from: from.name, to: to.name })
  return generativeItem({
    id: row.id,
    question: question(row.source),
    examples: examples.map(({ source, target }) => ({ question: question(source), answer: target })),
    delimiter: chatTemplate ? '' : ' ',
    // A token is some four characters of English and, in a script that the model hardly knows, less than one; three times the source's tokens cover what is served.
    maxTokens: Math.ceil((Math.max(Buffer.byteLength(row.source), 8) / 4) * 3) + 32,
    stop: ['\n'],
    chatTemplate,
    count: ({ text }) => chrfPlusPlus.statistics(text, [row.target]),
  })
}
