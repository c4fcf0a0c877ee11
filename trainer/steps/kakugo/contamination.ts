import fs from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { heldOutQuestions } from '../../../data/questions.ts'
import { words } from '../../../evaluator/text.ts'
import { udhr } from '../../../evaluator/udhr.ts'
import type { Dropped, Example } from '../../example.ts'
import type { StepContext } from '../../step.ts'

/** Word n-grams of what students are measured on. */
export type EvaluationGrams = { n: number; grams: ReadonlySet<string> }

/** The cache's files of benchmark rows, by the beginnings of their names. */
const benchmarks =
  /^(Davlan--sib200|facebook--belebele|facebook--flores|openlanguagedata--flores_plus|CohereForAI--Global-MMLU|CohereLabs--Global-MMLU|skt--kobest_v1|juletxara--mgsm|juletxara--xcopa|cambridgeltl--xcopa)/

const rows = z.array(z.record(z.string(), z.unknown()))

/**
 * The n-grams of the Universal Declaration in both languages, of the held-out questions, and of the rows of benchmarks that are in the cache of data sets. It says which these were.
 *
 * @param n words; 0 looks for nothing.
 * @param taken articles of the declaration that the run takes texts from, and that the report card therefore does not measure on.
 */
export async function evaluationGrams(
  { language, rich, cache, note }: Pick<StepContext, 'language' | 'rich' | 'cache' | 'note'>,
  n: number,
  taken: ReadonlySet<string> = new Set(),
): Promise<EvaluationGrams> {
  const grams = new Set<string>()
  if (n === 0) return { n, grams }
  const add = (text: string) => {
    for (const gram of gramsOf(text, n)) grams.add(gram)
  }
  for (const { articles } of [language, rich].flatMap((each) => udhr(each) ?? [])) {
    for (const { id, paragraphs } of articles) if (!taken.has(id)) paragraphs.forEach(add)
  }
  for (const { text } of heldOutQuestions()) add(text)
  const files = cache === undefined ? [] : await cachedBenchmarks(cache)
  for (const file of files) {
    for (const row of await readRows(file))
      for (const value of Object.values(row)) if (typeof value === 'string') add(value)
  }
  note({ measures: { 'evaluation-grams': grams.size, 'evaluation-files': files.length } })
  return { n, grams }
}

/** Says which n words in a row a text has in common with what is measured on. */
export function overlap(text: string, { n, grams }: EvaluationGrams): Dropped | undefined {
  if (grams.size === 0) return undefined
  for (const gram of gramsOf(text, n)) {
    if (grams.has(gram)) return { by: 'benchmark', reason: `"${gram}" is in what the student is measured on` }
  }
  return undefined
}

/**
 * The same for a step that takes from `native-texts` before all others: it is told of these, so that articles which texts were taken from, and which are therefore not measured on, are allowed.
 *
 * @example if (guard.isText(example)) continue; const dropped = await guard.overlap(message)
 */
export function contaminationGuard(context: Parameters<typeof evaluationGrams>[0], n: number) {
  const taken = new Set<string>()
  let grams: EvaluationGrams | undefined
  return {
    isText(example: Example): boolean {
      const article = articleOf(example)
      if (article !== undefined) taken.add(article)
      return example.target === undefined
    },
    async overlap(text: string): Promise<Dropped | undefined> {
      grams ??= await evaluationGrams(context, n, taken)
      return overlap(text, grams)
    },
  }
}

/** The article of the Universal Declaration that an example's text is from, or undefined where it is from elsewhere. */
export const articleOf = ({ kind }: { kind: string }): string | undefined => /^udhr\/(.+)$/.exec(kind)?.[1]

function* gramsOf(text: string, n: number): Generator<string> {
  const all = words(text.normalize('NFC').toLowerCase())
  for (let start = 0; start + n <= all.length; start++) yield all.slice(start, start + n).join(' ')
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
