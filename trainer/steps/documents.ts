import { isInLanguage } from '../../evaluator/language-id.ts'
import { readList } from '../corpus/cleaning/lists.ts'
import { type CleaningOptions, createCleaner } from '../corpus/cleaning.ts'
import { openCorpus, trainableOf } from '../corpus/corpus.ts'
import { measuredWords, openMeasured } from '../corpus/measured.ts'
import { createExample, type Dropped } from '../example.ts'
import type { Step } from '../step.ts'
import { createNearDuplicates } from './near-duplicates.ts'

export type DocumentsOptions = {
  /** See `openCorpus`. */
  corpus: string
  field: string
  cleaning: CleaningOptions
  /** Files with bad words and with spam phrases, or empty. */
  badWords: string
  spam: string
  /** Jaccard similarity from which on a document is a near-duplicate, the words of a shingle, and the documents that are remembered at most. */
  duplicates: number
  shingleWords: number
  remembered: number
  /** Tokens of kept documents after which reading ends. */
  tokens: number
}

/** The language identifier is shown so many characters of a document: more make it no surer, and it is the slowest part of all. */
const looked = 600

/** So many documents' tokens are counted; of the others they follow from the length. */
const counted = 200

/**
 * Polyglot-Ko's curation (arXiv 2306.02254, 2), one document after the other: raw text is cleaned; what is measured later, near-duplicates and text in other languages are dropped.
 */
export function documents(options: DocumentsOptions): Step {
  return {
    name: 'documents',
    title: 'Documents of the corpus are cleaned; duplicates and other languages are left out',
    bulk: true,
    run: async function* (_, context) {
      const { language, signal, progress, countTokens } = context
      const clean = createCleaner(language, options.cleaning, {
        badWords: options.badWords ? readList(options.badWords) : [],
        spam: options.spam ? readList(options.spam) : [],
      })
      const isMeasured = await openMeasured(context, measuredWords, trainableOf(options.corpus))
      const duplicateOf = createNearDuplicates(options.duplicates, {
        shingleWords: options.shingleWords,
        capacity: options.remembered,
      })
      const judge = (text: string, origin: string): Dropped | undefined => {
        if (isBroken(text)) return { by: 'not UTF-8', reason: 'its letters could not be read: save it as UTF-8' }
        if (isMeasured(text)) return { by: 'measured', reason: 'the report card is measured on this text' }
        const original = duplicateOf(text, origin)
        if (original !== undefined) return { by: 'near-duplicate', reason: `of ${original}` }
        const { verdict, reason } = isInLanguage(text.slice(0, looked), language)
        return verdict ? undefined : { by: 'language', reason }
      }
      const size = createEstimate(countTokens)
      let read = 0
      let tokens = 0
      for await (const { text: raw, origin } of openCorpus(options.corpus, language, {
        field: options.field,
        signal,
      })) {
        signal.throwIfAborted()
        const { text, masked, dropped: unclean } = clean(raw)
        const dropped = unclean ?? judge(text, origin)
        yield {
          ...createExample({ kind: 'document', text, origin, masked }),
          ...(dropped && { dropped }),
        }
        read++
        if (!dropped) tokens += await size(text)
        progress({
          stage: 'documents',
          done: tokens,
          total: options.tokens,
          unit: 'tokens',
          note: `${read} documents read`,
        })
        if (tokens >= options.tokens) return
      }
    },
  }
}

/** Whether more than one character of 200 was none in UTF-8. */
function isBroken(text: string): boolean {
  return text.includes('\ufffd') && text.split('\ufffd').length - 1 > text.length / 200
}

/** Counts the tokens of the first texts, and estimates those of the others by what these had a character. */
export function createEstimate(countTokens: (text: string) => Promise<number>): (text: string) => Promise<number> {
  let [texts, characters, tokens] = [0, 0, 0]
  return async (text) => {
    if (texts >= counted) return (text.length * tokens) / characters
    const count = await countTokens(text)
    texts++
    characters += text.length
    tokens += count
    return count
  }
}
