import type { Language } from '../language.ts'
import { inScript, isoLanguages, scriptNamed, titleCase } from './build.ts'
import { floresCodes, macroOf } from './flores.ts'

const regionNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })

/** Languages whose members were once written behind them, as in `zh-yue` (RFC 5646, extended language subtags). */
const extendable = new Set(['ar', 'kok', 'lv', 'ms', 'sgn', 'sw', 'uz', 'zh'])

/** Finds languages by code; made of all of them by ISO 639-3. */
export function codeFinder(byIso3: ReadonlyMap<string, Language>): {
  /** A bare code, in any case: ISO 639-1, 639-3, 639-2/B (`ger`), or one that was withdrawn (`iw`). */
  byCode(code: string): Language | undefined
  /** A code with a script or a region: BCP-47 (`sr-Latn`, `zh-TW`), FLORES (`swh_Latn`), a POSIX locale (`gl_ES.UTF-8`). */
  byTag(tag: string): Language | undefined
} {
  const codes = new Map<string, Language>()
  for (const row of isoLanguages) {
    const language = byIso3.get(row.iso6393)
    if (!language) continue
    for (const code of [row.iso6393, row.iso6391, row.iso6392B]) if (code) codes.set(code, language)
  }
  const flores = new Map<string, Language>()
  for (const code of floresCodes) {
    const language = floresLanguage(code, byIso3)
    if (language) flores.set(code.toLowerCase(), language)
  }

  const byCode = (code: string): Language | undefined => {
    const lower = code.toLowerCase()
    if (!/^[a-z]{2,3}$/.test(lower)) return undefined
    const [current = lower, script] = codes.has(lower)
      ? [lower]
      : (Intl.getCanonicalLocales(lower)[0]?.split('-') ?? [])
    const language = codes.get(current)
    return language && script ? inScript(language, script) : language
  }

  const byTag = (tag: string): Language | undefined => {
    const known = flores.get(tag.toLowerCase().replace('-', '_'))
    if (known && tag.includes('_')) return known
    const match = /^([a-z]{2,3})(?:[-_]([a-z]{3}))?(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:\.[\w-]+)?$/i.exec(
      tag,
    )
    if (!match) return undefined
    const [, code = '', extension, script, region] = match
    if (extension && !extendable.has(code.toLowerCase())) return undefined
    if (region && regionNames.of(region.toUpperCase()) === undefined) return undefined
    const language = byCode(extension ?? code)
    if (!language || script) return language && inScript(language, titleCase(script ?? ''))
    return region ? inRegion(language, region.toUpperCase()) : language
  }

  return { byCode, byTag }
}

/**
 * The language that a FLORES code means: the macrolanguage that people call by that name where it has an ISO 639-1 code and its member has none
 * (`swh_Latn` is Swahili, `swa`; `nob_Latn` stays Bokmål).
 */
function floresLanguage(code: string, byIso3: ReadonlyMap<string, Language>): Language | undefined {
  const own = byIso3.get(code.slice(0, 3))
  const macro = byIso3.get(macroOf.get(code.slice(0, 3)) ?? '')
  const language = macro?.iso1 && !own?.iso1 ? macro : own
  return language && inScript(language, code.slice(4))
}

/** A region counts only for the script that goes with it: `zh-TW` is written in `Hant`, `pt-BR` is Portuguese. */
function inRegion(language: Language, region: string): Language | undefined {
  const usual = new Intl.Locale(language.bcp47).maximize().script
  const there = new Intl.Locale(`${language.bcp47}-${region}`).maximize().script
  return there && there !== usual ? inScript(language, there) : language
}

let regions: Map<string, string> | undefined

/**
 * A language with what people put in brackets behind it, where that is a script or a country: `Serbian (Latin)`, `Chinese (Taiwan)`, `Portuguese (Brazil)`.
 */
export function qualified(language: Language, qualifier: string): Language | undefined {
  const script = scriptNamed(qualifier)
  if (script) return /^Han[st]$/.test(script) && !/^Han/.test(language.script) ? undefined : inScript(language, script)
  if (!regions) {
    regions = new Map([
      ['us', 'US'],
      ['usa', 'US'],
      ['uk', 'GB'],
    ])
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
    for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
      const name = regionNames.of(code)
      if (name) regions.set(name.toLowerCase(), code)
    }
  }
  const region = regions.get(qualifier.toLowerCase())
  return region ? inRegion(language, region) : undefined
}
