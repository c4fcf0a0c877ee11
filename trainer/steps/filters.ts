import type { Language } from '../../data/language.ts'
import { isInLanguage } from '../../evaluator/language-id.ts'
import { isLooping } from '../../evaluator/metrics/repetition.ts'
import { englishShare, scriptShare, words } from '../../evaluator/text.ts'
import type { Message } from '../../models/runtime.ts'
import type { Dropped, Example } from '../example.ts'

/** Why an example is dropped, or undefined for one that is kept. A filter's name is what the report's funnel counts under. */
export type Filter = { name: string; reason(example: Example): string | undefined }

/** The first filter's verdict on an example, or undefined when all keep it. */
export function firstDrop(example: Example, filters: readonly Filter[]): Dropped | undefined {
  for (const filter of filters) {
    const reason = filter.reason(example)
    if (reason !== undefined) return { by: filter.name, reason }
  }
  return undefined
}

const turns = (messages: Message[] | undefined) => messages ?? []
const answersOf = (messages: Message[] | undefined) => turns(messages).filter((message) => message.role === 'assistant')
const textOf = (messages: Message[] | undefined) =>
  turns(messages)
    .map((message) => message.content)
    .join('\n')

/** Drops texts that go in circles. */
export const looping: Filter = {
  name: 'looping',
  reason: ({ source, target }) => {
    for (const { content } of [...answersOf(source), ...answersOf(target)]) {
      const verdict = isLooping(content)
      if (verdict.looping) return verdict.reason
    }
    return undefined
  },
}

/** Drops answers with fewer words than `least`. */
export const tooShort = (least: number): Filter => ({
  name: 'too short',
  reason: ({ source }) => {
    const counts = answersOf(source).map(({ content }) => words(content).length)
    return counts.some((count) => count < least) ? `${Math.min(...counts)} words, of at least ${least}` : undefined
  },
})

/** Drops answers that carry what a translator breaks and a chat does not need: code, addresses, tables, HTML, formulas, placeholders. */
export const markup: Filter = {
  name: 'markup',
  reason: ({ source }) => {
    const found = /```|https?:|www\.|\|.+\||<\/?[a-z][^>]*>|\\[a-z(]|\$\$|\[[^\]]*\]|[{}]/i.exec(
      answersOf(source)
        .map((m) => m.content)
        .join('\n'),
    )
    return found ? `"${found[0].slice(0, 40)}"` : undefined
  },
}

/** Drops answers in which the student speaks of itself as a program or refuses: both are its maker's, not the language's. */
export const persona: Filter = {
  name: 'persona',
  reason: ({ source }) => {
    const found =
      /\b(as an ai|language model|i'm sorry,? but|i cannot (help|assist|provide)|smollm|hugging face|openai|chatgpt)\b/i.exec(
        textOf(answersOf(source)),
      )
    return found ? `"${found[0]}"` : undefined
  },
}

/** Drops translations whose length in characters is out of proportion to the original's. */
export const lengthRatio = (least: number, most: number): Filter => ({
  name: 'length ratio',
  reason: ({ source, target }) => {
    for (const [index, message] of turns(source).entries()) {
      const ratio = (turns(target)[index]?.content.length ?? 0) / Math.max(1, message.content.length)
      if (ratio < least || ratio > most) return `translation/original ${ratio.toFixed(2)}, outside ${least}–${most}`
    }
    return undefined
  },
})

/** Drops translations of which less than `least` of the letters are in the language's script. */
export const script = (language: Language, least: number): Filter => ({
  name: 'script',
  reason: ({ target }) => {
    const share = scriptShare(textOf(target), language.script)
    return share < least ? `${Math.round(share * 100)} % of the letters are in ${language.script}` : undefined
  },
})

/** Drops translations in which the translator did not know more than `most` of the words. */
export const untranslated = (most: number): Filter => ({
  name: 'untranslated words',
  reason: ({ target, unknown = [] }) => {
    const share = unknown.length / Math.max(1, words(textOf(target)).length)
    return share > most ? `${Math.round(share * 100)} %: ${unknown.slice(0, 8).join(', ')}` : undefined
  },
})

/** Drops translations that are still English by their function words. */
export const stillEnglish = (most: number): Filter => ({
  name: 'still English',
  reason: ({ target }) => {
    const share = englishShare(textOf(target))
    return share > most ? `${Math.round(share * 100)} % English function words` : undefined
  },
})

/** Texts of fewer words tell identifiers too little: on 8 to 19 words of good Galician CLD3 says Portuguese now and then. */
const identifiable = 20

/** Drops translations that the language identifier takes for another language. */
export const languageId = (language: Language): Filter => ({
  name: 'language identification',
  reason: ({ target }) => {
    const text = textOf(target)
    if (words(text).length < identifiable) return undefined
    const { verdict, reason } = isInLanguage(text, language)
    return verdict ? undefined : reason
  },
})
