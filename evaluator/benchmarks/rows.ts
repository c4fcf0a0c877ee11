import type { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { plural } from '../../core/format.ts'
import type { Language } from '../../data/language.ts'
import { allLanguages, languageByIso3 } from '../../data/languages.ts'
import type { Note } from '../benchmark.ts'
import type { Hub } from '../hub.ts'

/** A data set that has a configuration for each language, or one for a task. */
export type DataSet<Row> = {
  /** For people: `Belebele`. */
  title: string
  /** On the hub: `facebook/belebele`. */
  repository: string
  /** What a row must have. Only these columns are fetched. */
  schema: z.ZodObject & z.ZodType<Row>
}

/** A row that has all that it must, and its number in the split, from 0. */
export type Numbered<Row> = { row: Row; number: number }

/**
 * Reads rows of a split. A row that lacks a field, or has another kind of value there, is left out, and `note` is told which and why.
 *
 * @throws EndonymError `benchmark_rows_unusable` where no row can be used, and what `Hub.rows` throws.
 */
export async function readRows<Row>(
  hub: Hub,
  { title, repository, schema }: DataSet<Row>,
  config: string,
  split: string,
  { limit, signal, note }: { limit?: number; signal?: AbortSignal | undefined; note?: Note | undefined },
): Promise<Numbered<Row>[]> {
  const rows = await hub.rows(repository, config, split, {
    columns: Object.keys(schema.shape),
    ...(limit !== undefined && { limit }),
    ...(signal && { signal }),
  })
  const good: Numbered<Row>[] = []
  const faults: string[] = []
  rows.forEach((raw, number) => {
    const parsed = schema.safeParse(raw)
    if (parsed.success) good.push({ row: parsed.data, number })
    else faults.push(`row ${number + 1}: ${fault(parsed.error)}`)
  })
  if (faults.length > 0) {
    const shown = faults.slice(0, 3).join('; ') + (faults.length > 3 ? `; ${faults.length - 3} more` : '')
    const sentence = `${faults.length} of ${plural(rows.length, 'row')} of ${title} (${config}, ${split}) cannot be used: ${shown}.`
    if (good.length === 0) throw new EndonymError('benchmark_rows_unusable', sentence)
    note?.(sentence)
  }
  return good
}

function fault(error: z.ZodError): string {
  const [issue] = error.issues
  const field = issue?.path.join('.') || 'the row'
  const missing = issue?.code === 'invalid_type' && /received (undefined|null)$/.test(issue.message)
  return missing ? `"${field}" is missing` : `"${field}": ${issue?.message}`
}

/** Codes by which data sets call a language: FLORES-200's (`glg_Latn`), or the shortest ISO 639 one (`gl`, `fil`). */
export type Codes = 'flores' | 'iso'

/**
 * The configuration of a data set for a language.
 *
 * @throws EndonymError `benchmark_lacks_language`, which lists the languages that the data set has where the hub can be asked.
 */
export async function configFor(
  hub: Hub,
  { title, repository }: Pick<DataSet<unknown>, 'title' | 'repository'>,
  language: Language,
  codes: Codes,
  signal?: AbortSignal,
): Promise<string> {
  const guess = codes === 'flores' ? language.flores : (language.iso1 ?? language.iso3)
  const configs = await hub.configs(repository, { wanted: guess, signal }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    return undefined
  })
  if (guess !== undefined && (configs === undefined || configs.includes(guess))) return guess
  const known = (configs ?? []).flatMap((config) => languageOf(config, codes) ?? [])
  const same = configs?.find((config) => languageOf(config, codes)?.iso3 === language.iso3)
  if (same !== undefined) return same
  const names = [...new Set(known.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, 'en'))
  throw new EndonymError(
    'benchmark_lacks_language',
    `${language.name} is not among the languages of ${title}, so it is not measured on it.${names.length > 0 ? ` It has ${names.join(', ')}.` : ''}`,
  )
}

let byCode: Map<string, Language> | undefined

function languageOf(config: string, codes: Codes): Language | undefined {
  if (!byCode) {
    byCode = new Map()
    for (const language of allLanguages()) {
      for (const code of [language.flores, language.iso1]) if (code && !byCode.has(code)) byCode.set(code, language)
    }
  }
  return byCode.get(config) ?? languageByIso3(codes === 'flores' ? (config.split('_')[0] ?? '') : config)
}
