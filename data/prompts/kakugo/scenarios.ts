import type { Language } from '../../language.ts'
import { asList, nameFor, some } from './language.ts'
import { messageRules, type Scope } from './topics.ts'

/** Kinds of situation in which people turn to a chat assistant: the roots of all scenarios. */
export function broadScenariosPrompt(language: Language, { count, scope }: { count: number; scope: Scope }): string {
  const who = scope === 'speakers' ? `people who speak ${nameFor(language)}` : 'people all over the world'
  return [
    `List the ${some(count, 'most frequent kind of situation', 'most frequent kinds of situation')} in which ${who} turn to a chat assistant.`,
    '',
    '- Write each in English, in at most fifteen words: what the person wants done, not how the assistant does it.',
    '- They must differ clearly, and reach over the whole of life: home and family, school, work and trades, offices and letters, money, health, food, travel, language, leisure, worries, decisions, curiosity.',
    ...(scope === 'speakers'
      ? [
          `- Choose what is particular to these people: how and where they live and work, what they deal with in ${language.name} and in other languages, what is hard to find in ${language.name} elsewhere.`,
        ]
      : []),
    '',
    asList('situations'),
  ].join('\n')
}

/** Specific situations within a kind of situation. */
export function detailedScenariosPrompt(
  language: Language,
  { scenario, count, scope }: { scenario: string; count: number; scope: Scope },
): string {
  return [
    `People turn to a chat assistant in this kind of situation: "${scenario}".`,
    `List ${some(count, 'specific, practical case', 'specific, practical cases')} of it.`,
    '',
    '- Write each in English, in one sentence: who the person is, what has happened, what they want from the assistant.',
    '- Let age, trade, means, mood and aim differ from case to case, and take ordinary cases before strange ones.',
    '- Words alone must be able to help: no pictures, no links, nothing that has to be looked up today.',
    scope === 'speakers'
      ? `- The people speak ${nameFor(language)}; let places, names, work and customs be real ones of theirs.`
      : `- The people may live anywhere; among them are speakers of ${language.name}.`,
    '',
    asList('cases'),
  ].join('\n')
}

/** First messages to an assistant in a situation, in the language. */
export function scenarioMessagesPrompt(
  language: Language,
  { scenario, within, count }: { scenario: string; within?: string; count: number },
): string {
  return [
    `Somebody whose mother tongue is ${nameFor(language)} is in this situation, and opens a chat with an assistant: "${scenario}"${within ? ` (a case of "${within}")` : ''}.`,
    `Write ${some(count, 'message', 'different messages')} with which such a chat could begin, each from another person.`,
    '',
    ...messageRules(language),
    '- Give the details that help needs and that a real person would give: what was tried, for whom it is, how much, until when. If a text is to be worked on, the message contains it.',
    '- Let tone and length differ: hurried or careful, plain or chatty, from one sentence to a short paragraph.',
    '',
    asList('messages'),
  ].join('\n')
}
