import languageData from '@wikimedia/language-data/data/language-data.json' with { type: 'json' }
import { iso6393 } from 'iso-639-3'
import type { Language } from '../language.ts'
import { endonyms, englishNames, newerLanguages } from './curated.ts'
import { floresCodes, floresCodesOf, macroOf, memberOf } from './flores.ts'
import { withoutBrackets } from './names.ts'
import { directionOf, usualScripts } from './scripts.ts'

/** What language-data says of a code: its script and autonym. */
export type Written = { script: string; autonym: string }

const written = languageData.languages as unknown as Readonly<Record<string, readonly [string, ...unknown[]]>>

/** Looks a code up in language-data (`sr`, `sr-latn`), by way of its redirects. */
export function writtenAs(code: string): Written | undefined {
  if (!Object.hasOwn(written, code)) return undefined
  const entry = written[code]
  if (entry === undefined) return undefined
  if (entry.length === 1) return writtenAs(entry[0])
  return { script: entry[0], autonym: String(entry[2]) }
}

/** The codes in language-data that name a language in a script: `['sr-latn', 'sr', 'Latn']`; not those that lead to another language (`pa-arab` to `pnb`). */
export function writtenVariants(): [code: string, language: string, script: string][] {
  return Object.keys(written).flatMap((code): [string, string, string][] => {
    const match = /^([a-z]{2,3})-([a-z]{4})$/.exec(code)
    const [, language = '', script = ''] = match ?? []
    return match && written[code]?.length !== 1 && knownScript(titleCase(script))
      ? [[code, language, titleCase(script)]]
      : []
  })
}

const scriptNames = new Intl.DisplayNames(['en'], { type: 'script', fallback: 'none' })
const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })

/** The scripts that people name in brackets (`Serbian (Latin)`), by their English names in small letters. */
export function scriptNamed(name: string): string | undefined {
  namedScripts ??= new Map(
    [...Object.values(written), ...floresCodes.map((code) => [code.slice(4)])]
      .map(([script]) => script)
      .filter(knownScript)
      .map((script) => [String(scriptNames.of(script)).toLowerCase(), script]),
  )
  return namedScripts.get(name.toLowerCase().replace(/\s+(script|alphabet|han)$/, ''))
}
let namedScripts: Map<string, string> | undefined

export function knownScript(script: string): boolean {
  return /^[A-Z][a-z]{3}$/.test(script) && scriptNames.of(script) !== undefined
}

export function titleCase(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()
}

/** Whether CLDR knows the code as it is. Where it does not it answers for another language: of `tl` it says "Filipino", of `cmn` "Chinese". */
export function isCanonical(tag: string): boolean {
  return Intl.getCanonicalLocales(tag)[0] === tag
}

/** A row of ISO 639-3. */
export type IsoLanguage = (typeof iso6393)[number]

/** Every row of ISO 639-3 that names a language; `mis`, `mul`, `und` and `zxx` do not. */
export const isoLanguages: readonly IsoLanguage[] = [
  ...iso6393.filter((row) => row.scope !== 'special'),
  ...Object.entries(newerLanguages).map(
    ([code, name]): IsoLanguage => ({ iso6393: code, name, type: 'living', scope: 'individual' }),
  ),
]

/** Makes the `Language` of every row. Scripts are worked out when they are first read, because asking `Intl` for all of them takes most of the time. */
export function buildLanguages(): Language[] {
  const commonNames = isoLanguages.map((row) => englishNames[row.iso6393] ?? cldrName(row.iso6391 ?? row.iso6393))
  const taken = new Map<string, number>()
  for (const [i, row] of isoLanguages.entries()) {
    for (const name of new Set([withoutBrackets(row.name), commonNames[i] ?? ''])) {
      taken.set(name, (taken.get(name) ?? 0) + 1)
    }
  }
  return isoLanguages.map((row, i) => {
    const { iso6393: iso3, iso6391: iso1 } = row
    const bcp47 = iso1 ?? iso3
    const base = withoutBrackets(row.name)
    const needsBrackets = taken.get(base) !== 1 && !/macrolanguage|individual language/.test(row.name)
    const endonym = endonymOf(row)
    const flores = floresCodesOf(iso3)[0]
    return {
      iso3,
      ...(iso1 && { iso1 }),
      bcp47,
      name: commonNames[i] ?? (needsBrackets ? row.name : base),
      ...(endonym && { endonym }),
      get script() {
        return scriptOf(row)
      },
      get direction() {
        return directionOf(scriptOf(row))
      },
      ...(flores && { flores }),
    }
  })
}

