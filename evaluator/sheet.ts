import { plural } from '../core/format.ts'
import type { Progress } from '../core/progress.ts'
import type { RememberAll } from '../data/memory.ts'
import type { Examinee } from './benchmark.ts'
import {
  type ChanceTest,
  chanceTest,
  compareMeasure,
  estimate,
  type MeasureResult,
  type PairedTests,
} from './compare.ts'
import type { Prepared } from './evaluate.ts'
import { createExaminer, type Examination } from './examine.ts'
import type { Estimate } from './metrics/bootstrap.ts'

/** What several models came to on the same rows. */
export type Sheet = {
  /** By benchmark and measure, then by model in the order in which they were named. */
  rows: SheetRow[]
  /** Every two models on every measure: the later one against the earlier. */
  pairs: SheetPair[]
  /** What is to be known of the numbers: rows that could not be used, prompts that were cut, answers that could not be read. */
  notes: string[]
}

/** A model's value of a measure. */
export type SheetRow = Estimate & {
  model: string
  benchmark: string
  measure: string
  title: string
  /** Where the rows come from. */
  source: string
  higherIsBetter: boolean
  chance?: ChanceTest
}

/** `base` is the earlier model, `student` the later one. */
export type SheetPair = MeasureResult & { models: [earlier: string, later: string]; tests: PairedTests }

/** One model's examinations, in the order of the benchmarks. */
export type Examined = { model: string; examinations: Examination[] }

/**
 * Puts the same rows to one model after the other. What was answered before is remembered, so that an evaluation which was cut off goes on.
 *
 * @example const examined = await examineAll(prepared, [base, student], { rememberAll, progress })
 */
export async function examineAll(
  prepared: readonly Prepared[],
  examinees: readonly Examinee[],
  options: { rememberAll: RememberAll; progress: Progress; signal?: AbortSignal | undefined },
): Promise<Examined[]> {
  const examined: Examined[] = []
  for (const examinee of examinees) {
    const examiner = createExaminer(examinee, options)
    try {
      const examinations: Examination[] = []
      for (const { benchmark, items } of prepared) {
        examinations.push(await examiner.examine(items, `${examinee.name}: ${benchmark.name}`))
      }
      examined.push({ model: examinee.name, examinations })
    } finally {
      await examiner.close()
    }
  }
  return examined
}

/** Counts, compares and tests what was examined. */
export function sheetOf(prepared: readonly Prepared[], examined: readonly Examined[]): Sheet {
  const sheet: Sheet = { rows: [], pairs: [], notes: [...new Set(prepared.flatMap(({ notes }) => notes))] }
  for (const [i, { benchmark }] of prepared.entries()) {
    const models = examined.map(({ model, examinations }) => ({ model, examination: examinations[i] as Examination }))
    for (const measure of benchmark.measures) {
      const { name, title, higherIsBetter } = measure
      for (const [later, { model, examination }] of models.entries()) {
        const chance = chanceTest(measure, examination)
        sheet.rows.push({
          model,
          benchmark: benchmark.name,
          measure: name,
          title,
          source: benchmark.source,
          higherIsBetter,
          ...estimate(benchmark, measure, examination),
          ...(chance && { chance }),
        })
        for (const first of models.slice(0, later)) {
          const { result, tests } = compareMeasure(benchmark, measure, first.examination, examination)
          sheet.pairs.push({ models: [first.model, model], ...result, tests, better: better(result, tests) })
        }
      }
    }
    for (const { model, examination } of models) sheet.notes.push(...notesOf(benchmark.name, model, examination))
  }
  return sheet
}

/** By the exact test where rows are right or wrong: of few rows, a bootstrap's resamples are too much alike. Else by the interval of the difference. */
function better(result: MeasureResult, { mcnemar }: PairedTests): MeasureResult['better'] {
  if (!mcnemar) return result.better
  if (mcnemar.p >= 0.05) return 'undecided'
  return mcnemar.onlySecond > mcnemar.onlyFirst ? 'student' : 'base'
}

function notesOf(benchmark: string, model: string, { results }: Examination): string[] {
  const where = `${benchmark}, ${model}: `
  const cut = results.filter((result) => result.cut !== undefined).length
  const shortened = results.filter((result) => result.dropped !== undefined && !result.unasked).length
  const unasked = results.filter((result) => result.unasked).length
  const unread = results.filter(({ verdict }) => verdict?.prediction === null).length
  return [
    ...(cut > 0
      ? [
          `${where}${plural(cut, 'prompt')} of ${results.length} did not fit into the context, and lost the beginning (--context).`,
        ]
      : []),
    ...(shortened > 0
      ? [
          `${where}${plural(shortened, 'conversation')} of ${results.length} did not fit into the context, and lost examples (--context).`,
        ]
      : []),
    ...(unasked > 0
      ? [
          `${where}${plural(unasked, 'conversation')} of ${results.length} did not fit into the context, and count as wrong (--context).`,
        ]
      : []),
    ...(unread > 0
      ? [`${where}${plural(unread, 'answer')} of ${results.length} named no choice, or no number, and count as wrong.`]
      : []),
  ]
}
