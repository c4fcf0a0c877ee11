import type { Language } from '../language.ts'
import { buildLanguages, inScript, isCanonical, isoLanguages, writtenAs, writtenVariants } from './build.ts'
import { codeFinder } from './codes.ts'
import { namingLocales, otherNames } from './curated.ts'
import { macroOf } from './flores.ts'
import { foldName, withoutBrackets } from './names.ts'

/** One way of naming a language. */
export type Naming = {
  text: string
  language: Language
  /** How sure it is: 0 the English name, 1 another name that people use, 2 the endonym or the register's name, 3 a name in some other language. */
  rank: 0 | 1 | 2 | 3
}

export type Index = ReturnType<typeof codeFinder> & {
  languages: readonly Language[]
  byIso3: ReadonlyMap<string, Language>
  /** Names in English and endonyms, by their folded form. */
  names: ReadonlyMap<string, readonly Naming[]>
  /** Names in other languages, by their folded form; made when first asked for. */
  foreignNames(): ReadonlyMap<string, readonly Naming[]>
}

let made: Index | undefined

/** Everything by which a language is found, made once. */
export function languageIndex(): Index {
  made ??= makeIndex()
  return made
}

function makeIndex(): Index {
  const languages = buildLanguages()
  const byIso3 = new Map(languages.map((language) => [language.iso3, language]))
  const finder = codeFinder(byIso3)
  const names = new Map<string, Naming[]>()
  const add = (text: string, language: Language | undefined, rank: Naming['rank']) => {
    if (language) put(names, { text, language, rank })
  }

  for (const language of languages) {
    add(language.name, language, 0)
    if (language.endonym) {
      add(language.endonym, language, 2)
      add(withoutBrackets(language.endonym), language, 2)
    }
    for (const part of writtenAs(language.bcp47)?.autonym.split(' / ') ?? []) add(part, language, 2)
  }
  for (const row of isoLanguages) {
    add(row.name, byIso3.get(row.iso6393), 2)
    add(withoutBrackets(row.name), byIso3.get(row.iso6393), 2)
  }
  for (const [text, codes] of Object.entries(otherNames)) {
    for (const code of codes.split(' ')) add(text, finder.byCode(code) ?? finder.byTag(code), 1)
  }
  for (const [code, language, script] of writtenVariants()) {
    const autonym = writtenAs(code)?.autonym
    const base = finder.byCode(language)
    if (autonym && base) add(autonym, inScript(base, script), 2)
  }

  let foreign: ReadonlyMap<string, readonly Naming[]> | undefined
  return {
    ...finder,
    languages,
    byIso3,
    names,
    foreignNames: () => {
      foreign ??= collectForeignNames(languages)
      return foreign
    },
  }
}

/** Puts a naming under its folded form, once a language, at its best rank. */
function put(names: Map<string, Naming[]>, naming: Naming): void {
  const key = foldName(naming.text)
  if (key === '') return
  const there = names.get(key)
  if (!there) names.set(key, [naming])
  else if (!there.some((other) => other.language.bcp47 === naming.language.bcp47 && other.rank <= naming.rank)) {
    there.push(naming)
  }
}

/** CLDR's names in the world's larger languages, for languages that are likely to be asked for in them. */
function collectForeignNames(languages: readonly Language[]): ReadonlyMap<string, readonly Naming[]> {
  const names = new Map<string, Naming[]>()
  const asked = languages.filter((language) => (language.iso1 || language.flores) && isCanonical(language.bcp47))
  for (const locale of namingLocales) {
    const display = new Intl.DisplayNames([locale], { type: 'language', fallback: 'none' })
    for (const language of asked) {
      const text = display.of(language.bcp47)
      if (text) put(names, { text, language, rank: 3 })
    }
  }
  return names
}

/** How likely it is that people mean this language rather than another of a like name. */
export function prominence(language: Language): number {
  return (
    (language.iso1 ? 4 : 0) +
    (language.flores ? 2 : 0) +
    (language.endonym ? 1 : 0) -
    (macroOf.has(language.iso3) ? 4 : 0)
  )
}
