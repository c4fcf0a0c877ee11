import type { Language } from '../data/language.ts'

/**
 * The prompt with which a translation is asked for, the same in training data and in evaluation.
 *
 * @example translationPrompt('Good morning.', english, galician) // 'Translate from English to Galician:\n\nGood morning.'
 */
export function translationPrompt(text: string, from: Language, to: Language): string {
  return `Translate from ${from.name} to ${to.name}:\n\n${text}`
}
