import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import type { Benchmark } from '../benchmark.ts'
import type { Hub } from '../hub.ts'
import { chrfMeasure, translationItem } from './translation.ts'

/** FLORES+ (NLLB Team 2022; kept by the Open Language Data Initiative): the same 1,012 sentences of the split devtest in some 200 languages, translated by people. CC BY-SA 4.0. */
const dataset = 'openlanguagedata/flores_plus'

/** Translation of FLORES+ sentences; an item is a sentence, the first `limit` of them. */
export function flores(
  from: Language,
  to: Language,
  { hub, limit = Number.POSITIVE_INFINITY }: { hub: Hub; limit?: number },
): Benchmark {
  const read = async ({ flores: config, name }: Language, signal?: AbortSignal) => {
    if (config === undefined) {
      throw new EndonymError(
        'benchmark_lacks_language',
        `${name} is not among FLORES's languages, so translation is not measured on it.`,
      )
    }
    const rows = await hub.rows(dataset, config, 'devtest', {
      columns: ['id', 'text'],
      limit,
      ...(signal && { signal }),
    })
    return new Map(rows.map(({ id, text }) => [String(id), String(text)]))
  }
  return {
    name: `flores-${from.iso3}-${to.iso3}`,
    title: `FLORES+ devtest, ${from.name} → ${to.name}`,
    source: `hf:datasets/${dataset}`,
    measures: [chrfMeasure(from, to)],
    items: async (signal) => {
      const sources = await read(from, signal)
      const targets = await read(to, signal)
      return [...sources].flatMap(([id, source]) => {
        const target = targets.get(id)
        return target === undefined ? [] : [translationItem({ id, source, target }, from, to)]
      })
    },
  }
}
