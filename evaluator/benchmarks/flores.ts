import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import type { Benchmark, Note } from '../benchmark.ts'
import { examplePool } from './example-pool.ts'
import { exampleChooser } from './examples.ts'
import type { HubOptions } from './options.ts'
import { configFor, type DataSet, readRows } from './rows.ts'
import { templateFor } from './template.ts'
import {
  chrfMeasure,
  type TranslationRow,
  translationFields,
  translationItem,
  usualTranslationTemplate,
} from './translation.ts'

/**
 * FLORES+ (NLLB Team 2022; kept by the Open Language Data Initiative): the same 1,012 sentences of the split devtest in some 200 languages, translated by people, and 997 of dev.
 * https://huggingface.co/datasets/openlanguagedata/flores_plus, CC BY-SA 4.0; the hub gives it to those who accept its terms.
 */
const data: DataSet<{ id: string | number; text: string }> = {
  title: 'FLORES+',
  repository: 'openlanguagedata/flores_plus',
  schema: z.object({ id: z.union([z.number(), z.string()]), text: z.string().min(1) }),
}

/** Translation of FLORES+ sentences by chrF++; an item is a sentence, the first `limit` of devtest. Examples are drawn from dev. By the chat template unless it is turned off. */
export function flores(from: Language, to: Language, options: HubOptions): Benchmark {
  const { hub, limit = Number.POSITIVE_INFINITY, shots = 0, chatTemplate = true, prompts } = options
  const usual = usualTranslationTemplate(from, to, chatTemplate)
  const foreign = to.iso3 === 'eng' ? from : to
  const template = templateFor('flores', foreign, usual, translationFields, prompts)

  const read = async (language: Language, split: string, most: number, signal?: AbortSignal, note?: Note) => {
    const config = await configFor(hub, data, language, 'flores', signal)
    const rows = await readRows(hub, data, config, split, { limit: most, signal, note })
    return new Map(rows.map(({ row: { id, text } }) => [String(id), text]))
  }
  const pairs = async (split: string, most: number, signal?: AbortSignal, note?: Note): Promise<TranslationRow[]> => {
    const sources = await read(from, split, most, signal, note)
    const targets = await read(to, split, most, signal, note)
    const both = [...sources].flatMap(([id, source]) => {
      const target = targets.get(id)
      return target === undefined ? [] : [{ id, source, target }]
    })
    if (both.length === 0) {
      throw new EndonymError(
        'benchmark_rows_unusable',
        `No sentence of FLORES+ (${split}) has the same id in ${from.name} and ${to.name}.`,
      )
    }
    return both
  }
  return {
    name: `flores-${from.iso3}-${to.iso3}`,
    title: `FLORES+ devtest, ${from.name} → ${to.name}`,
    source: `hf:datasets/${data.repository}`,
    measures: [chrfMeasure(from, to, 'FLORES+', shots)],
    items: async (signal, note) => {
      const rows = await pairs('devtest', limit, signal, note)
      const { pool, sameSplit } = await examplePool({
        title: data.title,
        shots,
        splits: { test: 'devtest', examples: 'dev' },
        limit: rows.length,
        read: async (split) => {
          const all = await pairs(split, Number.POSITIVE_INFINITY, signal, split === 'dev' ? note : undefined)
          return all.map((row, number) => ({ row, number }))
        },
        note,
      })
      const choose = exampleChooser(pool, shots, { title: data.title, sampler: 'random', sameSplit })
      return rows.map((row) => translationItem(row, from, to, { examples: choose(row), chatTemplate, template }))
    },
  }
}
