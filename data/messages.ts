import fs from 'node:fs'
import path from 'node:path'
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser'
import { EndonymError } from '../core/error.ts'
import type { Store } from './database.ts'
import { languageNamed } from './languages.ts'

/** Messages by key (`rate.left`), parsed. */
export type Messages = Record<string, readonly MessageFormatElement[]>

/** The messages of a part of the interface in one language. */
export type Spoken = {
  /** BCP-47 of the language that they are in. */
  tag: string
  direction: 'ltr' | 'rtl'
  /** Whether a machine translated them, or some of them. */
  machine: boolean
  messages: Messages
}

const folder = path.join(import.meta.dirname, 'messages')

/** Languages in which the interface ships; English is what the others are translated from. */
export const interfaceLanguages = ['en', 'es', 'fr', 'ar', 'gl'] as const

/** ICU messages as they are written, by key; of every area, which is the part of a key before its point. Read once. */
const shipped = new Map(interfaceLanguages.map((tag) => [tag as string, readFolder(path.join(folder, tag))]))

/** Parts of the interface: a page, or what pages share. */
export const areas: readonly string[] = fs
  .readdirSync(path.join(folder, 'en'))
  .map((name) => path.basename(name, '.json'))

/** The messages that ship in a language, as they are written; none where it does not ship. */
export const shippedMessages = (tag: string): Readonly<Record<string, string>> => shipped.get(tag) ?? {}

/** English, from which everything is translated. */
export const englishMessages = (): Readonly<Record<string, string>> => shippedMessages('en')

/**
 * The messages of areas, and those that all share, in a language: as they ship, else as they were translated or corrected (table `interface_messages`), else in English.
 *
 * @param tag any BCP-47; `es-MX` finds Spanish
 */
export async function readMessages(
  store: Store | undefined,
  tag: string,
  ...areas: readonly string[]
): Promise<Spoken> {
  const language = languageNamed(tag) ?? languageNamed(tag.split('-')[0] ?? '')
  const own = language && shipped.get(language.bcp47)
  const stored = language && !own ? await storedMessages(store, language.bcp47) : []
  const found = language && (own || stored.length > 0)
  const texts = { ...englishMessages(), ...own, ...Object.fromEntries(stored.map(({ key, text }) => [key, text])) }
  const wanted = Object.entries(texts).filter(([key]) => ['shared', ...areas].includes(key.split('.')[0] ?? ''))
  return {
    tag: found ? language.bcp47 : 'en',
    direction: found ? language.direction : 'ltr',
    machine: stored.some(({ source }) => source === 'machine'),
    messages: Object.fromEntries(wanted.map(([key, text]) => [key, parseMessage(text)])),
  }
}

/** Languages of the interface other than those that ship, as BCP-47. */
export async function translatedLanguages(store: Store | undefined): Promise<string[]> {
  if (!store) return []
  const rows = await store.selectFrom('interface_messages').select('language').distinct().orderBy('language').execute()
  return rows.map(({ language }) => language)
}

/**
 * Keeps a message in a language that does not ship: a machine's never in place of a person's.
 *
 * @throws EndonymError `message_unknown`, `message_invalid` where its arguments are not English's
 */
export async function saveMessage(
  store: Store,
  { language, key, text, source }: { language: string; key: string; text: string; source: 'machine' | 'person' },
): Promise<void> {
  const english = englishMessages()[key]
  if (english === undefined) throw new EndonymError('message_unknown', `The interface has no message "${key}".`)
  const [wanted, given] = [english, text].map((message) => [...argumentsOf(parseMessage(message))].sort().join(', '))
  if (wanted !== given) {
    const needs = wanted === '' ? 'no part in braces' : `{${wanted?.replaceAll(', ', '}, {')}} as English does`
    throw new EndonymError('message_invalid', `The message "${key}" needs ${needs}.`)
  }
  const row = { language, key, text, source, updated_at: new Date().toISOString() }
  await store
    .insertInto('interface_messages')
    .values(row)
    .onConflict((conflict) =>
      source === 'person'
        ? conflict.columns(['language', 'key']).doUpdateSet(row)
        : conflict.columns(['language', 'key']).doUpdateSet(row).where('interface_messages.source', '=', 'machine'),
    )
    .execute()
}

/** Parses ICU MessageFormat, without marks like `<b>`: a message is text. @throws EndonymError `message_invalid` */
export function parseMessage(text: string): readonly MessageFormatElement[] {
  try {
    return parse(text, { ignoreTag: true, captureLocation: false })
  } catch (cause) {
    throw new EndonymError('message_invalid', `"${text}" is no message: ${(cause as Error).message}.`, { cause })
  }
}

/** The names of a message's arguments. */
export function argumentsOf(message: readonly MessageFormatElement[]): Set<string> {
  const names = new Set<string>()
  const visit = (parts: readonly MessageFormatElement[]): void => {
    for (const part of parts) {
      if (part.type !== TYPE.literal && part.type !== TYPE.pound && part.type !== TYPE.tag) names.add(part.value)
      if (part.type === TYPE.plural || part.type === TYPE.select) {
        for (const option of Object.values(part.options)) visit(option.value)
      }
    }
  }
  visit(message)
  return names
}

async function storedMessages(store: Store | undefined, language: string) {
  if (!store) return []
  return store.selectFrom('interface_messages').selectAll().where('language', '=', language).execute()
}

function readFolder(dir: string): Record<string, string> {
  const files = fs.readdirSync(dir).filter((name) => name.endsWith('.json'))
  return Object.assign(
    {},
    ...files.map((name) => prefixed(path.basename(name, '.json'), readJson(path.join(dir, name)))),
  )
}

function readJson(file: string): Record<string, string> {
  return JSON.parse(fs.readFileSync(file, 'utf8'))
}

/** Keys with their area, which in a file goes without saying. */
function prefixed(area: string, texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [`${area}.${key}`, text]))
}
