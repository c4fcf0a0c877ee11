import fs from 'node:fs'
import path from 'node:path'
import type { Language } from '../data/language.ts'
import { type FastTextModel, openFastText } from './fasttext.ts'
import { codesOf } from './language-id-codes.ts'

/** A fastText model that tells languages apart, and what people call it. */
export type LanguageModel = {
  name: string
  /** Whether it is better than CLD3 where both know a language: of 300 Galician sentences lid.176 finds 72 %, CLD3 97 %. */
  best: boolean
  /** Whether it has a label for the language. */
  knows(language: Language): boolean
  /** The likeliest label, and the probability of all labels that stand for the language. Undefined for a text that says nothing. */
  judge(text: string, language: Language): { label: string; probability: number; ofLanguage: number } | undefined
}

/** In the order in which they are preferred: GlotLID knows some 2,000 languages, OpenLID 200, lid.176 176. */
const known = [
  { pattern: /glotlid/i, name: 'GlotLID' },
  { pattern: /openlid|lid201/i, name: 'OpenLID' },
  { pattern: /lid\.?176/i, name: 'lid.176' },
]

/** The best model for language identification in a folder, such as `home.models`: a `.bin` or `.ftz` whose name says which it is (`glotlid.bin`, `openlid-v2.bin`, `lid.176.ftz`). */
export function findLanguageModel(folder: string): string | undefined {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => /\.(bin|ftz)$/i.test(file)) : []
  for (const { pattern } of known) {
    const found = files.find((file) => pattern.test(file))
    if (found !== undefined) return path.join(folder, found)
  }
  return undefined
}

let chosen: { file: string; model?: LanguageModel } | undefined

/** Chooses the model that languages are told apart with from now on, or none. It is opened when it is first needed. */
export function useLanguageModel(file: string | undefined): void {
  chosen = file === undefined ? undefined : { file }
}

/** The chosen model. @throws EndonymError `language_model_unreadable` */
export function languageModel(): LanguageModel | undefined {
  if (!chosen) return undefined
  chosen.model ??= open(chosen.file)
  return chosen.model
}

function open(file: string): LanguageModel {
  const fastText: FastTextModel = openFastText(file)
  const labelsOf = new Map<string, Set<string>>()
  const standsFor = (language: Language): Set<string> => {
    const key = `${language.iso3} ${language.script}`
    let labels = labelsOf.get(key)
    if (!labels) {
      labels = new Set(fastText.labels.filter((label) => isLabelOf(label, language)))
      labelsOf.set(key, labels)
    }
    return labels
  }
  const name = known.find(({ pattern }) => pattern.test(path.basename(file)))?.name ?? path.basename(file)
  return {
    name,
    best: name !== 'lid.176',
    knows: (language) => standsFor(language).size > 0,
    judge: (text, language) => {
      const answers = fastText.predict(text)
      const [first] = answers
      if (!first) return undefined
      const labels = standsFor(language)
      const ofLanguage = answers.reduce((sum, { label, probability }) => sum + (labels.has(label) ? probability : 0), 0)
      return { ...first, ofLanguage }
    },
  }
}

/** `glg_Latn`, `glg` or `gl`, as each model writes it; a two-letter code may stand for several languages, as Norwegian's does. */
function isLabelOf(label: string, { iso3, iso1, script, flores }: Language): boolean {
  const [code = '', written] = label.split('_')
  if (label === flores) return true
  if (written !== undefined && !sameScript(written, script)) return false
  return code === iso3 || code === iso1 || (code.length === 2 && codesOf(code).includes(iso3))
}

/** Chinese, Japanese and Korean are labelled by the scripts that they mix in some models and by one of them in others. */
const sameScript = (a: string, b: string) =>
  a === b || [a, b].every((script) => /^(Han[ist]|Jpan|Kore|Hang)$/.test(script))