/** CLDR's English name, asked only for codes that it is likely to know (asking for all takes longer than everything else here). */
function cldrName(code: string): string | undefined {
  if (code.length === 3 && !Object.hasOwn(written, code)) return undefined
  return isCanonical(code) ? languageNames.of(code) : undefined
}

/** The autonym in the language's usual script, of the language or of what it pairs with. */
function endonymOf(row: IsoLanguage): string | undefined {
  const pair = memberOf.get(row.iso6393) ?? macroOf.get(row.iso6393)
  for (const iso3 of [row.iso6393, ...(pair ? [pair] : [])]) {
    const code = shortCode(iso3)
    const entry = writtenAs(code)
    const inUsual = entry && writtenAs(`${code}-${scriptOf(row).toLowerCase()}`)
    const autonym = endonyms[iso3] ?? inUsual?.autonym ?? entry?.autonym
    if (autonym) return withoutBrackets(autonym.split(' / ')[0] ?? autonym)
  }
  return undefined
}

const byCode = new Map(isoLanguages.map((row) => [row.iso6393, row]))

function shortCode(iso3: string): string {
  return byCode.get(iso3)?.iso6391 ?? iso3
}

const scripts = new Map<string, string>()

/** The script that a language is usually written in; `Zyyy` where nothing is known. */
function scriptOf(row: IsoLanguage): string {
  const known = scripts.get(row.iso6393)
  if (known) return known
  const code = row.iso6391 ?? row.iso6393
  const wiki = writtenAs(code)?.script
  const pair = byCode.get(memberOf.get(row.iso6393) ?? macroOf.get(row.iso6393) ?? '')
  const kin = kinOf(row.name)
  const script =
    usualScripts.get(row.iso6393) ??
    floresCodesOf(row.iso6393)[0]?.slice(4) ??
    (wiki !== 'Hani' && wiki !== 'Zyyy' ? wiki : undefined) ??
    new Intl.Locale(code).maximize().script ??
    (/\bSign\b|Gebarentaal|Langue des signes|^Auslan$/.test(row.name) ? 'Sgnw' : undefined) ??
    (pair && (usualScripts.get(pair.iso6393) ?? writtenAs(shortCode(pair.iso6393))?.script)) ??
    (kin && scriptOf(kin)) ??
    'Zyyy'
  scripts.set(row.iso6393, script)
  return script
}

let byName: Map<string, IsoLanguage> | undefined

/** The language that another is a kind of, by its name: Quechua for "South Bolivian Quechua". */
function kinOf(name: string): IsoLanguage | undefined {
  const words = withoutBrackets(name).split(' ')
  if (words.length < 2) return undefined
  byName ??= new Map(isoLanguages.map((row) => [withoutBrackets(row.name), row]))
  return byName.get(words.at(-1) ?? '')
}

/**
 * A language in the given script: itself where that is its usual one, else a variant that says so (`sr-Latn`, `zh-Hant`, `ks-Deva`).
 *
 * @returns `undefined` for a script that ISO 15924 does not have.
 */
export function inScript(language: Language, script: string): Language | undefined {
  if (script === language.script || (script === 'Hang' && language.script === 'Kore')) return language
  if (!knownScript(script)) return undefined
  const bcp47 = `${language.bcp47}-${script}`
  const [own, base] = [writtenAs(bcp47.toLowerCase()), writtenAs(language.bcp47)]
  const endonym = own?.autonym ?? (base?.script === script ? base.autonym : language.endonym)
  const flores = floresCodesOf(language.iso3).find((code) => code.endsWith(script))
  return {
    iso3: language.iso3,
    ...(language.iso1 && { iso1: language.iso1 }),
    bcp47,
    name: nameInScript(language, script),
    ...(endonym && { endonym }),
    script,
    direction: directionOf(script),
    ...(flores && { flores }),
  }
}

/** `Traditional Chinese`, `Serbian (Latin script)`. */
function nameInScript(language: Language, script: string): string {
  if (language.iso3 === 'zho' && /^Han[st]$/.test(script)) return languageNames.of(`zh-${script}`) ?? language.name
  return `${language.name} (${scriptNames.of(script)} script)`
}
