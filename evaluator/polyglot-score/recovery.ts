import type { Random } from '../../core/random.ts'
import { type Counts, type Interval, percentiles, type Statistic, sum } from '../metrics/bootstrap.ts'

/** A held-out task on which models were asked the same rows. */
export type Task = {
  statistic: Statistic
  higherIsBetter: boolean
  /** By model, then by row. */
  counts: readonly (readonly Counts[])[]
}

/** The models' scores, and what they come to on resampled rows: the same draws for all, so that any two can be compared. */
export type Resampled = {
  /** By model: the mean over the tasks, turned so that more is better. */
  scores: readonly number[]
  /** By model, then by draw. */
  draws: readonly Float64Array[]
}

/** A difference of two models' scores. `standardError` is the deviation of the bootstrap's differences. */
export type Change = { value: number; interval: Interval; standardError: number }

/**
 * The models' mean scores over the tasks, and the paired bootstrap of them (Koehn 2004): each draw takes rows of each task with replacement, the same rows for every model.
 *
 * @throws RangeError when models were asked different rows.
 */
export function resampleModels(
  tasks: readonly Task[],
  { random, samples = 1000 }: { random: Random; samples?: number },
): Resampled {
  const models = tasks[0]?.counts.length ?? 0
  for (const { counts } of tasks) {
    if (counts.length !== models || counts.some((rows) => rows.length !== counts[0]?.length)) {
      throw new RangeError('The models of a comparison need the same tasks and rows.')
    }
  }
  const scoreOf = (model: number, places: readonly (Uint32Array | undefined)[]) =>
    tasks.reduce((total, { statistic, higherIsBetter, counts }, task) => {
      const value = statistic(sum(counts[model] ?? [], places[task]))
      return total + (higherIsBetter ? value : -value)
    }, 0) / tasks.length
  const draws = Array.from({ length: models }, () => new Float64Array(samples))
  for (let sample = 0; sample < samples; sample++) {
    const places = tasks.map(({ counts }) => {
      const rows = counts[0]?.length ?? 0
      return Uint32Array.from({ length: rows }, () => random.int(rows))
    })
    for (const [model, values] of draws.entries()) values[sample] = scoreOf(model, places)
  }
  return { scores: draws.map((_, model) => scoreOf(model, [])), draws }
}

/** What `to` scores more than `from`, with its 95 % interval. */
export function changeOf({ scores, draws }: Resampled, from: number, to: number): Change {
  const differences = paired(draws, from, to)
  const mean = differences.reduce((total, value) => total + value, 0) / differences.length
  const variance = differences.reduce((total, value) => total + (value - mean) ** 2, 0) / differences.length
  return {
    value: (scores[to] ?? Number.NaN) - (scores[from] ?? Number.NaN),
    interval: percentiles(differences.sort((a, b) => a - b)),
    standardError: Math.sqrt(variance),
  }
}

function paired(draws: Resampled['draws'], from: number, to: number): number[] {
  const before = draws[from] ?? []
  return Array.from(draws[to] ?? [], (value, sample) => value - (before[sample] ?? Number.NaN)).filter(
    (value) => !Number.isNaN(value),
  )
}

/**
 * Why a gap between base and reference cannot be recovered: the reference is no better, or its lead is within its standard error.
 * In the published results the reference is below the base in four of the languages; a ratio to such a gap rises as the student gets worse.
 */
export type NoGap = 'not above' | 'within noise'

/** Whether there is a gap: undefined where the reference is clearly better than the base. */
export function noGap({ value, standardError }: Change): NoGap | undefined {
  if (!(value > 0)) return 'not above'
  return value <= standardError ? 'within noise' : undefined
}

/** The share of the gap that a student recovered; `interval` where the gap's own interval is above zero, since a ratio to what may be nothing has none. */
export type Recovery = { value: number; interval?: Interval }

/**
 * Performance gap recovered, PGR = (student − base) / (reference − base) (Polyglot Teachers, "extrinsic"); undefined where there is no gap.
 *
 * @example recovery(resampled, { base: 0, reference: 1, student: 2 })?.value
 */
export function recovery(
  resampled: Resampled,
  { base, reference, student }: { base: number; reference: number; student: number },
): Recovery | undefined {
  const gap = changeOf(resampled, base, reference)
  if (noGap(gap) !== undefined) return undefined
  const value = changeOf(resampled, base, student).value / gap.value
  if (!(gap.interval[0] > 0)) return { value }
  const gains = paired(resampled.draws, base, student)
  const gaps = paired(resampled.draws, base, reference)
  const ratios = gains.map((gain, draw) => gain / (gaps[draw] ?? Number.NaN)).filter(Number.isFinite)
  return { value, interval: percentiles(ratios.sort((a, b) => a - b)) }
}

/** Polyglot Score: PG = (PGR + z) / 2. */
export const polyglotScore = (recovered: number, z: number): number => (recovered + z) / 2
