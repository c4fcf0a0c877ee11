import { EndonymError } from '../core/error.ts'
import type { Language } from './language.ts'
import { containingWord, identify } from './languages/identify.ts'
import { languageIndex, prominence } from './languages/index.ts'
import { editDistance, foldName, withoutBrackets } from './languages/names.ts'

/** Nothing that names a language is longer; what is gets no search. */
const longestQuery = 100

/**
 * Every language of ISO 639-3, made when first asked for and once.
 *
 * @example allLanguages().filter((language) => language.direction === 'rtl')
 */
export function allLanguages(): readonly Language[] {
  return languageIndex().languages
}

/**
 * The language with that ISO 639-3 code.
 *
 * @example languageByIso3('glg')?.endonym // 'galego'
 */
export function languageByIso3(iso3: string): Language | undefined {
  return languageIndex().byIso3.get(iso3)
}

/**
 * The one language that a person means, however they name it: in English, in the language itself or in another, with or without its
 * diacritics; by ISO 639-1, -2 or -3, BCP-47 (`zh-Hant`) or FLORES code (`glg_Latn`).
 *
 * A code in small letters is a code (`fur` is Friulian), and a name with its capital is a name (`Fur` is Fur). The name of a macrolanguage
 * means the macrolanguage, so "Arabic", "Chinese" and "Norwegian" need no question; "Kurdish" does, because none of its members stands for the others.
 *
 * @throws EndonymError `language_unknown`, with suggestions, or `language_ambiguous`, a question with the candidates.
 * @example resolveLanguage('gallego').bcp47 // 'gl'
 * @example resolveLanguage('sr-Latn').script // 'Latn'
 */
export function resolveLanguage(query: string): Language {
  const asked = query.trim()
  if (!searchable(asked)) throw unknown(asked)
  const [language, ...others] = identify(asked)
  if (language && others.length === 0) return language
  if (language) throw ambiguous(asked, [language, ...others])
  const containing = containingWord(asked).sort(byProminence)
  throw containing.length > 1 ? ambiguous(asked, containing) : unknown(asked)
}

/** The language of that name or code; undefined where there is none, or more than one. */
export function languageNamed(query: string): Language | undefined {
  try {
    return resolveLanguage(query)
  } catch (error) {
    if (error instanceof EndonymError) return undefined
    throw error
  }
}

/**
 * Languages by a part of a name or by any whole naming, the likeliest first; where nothing has it, those of a similar name.
 *
 * @example findLanguages('galic')[0]?.name // 'Galician'
 */
export function findLanguages(query: string, limit = 20): Language[] {
  const asked = query.trim()
  if (!searchable(asked) || !(limit >= 1)) return []
  const key = foldName(asked)
  const scores = new Map<string, { language: Language; score: number }>()
  const offer = (language: Language, score: number) => {
    const there = scores.get(language.bcp47)
    if (!there || score < there.score) scores.set(language.bcp47, { language, score })
  }
  // A code that few know is as likely the beginning of a name: "gan" of Ganda rather than Gan Chinese.
  for (const [i, language] of identify(asked).entries()) offer(language, prominence(language) >= 2 ? i / 100 : 2)
  for (const [name, namings] of languageIndex().names) {
    const score = likeness(name, key)
    if (score !== undefined) for (const { language, rank } of namings) offer(language, score + rank / 10)
  }
  // While a name is typed in another language (Галисий…): only from its beginning, for these are thousands.
  for (const [name, namings] of languageIndex().foreignNames()) {
    if (name.startsWith(key)) for (const { language, rank } of namings) offer(language, 3 + rank / 10)
  }
  if (scores.size === 0) for (const { language, distance } of similar(key)) offer(language, distance)
  return [...scores.values()]
    .sort((a, b) => a.score - b.score || byProminence(a.language, b.language))
    .slice(0, limit)
    .map(({ language }) => language)
}

function searchable(asked: string): boolean {
  return asked.length <= longestQuery && foldName(asked) !== ''
}

/** How well a name answers to what was typed: 1 it is it, 2 it begins so, 3 a word in it begins so, 4 it is somewhere inside. */
function likeness(name: string, key: string): number | undefined {
  if (!name.includes(key)) return undefined
  if (name === key) return 1
  if (name.startsWith(key)) return 2
  if (name.includes(` ${key}`)) return 3
  return key.length >= 3 ? 4 : undefined
}

/** Languages whose name is a few slips of the finger away. */
function similar(key: string): { language: Language; distance: number }[] {
  let most = key.length <= 3 ? 1 : key.length <= 7 ? 2 : 3
  const found: { language: Language; distance: number }[] = []
  for (const [name, namings] of languageIndex().names) {
    const distance = name.length < 3 ? undefined : editDistance(key, name, most)
    if (distance === undefined) continue
    most = Math.min(most, distance + 1)
    for (const { language } of namings) found.push({ language, distance })
  }
  return found.filter(({ distance }) => distance <= most)
}

function byProminence(a: Language, b: Language): number {
  return prominence(b) - prominence(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}

function ambiguous(asked: string, candidates: readonly Language[]): EndonymError {
  const shown = candidates.slice(0, 8)
  return new EndonymError(
    'language_ambiguous',
    `${quote(asked)} can mean ${list(shown, candidates.length - shown.length)}. Which one is it? ` +
      `Answer with the code in brackets, for example ${shown[0]?.bcp47}.`,
    { exitCode: 2 },
  )
}

function unknown(asked: string): EndonymError {
  const suggestions = [asked, withoutBrackets(asked)]
    .map((name) => findLanguages(name, 5))
    .find(({ length }) => length > 0)
  const what = asked === '' ? 'No language was named.' : `No language is known as ${quote(asked)}.`
  const help = suggestions
    ? `Did you mean ${list(suggestions)}?`
    : 'Give its name in English or in the language itself, or a code such as gl or glg; "endonym languages <part of a name>" searches.'
  return new EndonymError('language_unknown', `${what} ${help}`, { exitCode: 2 })
}

function list(languages: readonly Language[], rest = 0): string {
  const items = languages.map(({ name, bcp47 }) => `${name} [${bcp47}]`)
  if (rest > 0) items.push(`${rest} more`)
  const last = items.pop() ?? ''
  return items.length === 0 ? last : `${items.join(', ')} or ${last}`
}

/** What a stranger typed, safe to print: no control characters, and not longer than a line. */
function quote(asked: string): string {
  const clean = asked
    .slice(0, 200)
    .replace(/\p{C}+/gu, ' ')
    .trim()
  const letters = [...clean]
  return `"${letters.length > 60 ? `${letters.slice(0, 60).join('')}…` : clean}"`
}
