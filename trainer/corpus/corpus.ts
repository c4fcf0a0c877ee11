import fs from 'node:fs'
import path from 'node:path'
import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import { englishSentences } from '../../data/questions.ts'
import { udhr } from '../../evaluator/udhr.ts'
import { bytesUnder, readFiles } from './files.ts'
import { readHub } from './hub.ts'

/** A document of a corpus as it was found, and where: a file with its line, a hub's file with its row. */
export type Document = { text: string; origin: string }

export type CorpusOptions = {
  /** The field or column that holds the text. */
  field: string
  signal?: AbortSignal
}

/** Sentences of the shipped list in a document. */
const shippedSentences = 8

/**
 * Opens raw text of one language. It is read as it comes, in constant memory, whatever its size.
 *
 * @param address a file or folder (txt, jsonl, parquet; `.gz` and `.zst` too); `hub:owner/name`, `hub:owner/name:config` or `hub:owner/name:config:split`; `udhr`, the articles of the
 * Universal Declaration that no measure looks at (`isTrainable`); `shipped`, Endonym's own English sentences.
 * @throws EndonymError `corpus_missing`, `corpus_unreadable`, and what the hub throws, on reading
 * @example for await (const { text } of openCorpus('hub:HuggingFaceFW/fineweb-2', galician, { field: 'text' })) …
 */
export function openCorpus(address: string, language: Language, options: CorpusOptions): AsyncIterable<Document> {
  if (address === 'udhr') return declaration(language)
  if (address === 'shipped') return sentences()
  if (address.startsWith('hub:')) return readHub(address.slice(4), language, options)
  return readFiles(path.resolve(address), options)
}

/** Refuses an address that cannot be read, before anything is spent. @throws EndonymError `corpus_missing` */
export function checkCorpus(address: string): void {
  if (address === 'udhr' || address === 'shipped') return
  if (address.startsWith('hub:')) {
    if (/^hub:[\w.-]+\/[\w.-]+(:[\w.-]+){0,2}$/.test(address)) return
    throw missing(`"${address}" names no data set of a hub: write hub:owner/name, or hub:owner/name:config.`)
  }
  if (!fs.existsSync(address)) {
    throw missing(
      `There is no corpus at "${address}". Name a folder or file of txt, jsonl or parquet, or a data set: hub:owner/name.`,
    )
  }
}

/** What a corpus comes to in tokens, roughly; undefined where that is not known before it is read. Galician has some three bytes a token of SmolLM2, and half of the declaration 5,000 bytes. */
export function corpusTokens(address: string): number | undefined {
  if (address.startsWith('hub:')) return undefined
  return Math.round((address === 'udhr' ? 5000 : bytesUnder(path.resolve(address))) / 3)
}

const missing = (sentence: string) => new EndonymError('corpus_missing', sentence, { exitCode: 2 })

/** Articles with even numbers may be trained on, where there is no other text; a run that does so is measured on the preamble and the odd ones alone. */
export function isTrainable(article: string): boolean {
  return Number(article) % 2 === 0
}

/** The articles of the Universal Declaration that a corpus of this address trains on. */
export const trainableOf = (corpus: string): ((article: string) => boolean) =>
  corpus === 'udhr' ? isTrainable : () => false

async function* declaration(language: Language): AsyncGenerator<Document> {
  const text = udhr(language)
  if (!text) {
    throw missing(
      `The Universal Declaration of Human Rights is not at hand in ${language.name}. Name text to train on: --corpus FOLDER, or --corpus hub:HuggingFaceFW/fineweb-2.`,
    )
  }
  for (const { id, paragraphs } of text.articles) {
    if (isTrainable(id)) yield { text: paragraphs.join('\n'), origin: `udhr ${text.code}, article ${id}` }
  }
}

async function* sentences(): AsyncGenerator<Document> {
  const all = englishSentences()
  for (let from = 0; from < all.length; from += shippedSentences) {
    const some = all.slice(from, from + shippedSentences)
    yield { text: some.map(({ text }) => text).join(' '), origin: `${some[0]?.id}–${some.at(-1)?.id}` }
  }
}
