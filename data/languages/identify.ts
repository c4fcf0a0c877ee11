import type { Language } from '../language.ts'
import { qualified } from './codes.ts'
import { questions } from './curated.ts'
import { macroOf } from './flores.ts'
import { languageIndex, type Naming } from './index.ts'
import { foldName } from './names.ts'

/**
 * The languages that a naming may mean: none, the one, or the candidates of a question.
 *
 * In this order: a name spelled as in English with its capital, a code, a name in any spelling, a code with a script or country, a name put together of
 * others, a name in another language.
 */
export function identify(asked: string): Language[] {
  const { names, foreignNames, byCode, byTag } = languageIndex()
  const key = foldName(asked)
  const named = names.get(key)
  const spelled = named?.filter(({ text, rank }) => rank === 0 && text === asked)
  if (spelled?.length) return settle(asked, spelled)
  const coded = byCode(asked)
  if (coded) return [coded]
  if (named) return settle(asked, named)
  const tagged = byTag(asked)
  if (tagged) return [tagged]
  const composed = compose(asked)
  if (composed.length > 0) return composed
  return settle(asked, foreignNames().get(key) ?? [])
}

/** Languages in whose name a whole word, the first or the last, is what was typed: Northern and Southern Sotho for "Sotho". */
export function containingWord(asked: string): Language[] {
  const key = foldName(asked)
  const found = new Set<Language>()
  for (const [name, namings] of languageIndex().names) {
    if (name.endsWith(` ${key}`) || name.startsWith(`${key} `)) for (const { language } of namings) found.add(language)
  }
  return [...found]
}

/** Chooses among namings of like spelling: the surest kind of naming, then the exact spelling, then a macrolanguage before its member. */
function settle(asked: string, namings: readonly Naming[]): Language[] {
  const best = Math.min(...namings.map(({ rank }) => rank))
  const surest = namings.filter(({ rank }) => rank === best)
  const exact = surest.filter(({ text }) => text.toLowerCase() === asked.toLowerCase())
  const languages = (exact.length > 0 ? exact : surest).map(({ language }) => language)
  const apart = withoutMembers(languages)
  const [language] = apart
  const answers = apart.length === 1 && language ? questions[language.iso3] : undefined
  return answers ? answers.flatMap((code) => languageIndex().byIso3.get(code) ?? []) : apart
}

/** The languages less those whose macrolanguage is there too. */
function withoutMembers(languages: readonly Language[]): Language[] {
  return languages.filter(({ iso3 }) => !languages.some((other) => other.iso3 === macroOf.get(iso3)))
}

/** A plain name, as the parts of a composed one are. */
function byName(name: string): Language[] {
  return settle(name, languageIndex().names.get(foldName(name)) ?? [])
}

/** Names put together of names: `the Galician language`, `Arabic, Egyptian`, `Kurdish (Sorani)`, `Persian/Farsi`. */
function compose(asked: string): Language[] {
  const plain = /^(?:the\s+)?(.+?)(?:\s+language)?$/i.exec(asked)?.[1]
  if (plain && plain !== asked) return byName(plain)
  const [last, first, ...more] = asked.split(',')
  if (last && first && more.length === 0) return byName(`${first} ${last}`)

  const [, base, bracketed] = /^([^()（）]+)[(（]([^()（）]+)[)）]$/.exec(asked) ?? []
  if (base && bracketed) {
    const found = bracket(base.trim(), bracketed.trim())
    return found.length > 0 ? found : together([base, bracketed])
  }
  const parts = asked.split(/\s*[/;]\s*|\s+or\s+/)
  return parts.length > 1 && parts.length <= 5 ? together(parts) : []
}

/** `Serbian (Latin)` and `Portuguese (Brazil)` by script and country; `Kurdish (Sorani)` where the brackets answer the question that the name is. */
function bracket(base: string, bracketed: string): Language[] {
  const candidates = byName(base)
  const [language] = candidates
  if (candidates.length > 1) return candidates.filter(({ iso3 }) => byName(bracketed).some((one) => one.iso3 === iso3))
  const known = language && qualified(language, bracketed)
  if (known) return [known]
  const inverted = byName(`${bracketed} ${base}`)
  return inverted.length > 0 ? inverted : byName(`${base} ${bracketed}`)
}

/** What names side by side mean: nothing unless each is known, one language if they agree. */
function together(parts: readonly string[]): Language[] {
  const meant = parts.map(byName)
  if (meant.some(({ length }) => length === 0)) return []
  return withoutMembers([...new Map(meant.flat().map((language) => [language.bcp47, language])).values()])
}
