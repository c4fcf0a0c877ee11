import type { Language } from '../../language.ts'
import { fenced } from './contexts.ts'
import { asList, nameFor } from './language.ts'

/** How the teacher is to answer. `english` where the message asks for a translation into English. */
export function answerInstructions(language: Language, { english = false }: { english?: boolean } = {}): string {
  return [
    `You are a helpful assistant for people who speak ${nameFor(language)}.`,
    english
      ? '- The message asks for a translation into English: answer with the translation alone, faithful and in good English.'
      : `- Answer only in ${nameFor(language)}, natural and correct, in words that its speakers use. No English, and no translation beside it.`,
    '- Keep it simple, short and conversational: mostly one to six sentences. Longer only where the task needs it; as long as is asked for, where a length is.',
    '- Be correct. Where you are not sure, or where it cannot be known, say so in a sentence instead of guessing.',
    '- Write plain text with little formatting: no headings, no bold, no tables; a list only where it helps. No links and no addresses of web pages.',
    '- Begin with the answer itself: no praise of the question, no repetition of it, no offer of further help at the end.',
  ].join('\n')
}

/** The next message of the person in a conversation. */
export function followUpPrompt(language: Language, { message, answer }: { message: string; answer: string }): string {
  return [
    `Here is the beginning of a conversation in ${nameFor(language)}. A person wrote:`,
    '',
    fenced(message),
    '',
    'The assistant answered:',
    '',
    fenced(answer),
    '',
    'Write the next message of the person.',
    '',
    `- Write only in ${nameFor(language)}, natural and correctly spelt, in the same tone as the first message.`,
    '- It goes on from the answer: it asks about a detail, for an example or a reason, says that something does not fit and what, changes a condition, or takes the next step. It needs the conversation to be understood.',
    '- One or two sentences. No thanks and no praise alone.',
    '',
    asList('one message'),
  ].join('\n')
}

/** The thoughts before an answer, in the language. `notes` are what the teacher itself thought, in whatever language. */
export function thoughtsPrompt(
  language: Language,
  { message, answer, notes }: { message: string; answer: string; notes?: string },
): string {
  return [
    'A person wrote to an assistant:',
    '',
    fenced(message),
    '',
    'The assistant answered:',
    '',
    fenced(answer),
    '',
    ...(notes === undefined ? [] : ['What the assistant had noted before it answered:', '', fenced(notes), '']),
    `Write in ${nameFor(language)} what the assistant thinks before it answers, as it would think in that language.`,
    '',
    '- Two to six short sentences: what the person wants, what is known about it or has to be worked out, what to take care of, and so how to answer.',
    '- Where something is computed, compared or decided, take its steps one by one and come to the same as the answer.',
    '- It is thinking, not the answer: it addresses nobody and does not word the answer in advance.',
    `- Not a word of another language, and no mention of notes, instructions or of these sentences.`,
    '',
    asList('one text'),
  ].join('\n')
}

/** How the teacher answers English questions whose answers will be translated. */
export const englishInstructions = [
  'You are a helpful assistant.',
  '- Answer in plain, simple English that is easy to translate: short sentences, no idioms, no play on words.',
  '- Mostly one to six sentences; be correct, and say so where something is not certain.',
  '- Plain text: no headings, bold, tables, links or emoji. Begin with the answer itself.',
].join('\n')
