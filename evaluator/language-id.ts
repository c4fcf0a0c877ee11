import { loadModule } from 'cld3-asm'
import { francAll } from 'franc-all'
import type { Language } from '../data/language.ts'
import { cld3Knows, codesOf, sameLanguage } from './language-id-codes.ts'
import { type LanguageModel, languageModel } from './language-model.ts'
import { englishShare, scriptShare } from './text.ts'
import { udhr } from './udhr.ts'

export { englishShare, scriptShare } from './text.ts'

/**
 * Which language a text is in.
 *
 * Two identifiers take turns. CLD3, a small neural network, knows 107 languages and is by far the best of what installs from the registry: of 300 Galician FLORES sentences it
 * finds 97 % and of 300 machine-translated Galician answers 93 %, where fastText's lid.176 finds 72 % and 55 %, and eld and tinyld do not know Galician.
 * A fastText model such as GlotLID goes before them, once a person has fetched it (`language-model.ts`).
 * franc, which counts trigrams, knows some 400 languages and is asked where CLD3 does not know the language or is unsure, with only the likely languages to choose from.
 */
const cld3 = (await loadModule()).create(0, 2000)

export type Identification = {
  /** ISO 639-3; the individual language where CLD3 names a macrolanguage (`zho` → `cmn`). */
  iso3: string
  /** Between 0 and 1, as CLD3 gives it. */
  confidence: number
}

export type LanguageVerdict = { verdict: boolean; reason: string }

/** CLD3's own threshold for an answer that can be relied upon. */
const sure = 0.7

/** Below this share of letters in the language's script a text is not in it; borrowed names and formulas stay far above. */
const scriptFloor = 0.5

/** Scots, Nigerian Pidgin, Jamaican Creole, Hawaii Creole, Gullah, Belize Creole: written with English's own function words, so that these say nothing. */
const englishLike = new Set(['eng', 'sco', 'pcm', 'jam', 'hwc', 'gul', 'bzj'])

/** From this share of English function words on, a text is English or was left half untranslated. */
const englishCeiling = 0.15

/**
 * What CLD3 takes a text for: one language, or none where there is nothing to go by. It knows 107; for a question about a given language ask `isInLanguage`.
 *
 * @example identify('Tódolos seres humanos nacen libres e iguais en dignidade e dereitos.') // [{ iso3: 'glg', confidence: 1 }]
 */
export function identify(text: string): Identification[] {
  if (!/\p{L}/u.test(text)) return []
  // CLD3 reads a C string, so a NUL would end the text.
  const { language, probability } = cld3.findLanguage(text.replaceAll('\0', ' '))
  const iso3 = codesOf(language)[0]
  return iso3 === undefined ? [] : [{ iso3, confidence: probability }]
}

/**
 * Whether a text is in a language, and why (not).
 *
 * In order: there are letters; they are in the language's script; they are not English; where a fastText model was put there and knows the language (`useLanguageModel`), it gives the language half of
 * the probability or more; else CLD3 says so, or else says with confidence that it is another language (which it is
 * believed only where it recognises the language itself); franc prefers the
 * language to English, to what CLD3 thought of and to `against`. Where neither knows the language, the first three have to do.
 *
 * @param options.against ISO 639-3 codes of languages that it is likely to be confused with, such as its neighbours.
 * @example isInLanguage('The weather is nice and the sun is out.', galician) // { verdict: false, reason: 'English' }
 */
