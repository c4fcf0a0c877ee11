import fs from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { heldOutQuestions } from '../../../data/questions.ts'
import { udhr } from '../../../evaluator/udhr.ts'
import { createOverlap } from '../../corpus/overlap.ts'
import type { Dropped, Example } from '../../example.ts'
import type { StepContext } from '../../step.ts'

/** Why a text may not be trained on, or undefined where it shares nothing with what is measured. */
export type Overlap = (text: string) => Dropped | undefined

/** The cache's files of benchmark rows, by the beginnings of their names. */
const benchmarks =
  /^(Davlan--sib200|facebook--belebele|openlanguagedata--flores_plus|CohereLabs--Global-MMLU|skt--kobest_v1|juletxara--mgsm|cambridgeltl--xcopa)/

const rows = z.array(z.record(z.string(), z.unknown()))

/**
 * Looks for texts that have `n` words in a row in common with what is measured: the Universal Declaration in both languages, the held-out questions, and the rows of benchmarks that are in the cache of
 * data sets. It notes how many texts these were.
 *
 * @param n words; 0 looks for nothing.
 * @param taken articles of the declaration that the run takes texts from, and that the report card therefore does not measure on.
 */
export async function openOverlap(
  { language, rich, cache, note }: Pick<StepContext, 'language' | 'rich' | 'cache' | 'note'>,
  n: number,
  taken: ReadonlySet<string> = new Set(),
): Promise<Overlap> {
  if (n === 0) return () => undefined
  const articles = [language, rich].flatMap((each) => udhr(each)?.articles ?? []).filter(({ id }) => !taken.has(id))
  const measured = [...articles.flatMap(({ paragraphs }) => paragraphs), ...heldOutQuestions().map(({ text }) => text)]
  const files = cache === undefined ? [] : await cachedBenchmarks(cache)
  for (const file of files) {
    const fields = (await readRows(file)).flatMap(Object.values)
    measured.push(...fields.filter((field) => typeof field === 'string'))
  }
  note({ measures: { 'measured-texts': measured.length, 'benchmark-files': files.length } })
  const known = createOverlap(measured, n)
  return (text) =>
    known(text) ? { by: 'benchmark', reason: `${n} words in a row are in what the student is measured on` } : undefined
}

/**
 * The same for a step that takes from `native-texts` before all others: it is told of these, so that articles which texts were taken from, and which are therefore not measured on, are allowed.
 *
 * @example if (guard.isText(example)) continue; const dropped = await guard.overlap(message)
 */
export function contaminationGuard(context: Parameters<typeof openOverlap>[0], n: number) {
  const taken = new Set<string>()
  let overlap: Overlap | undefined
  return {
    isText(example: Example): boolean {
      const article = articleOf(example)
      if (article !== undefined) taken.add(article)
      return example.target === undefined
    },
    async overlap(text: string): Promise<Dropped | undefined> {
      overlap ??= await openOverlap(context, n, taken)
      return overlap(text)
    },
  }
}

/** The article of the Universal Declaration that an example's text is from, or undefined where it is from elsewhere. */
export const articleOf = ({ kind }: { kind: string }): string | undefined => /^udhr\/(.+)$/.exec(kind)?.[1]

async function cachedBenchmarks(cache: string): Promise<string[]> {
  const folder = path.join(cache, 'datasets')
  const names = await fs.readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith('.json') && benchmarks.test(name))
    .sort()
    .map((name) => path.join(folder, name))
}

/** A file of another kind, such as a list of configurations, has no rows. */
async function readRows(file: string): Promise<Record<string, unknown>[]> {
  try {
    return rows.safeParse(JSON.parse(await fs.readFile(file, 'utf8'))).data ?? []
  } catch {
    return []
  }
}
