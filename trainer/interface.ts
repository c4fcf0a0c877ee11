import { z } from 'zod'
import { EndonymError } from '../core/error.ts'
import type { Progress } from '../core/progress.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import type { Memory } from '../data/memory.ts'
import { messageFault, pluralForms } from '../data/message-fault.ts'
import { englishMessages, interfaceLanguages, saveMessage } from '../data/messages.ts'
import type { Message } from '../models/runtime.ts'
import { askEach, questionOf, type Wanted } from './ask.ts'
import type { Run } from './distill.ts'
import { parseJsonAnswer } from './json-answer.ts'
import type { CompletionRequest, Teacher } from './teacher.ts'

/** What came of translating the interface into a language. */
export type InterfaceTranslation = {
  language: string
  teacher: string
  /** Messages that were translated and kept. */
  translated: number
  /** Messages that a person has worded, which no machine touches. */
  byPeople: number
  /** Messages that stay English, and what was wrong with the last translation of each. */
  english: { key: string; fault: string }[]
}

/** How often a message is asked for: once, and again for each answer that cannot be used. */
const tries = 3

/** What was answered so far to a message that could not be used. */
type Attempt = { key: string; english: string; refused: { text: string; fault: string }[] }

const answer = z.object({ translation: z.string() })
const schema = {
  name: 'translation',
  schema: {
    type: 'object',
    properties: { translation: { type: 'string' } },
    required: ['translation'],
    additionalProperties: false,
  },
} as const

/**
 * Has a teacher translate what the pages and bots say into a language, message by message. Each translation is checked (`data/message-fault.ts`), and what is wrong with it is said to the teacher, who tries again; what stays wrong is
 * left English. The good ones are kept in table `interface_messages`, as a machine's: the pages say so, and whoever reads them can put a wrong word right.
 *
 * Answers are remembered, so that a translation that was cut off goes on and a repeated one asks nothing.
 *
 * @throws EndonymError `interface_ships` where the language's words ship
 * @example await translateInterface(resolveLanguage('eu'), { store, memory, teacher, progress, signal })
 */
export async function translateInterface(
  language: Language,
  deps: { store: Store; memory: Memory; teacher: Teacher; progress: Progress; signal: AbortSignal },
): Promise<InterfaceTranslation> {
  const { store, teacher, progress } = deps
  if (ships(language)) {
    throw new EndonymError(
      'interface_ships',
      `The interface ships in ${language.name}: its words are in data/messages/${language.bcp47}.`,
      { exitCode: 2 },
    )
  }
  const people = await wordedByPeople(store, language)
  const all = Object.entries(englishMessages()).filter(([key]) => !people.has(key))
  let open = all.map(([key, english]): Attempt => ({ key, english, refused: [] }))
  let translated = 0
  const step = { stage: 'interface', total: all.length, unit: 'messages' }
  for (let draw = 0; draw < tries && open.length > 0; draw++) {
    const wanted = open.map((attempt) => wantedOf(attempt, { teacher, language, draw }))
    const again: Attempt[] = []
    const judged = askEach(wanted, teacher, deps, ({ attempt }, { text, finishReason }) => {
      const finished = finishReason === 'stop'
      const read = parseJsonAnswer(text, answer, { finished })
      const given = 'value' in read ? read.value.translation.trim() : ''
      const fault =
        'value' in read ? messageFault(attempt.english, given, language) : `it cannot be read: ${read.problem}`
      return { attempt, given, fault }
    })
    for await (const { attempt, given, fault } of judged) {
      if (fault === undefined) {
        await saveMessage(store, { language: language.bcp47, key: attempt.key, text: given, source: 'machine' })
        progress({ ...step, done: ++translated })
      } else again.push({ ...attempt, refused: [...attempt.refused, { text: given, fault }] })
    }
    open = again
  }
  return {
    language: language.bcp47,
    teacher: teacher.title,
    translated,
    byPeople: people.size,
    english: open.map(({ key, refused }) => ({ key, fault: refused.at(-1)?.fault ?? '' })),
  }
}

/** Translates the interface into a run's own language, as a stage of the run, so that what it cost stands with it; nothing where the language's words ship. */
export async function interfaceOfRun(
  {
    deps,
    stage,
    memory,
    wish,
  }: Pick<Run, 'stage' | 'memory'> & {
    deps: Pick<Run['deps'], 'store' | 'progress' | 'signal'>
    wish: Pick<Run['wish'], 'language'>
  },
  teacher: Teacher,
): Promise<InterfaceTranslation | undefined> {
  if (ships(wish.language)) return undefined
  try {
    return await stage('interface', () => translateInterface(wish.language, { ...deps, memory, teacher }))
  } finally {
    await teacher.dispose()
  }
}

/** Whether a language's words ship with Endonym. */
export const ships = ({ bcp47 }: Language): boolean => interfaceLanguages.some((tag) => tag === bcp47)

async function wordedByPeople(store: Store, { bcp47 }: Language): Promise<Set<string>> {
  const rows = await store
    .selectFrom('interface_messages')
    .select('key')
    .where('language', '=', bcp47)
    .where('source', '=', 'person')
    .execute()
  return new Set(rows.map(({ key }) => key))
}

function wantedOf(
  attempt: Attempt,
  { teacher, language, draw }: { teacher: Teacher; language: Language; draw: number },
): Wanted & { attempt: Attempt } {
  const request: CompletionRequest = {
    messages: conversation(attempt, language),
    sampling: { temperature: draw === 0 ? 0 : 0.7, topP: 1, minP: 0, repeatPenalty: 1, maxTokens: 1024, seed: draw },
    draw,
    schema,
  }
  return { attempt, request, key: questionOf(teacher, request) }
}

/** What is asked, with what was answered before and why it was of no use. */
function conversation({ key, english, refused }: Attempt, language: Language): Message[] {
  const forms = Object.entries(pluralForms(language.bcp47)).map(([form, numbers]) =>
    numbers.length === 0 ? form : `${form} (${numbers.join(', ')}${numbers.length === 3 ? ', …' : ''})`,
  )
  const isPlural = english.includes(', plural,')
  const system = `You translate the interface of a website and a chat bot, in which people talk to language models and judge their answers, from English to ${language.name}${language.endonym === undefined ? '' : ` (${language.endonym})`}.
Write as people who speak it would say it to each other: simple, friendly, no jargon. Answer with JSON: {"translation": "…"}.
Texts are in ICU MessageFormat. Keep whatever stands in braces, and its name, as it is: {language}, {count, number}. Add no formatting, notes or addresses, and keep commands such as /forget as they are.${
    isPlural
      ? ` Inside {name, plural, …} translate the texts of the forms alone; # is the number. ${language.name} has these forms, all of which are needed: ${forms.join(', ')}.`
      : ''
  }`
  return [
    { role: 'system', content: system },
    { role: 'user', content: `It stands at "${key}":\n${english}` },
    ...refused.slice(-1).flatMap(({ text, fault }): Message[] => [
      { role: 'assistant', content: JSON.stringify({ translation: text }) },
      { role: 'user', content: `This cannot be used, because ${fault}. Translate it again.` },
    ]),
  ]
}
