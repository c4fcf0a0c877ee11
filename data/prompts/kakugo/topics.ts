import type { Language } from '../../language.ts'
import { asList, nameFor, some } from './language.ts'

/** What a topic or scenario is about: everybody's life, or the life of those who speak the language. */
export type Scope = 'general' | 'speakers'

/** The 16 fields that everything begins with: eight of everybody's, eight of the language's speakers. They take turns, so that the first n are balanced. */
export function seedTopics({ name }: Language): { scope: Scope; text: string }[] {
  const general = [
    'daily life',
    'the world and how it works',
    'health and well-being',
    'practical skills',
    'arts and culture',
    'the natural sciences, mathematics and technology',
    'the social sciences',
    'the humanities',
  ]
  const speakers = [
    `the places where ${name} is spoken`,
    `people who speak or spoke ${name}, the well-known and the ordinary`,
    `the culture of ${name} speakers`,
    `the ${name} language itself`,
    `the history of ${name} speakers`,
    `society and public life where ${name} is spoken`,
    `the daily life of ${name} speakers`,
    `health and health care where ${name} is spoken`,
  ]
  return general.flatMap((text, place) => [
    { scope: 'general' as const, text },
    { scope: 'speakers' as const, text: speakers[place] as string },
  ])
}

/** Topics that together cover a larger one. `within` names what the larger one is itself a part of, where it is. */
export function topicsPrompt(
  language: Language,
  { topic, within, count, scope }: { topic: string; within?: string; count: number; scope: Scope },
): string {
  return [
    `List ${some(count, within ? 'topic' : 'broad topic', within ? 'specific topics' : 'broad topics')} that together cover "${topic}"${within ? `, which is a part of "${within}"` : ''}. A chat assistant shall learn to talk about each of them.`,
    '',
    '- Write each in English, as a noun phrase of at most twelve words that can be understood by itself.',
    '- They must not overlap, and together they should leave out nothing large: take in the everyday, the practical and the learned.',
    scope === 'speakers'
      ? `- Choose what matters to people who speak ${nameFor(language)}: real places, people, works, customs, foods, trades and institutions of theirs. Leave out what you are not certain of.`
      : '- Choose what matters to people anywhere in the world, not in one country alone.',
    '',
    asList('topics'),
  ].join('\n')
}

/** First messages to an assistant about a topic, in the language. */
export function topicMessagesPrompt(
  language: Language,
  { topic, within, count, scope }: { topic: string; within?: string; count: number; scope: Scope },
): string {
  return [
    `Somebody whose mother tongue is ${nameFor(language)} opens a chat with an assistant, to ask about this topic: "${topic}"${within ? ` (a part of "${within}")` : ''}.`,
    `Write ${some(count, 'message', 'different messages')} with which such a chat could begin.`,
    '',
    ...messageRules(language),
    '- Let them differ in what they want (to know, to understand, to decide, to compare, to get a list, to get something written, to hear an opinion) and in length, from one short sentence to four.',
    scope === 'speakers'
      ? `- Ask as an insider would, about things that are real where ${language.name} is spoken.`
      : '- Where a place, a name or a price is needed, take one that fits the speakers of the language.',
    ...(count > 1 ? ['- If the topic does not carry so many good ones, write fewer.'] : []),
    '',
    asList('messages'),
  ].join('\n')
}

/** What every message must be that a teacher writes in a user's place. */
export function messageRules(language: Language): string[] {
  return [
    `- Write only in ${nameFor(language)}: as its speakers write it today, natural and correctly spelt, not word for word from English.`,
    '- Each message stands by itself: it refers to no earlier conversation, picture, link or file.',
    '- Each can be answered well in writing alone: without the news of today, the internet, or knowledge of who is asking.',
    '- No greetings for the sake of greeting, no numbering, no names of speakers, no translation beside it.',
  ]
}
