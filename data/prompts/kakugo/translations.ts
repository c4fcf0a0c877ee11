import type { Language } from '../../language.ts'
import { nameFor } from './language.ts'

/** A conversation in English, as JSON, to be translated turn by turn. */
export function conversationPrompt(language: Language, messages: readonly { role: string; content: string }[]): string {
  return [
    `Translate this conversation from English into ${nameFor(language)}, turn by turn.`,
    '',
    '```json',
    JSON.stringify({ messages: messages.map(({ role, content }) => ({ role, content })) }, null, 1),
    '```',
    '',
    `- Translate the whole "content" of every turn as a native speaker would say it, and change nothing else: as many turns, the same roles, the same paragraphs and lists.`,
    '- Do not answer, correct, shorten or explain anything.',
    '- Code, formulas, numbers and names stay as they are. Where a turn is about English itself, its English examples stay English.',
    '- Where the language has no usual word, use the one that its speakers use, be it borrowed.',
    '',
    'Answer with nothing but JSON of the same form in a fenced block.',
  ].join('\n')
}
