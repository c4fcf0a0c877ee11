import { createRandom } from '../core/random.ts'
import type { Benchmark, Measure } from './benchmark.ts'
import type { Examination } from './examine.ts'
import { bootstrap, type Counts, type Estimate, type Interval, pairedBootstrap } from './metrics/bootstrap.ts'
import { binomialTest, mcnemarTest, wilsonInterval } from './metrics/exact.ts'

/** A measure of two models on the same units. */
export type MeasureResult = {
  /** The benchmark's name: `udhr-bits-glg`. */
  benchmark: string
  /** The measure's name: `bits-per-byte`. */
  measure: string
  title: string
  /** Where the rows come from. */
  source: string
  higherIsBetter: boolean
  base: number
  student: number
  /** student − base. */
  difference: number
  /** 95 % paired bootstrap interval of the difference. */
  interval: Interval
  /** Which of the two is better, or `undecided` where the interval holds zero. */
  better: 'base' | 'student' | 'undecided'
  /** Articles, paragraphs, answers: what the bootstrap draws. */
  units: number
  /** Wall-clock seconds that the benchmark took for each; what was remembered takes none. */
  seconds: { base: number; student: number }
}

/** Resamples of every bootstrap here. */
const samples = 1000

/** Every measure of a benchmark, base against student. */
export function compare(benchmark: Benchmark, base: Examination, student: Examination): MeasureResult[] {
  return benchmark.measures.map((measure) => compareMeasure(benchmark, measure, base, student).result)
}

/** How a difference between two models holds against chance. */
export type PairedTests = {
  /** Two-sided p of the paired bootstrap, 1,000 resamples. */
  bootstrap: number
  /** Two-sided p of McNemar's exact test, where rows are right or wrong, and the rows that only one of the two has right. */
  mcnemar?: { p: number; onlyFirst: number; onlySecond: number }
}

/** One measure of two models on the same units, with its tests: one bootstrap serves both. */
export function compareMeasure(
  benchmark: Benchmark,
  measure: Measure,
  base: Examination,
  student: Examination,
): { result: MeasureResult; tests: PairedTests } {
  const { pValue, ...comparison } = pairedBootstrap({
    base: countsOf(base),
    student: countsOf(student),
    statistic: measure.statistic,
    random: seed(benchmark, measure),
    samples,
  })
  const result = {
    benchmark: benchmark.name,
    measure: measure.name,
    title: measure.title,
    source: benchmark.source,
    higherIsBetter: measure.higherIsBetter,
    ...comparison,
    better: better(comparison.interval, measure.higherIsBetter),
    seconds: { base: base.seconds, student: student.seconds },
  }
  const { right } = measure
  if (!right) return { result, tests: { bootstrap: pValue } }
  const others = countsOf(student)
  const pairs = countsOf(base).map((counts, i) => [right(counts), right(others[i] ?? [])] as const)
  const onlyFirst = pairs.filter(([a, b]) => a && !b).length
  const onlySecond = pairs.filter(([a, b]) => b && !a).length
  return {
    result,
    tests: { bootstrap: pValue, mcnemar: { p: mcnemarTest(onlyFirst, onlySecond), onlyFirst, onlySecond } },
  }
}

/** How a share of right rows stands to guessing. */
export type ChanceTest = {
  /** The share that guessing gets right. */
  share: number
  /** Two-sided p of the exact binomial test. */
  p: number
  /** Where the model's 95 % interval lies. */
  interval: 'above' | 'below' | 'around'
}

/** Compares a model with guessing; undefined where a measure knows no guessing. */
export function chanceTest(measure: Measure, examination: Examination): ChanceTest | undefined {
  const { right, chance: share } = measure
  if (!right || share === undefined) return undefined
  const rows = countsOf(examination)
  const hits = rows.filter(right).length
  const [low, high] = wilsonInterval(hits, rows.length)
  return {
    share,
    p: binomialTest(hits, rows.length, share),
    interval: low > share ? 'above' : high < share ? 'below' : 'around',
  }
}

/** One model's value of a measure, with its own interval: Wilson's for a share of right rows, else the bootstrap's. */
export function estimate(benchmark: Benchmark, measure: Measure, examination: Examination): Estimate {
  const { right, statistic } = measure
  const units = countsOf(examination)
  if (right) {
    const hits = units.filter(right).length
    return { value: hits / units.length, interval: wilsonInterval(hits, units.length), units: units.length }
  }
  return bootstrap({ units, statistic, random: seed(benchmark, measure), samples })
}

/** By how many percent the student's value of a measure is higher than the base's, with the paired interval. */
export function percentChange(
  benchmark: Benchmark,
  measure: Measure,
  base: Examination,
  student: Examination,
): { percent: number; interval: Interval } {
  const pairs = countsOf(base).map((counts, i) => [...counts, ...(countsOf(student)[i] ?? [])])
  const statistic = (sums: Counts) => {
    const half = sums.length / 2
    return 100 * (measure.statistic(sums.slice(half)) / measure.statistic(sums.slice(0, half)) - 1)
  }
  const { value, interval } = bootstrap({ units: pairs, statistic, random: seed(benchmark, measure), samples })
  return { percent: value, interval }
}

function better([low, high]: Interval, higherIsBetter: boolean): MeasureResult['better'] {
  if (low > 0) return higherIsBetter ? 'student' : 'base'
  if (high < 0) return higherIsBetter ? 'base' : 'student'
  return 'undecided'
}

function countsOf({ results }: Examination): Counts[] {
  return results.map(({ counts }) => counts)
}

function seed(benchmark: Benchmark, measure: Measure) {
  return createRandom(`bootstrap\0${benchmark.name}\0${measure.name}`)
}
