import fs from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { heldOutQuestions } from '../../data/questions.ts'
import { udhr } from '../../evaluator/udhr.ts'
import type { StepContext } from '../step.ts'
import { createOverlap } from './overlap.ts'

/** The cache's files of benchmark rows, by the beginnings of their names. */
const benchmarks =
  /^(Davlan--sib200|facebook--belebele|openlanguagedata--flores_plus|CohereLabs--Global-MMLU|skt--kobest_v1|juletxara--mgsm|cambridgeltl--xcopa)/

/** Words in a row that raw text may not share with what the report card measures. */
export const measuredWords = 8

const rows = z.array(z.record(z.string(), z.unknown()))

/**
 * Finds text that will be measured among text to train on: the Universal Declaration in both languages, the held-out questions, and the rows of benchmarks that are in the cache of data sets. A corpus
 * from the web holds these many times over, and a model that has read them would be praised for remembering. It notes how many texts these are.
 *
 * @param words in a row that a text may not share with them; 0 looks for nothing.
 * @param taken whether the run trains on an article of the declaration, which the report card therefore does not measure.
 * @returns whether a text has so many words in a row in common with any of them.
 */
export async function openMeasured(
  { language, rich, cache, note }: Pick<StepContext, 'language' | 'rich' | 'cache' | 'note'>,
  words: number,
  taken: (article: string) => boolean = () => false,
): Promise<(text: string) => boolean> {
  if (words === 0) return () => false
  const articles = [language, rich].flatMap((each) => udhr(each)?.articles ?? []).filter(({ id }) => !taken(id))
  const measured = [...articles.flatMap(({ paragraphs }) => paragraphs), ...heldOutQuestions().map(({ text }) => text)]
  const files = cache === undefined ? [] : await cachedBenchmarks(cache)
  for (const file of files) {
    const fields = (await readRows(file)).flatMap(Object.values)
    measured.push(...fields.filter((field) => typeof field === 'string'))
  }
  note({ measures: { 'measured-texts': measured.length, 'benchmark-files': files.length } })
  return createOverlap(measured, words)
}

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