export function isInLanguage(
  text: string,
  language: Language,
  { against = [] }: { against?: readonly string[] } = {},
): LanguageVerdict {
  const no = (reason: string): LanguageVerdict => ({ verdict: false, reason })
  const yes = (reason: string): LanguageVerdict => ({ verdict: true, reason })

  if (!/\p{L}/u.test(text)) return no('no words')
  const inScript = scriptShare(text, language.script)
  if (inScript < scriptFloor) return no(`only ${percent(inScript)} of its letters are ${language.script}`)
  if (!englishLike.has(language.iso3) && englishShare(text) > englishCeiling) return no('English')

  const model = modelFor(language)
  const judged = model?.judge(text, language)
  if (model && judged) {
    return judged.ofLanguage >= 0.5
      ? yes(`${model.name}: ${percent(judged.ofLanguage)}`)
      : no(`${model.name}: ${judged.label} ${percent(judged.probability)}`)
  }

  const [top] = identify(text)
  if (top && sameLanguage(top.iso3, language)) return yes(`CLD3: ${top.iso3} ${percent(top.confidence)}`)
  const known = reliableFor(language)
  if (top && top.confidence >= sure && (known || (top.iso3 === 'eng' && !englishLike.has(language.iso3))))
    return no(`CLD3: ${top.iso3}`)

  const only = [...new Set([language.iso3, 'eng', ...against, ...(top ? [top.iso3] : [])])]
  const ranking = francAll(text, { only, minLength: 1 })
  const first = ranking[0]?.[0] ?? 'und'
  if (first === language.iso3) return yes(`franc: ${first} rather than ${only.slice(1).join(', ')}`)
  if (ranking.some(([iso3]) => iso3 === language.iso3)) return no(`franc: ${first}`)
  if (known) return no(top ? `CLD3: ${top.iso3}, unsure` : 'not recognised')
  return yes('its script, and not English; no identifier knows the language')
}

/** The model that a person has put there, where it knows the language and is the better for it. */
function modelFor(language: Language): LanguageModel | undefined {
  const model = languageModel()
  return model?.knows(language) && (model.best || !reliableFor(language)) ? model : undefined
}

export type LanguageIdCoverage = {
  /** `model`: a fastText model that was put there. `script`: no identifier knows the language, so only its script and the absence of English are checked. */
  method: 'model' | 'cld3' | 'franc' | 'script'
  /** Share of the paragraphs of the Universal Declaration in the language that are recognised, where it is translated; franc learned from that text. */
  recognised?: number
  /** A sentence for the report. */
  note: string
}

/** How a language is recognised, and how sure that is: measured on the spot on the Universal Declaration of Human Rights. */
export function languageIdCoverage(language: Language, against: readonly string[] = []): LanguageIdCoverage {
  const paragraphs = udhr(language)?.articles.flatMap((article) => article.paragraphs) ?? []
  const verdicts = paragraphs.map((paragraph) => isInLanguage(paragraph, language, { against }))
  const recognised = verdicts.filter(({ verdict }) => verdict).length / verdicts.length
  const model = modelFor(language)
  const method = model
    ? 'model'
    : reliableFor(language)
      ? 'cld3'
      : verdicts.some(({ reason }) => reason.startsWith('franc'))
        ? 'franc'
        : 'script'
  const measured =
    verdicts.length > 0
      ? ` It recognises ${percent(recognised)} of ${verdicts.length} paragraphs of human translation.`
      : ''
  const notes = {
    model: `Language is judged by ${model?.name}.${measured} It may have learned from that same text.`,
    cld3: `Language is judged by CLD3, with franc where it is unsure.${measured}`,
    franc: `Language is judged by franc's trigrams against English and near neighbours.${measured} franc learned from that same text, so expect less on other text.`,
    script: `No identifier at hand knows ${language.name}: an answer counts when it is in its script and is not English, so a neighbouring language in the same script would pass.`,
  }
  return { method, note: notes[method], ...(verdicts.length > 0 && { recognised }) }
}

const reliable = new Map<string, boolean>()

/**
 * Whether CLD3 can be relied upon for a language: it knows it, and recognises most of the Universal Declaration in it where that is at hand. (It takes Yoruba that is
 * written with its tone marks for Vietnamese.)
 */
function reliableFor(language: Language): boolean {
  const key = `${language.iso3} ${language.script}`
  const known = reliable.get(key)
  if (known !== undefined) return known
  const sample =
    udhr(language)
      ?.articles.flatMap(({ paragraphs }) => paragraphs)
      .slice(-20) ?? []
  const found = sample.filter((text) => {
    const [top] = identify(text)
    return top !== undefined && sameLanguage(top.iso3, language)
  })
  const verdict = cld3Knows(language) && found.length >= sample.length / 2
  reliable.set(key, verdict)
  return verdict
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
