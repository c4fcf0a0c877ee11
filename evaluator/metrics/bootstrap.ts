import type { Random } from '../../core/random.ts'

/**
 * What a metric counts on one unit (a sentence, an article, an answer): numbers that may be summed over units before the metric is computed from the sums.
 * A mean is `[value, 1]` with `ratio`, bits per byte `[bits, bytes]` with `ratio`, chrF its n-gram counts.
 */
export type Counts = readonly number[]

/** A metric, from the sums of its counts. */
export type Statistic = (sums: Counts) => number

/** The first sum over the second: means, shares, bits per byte. */
export const ratio: Statistic = ([part = 0, whole = 0]) => (whole === 0 ? Number.NaN : part / whole)

export type Interval = readonly [low: number, high: number]

export type Estimate = { value: number; interval: Interval; units: number }

export type Comparison = {
  base: number
  student: number
  /** student − base. */
  difference: number
  /** Of the difference. */
  interval: Interval
  /** Two-sided: how often, at twice the rate, a resample's difference lies on the other side of zero, or is zero. Never below what so many resamples can tell. */
  pValue: number
  units: number
}

type Options = {
  random: Random
  /** Resamples. (1000) */
  samples?: number
  /** (0.95) */
  confidence?: number
}

/**
 * A metric's value on these units, with its percentile bootstrap interval (Efron 1979).
 *
 * @example bootstrap({ units: right.map((r) => [r ? 1 : 0, 1]), statistic: ratio, random: createRandom('sib-200') })
 */
export function bootstrap({
  units,
  statistic,
  ...options
}: Options & { units: readonly Counts[]; statistic: Statistic }): Estimate {
  const draws = resample(units.length, options, (draw) => statistic(sum(units, draw)))
  return { value: statistic(sum(units)), interval: percentiles(draws, options.confidence), units: units.length }
}

/**
 * Compares two models on the same units by the paired bootstrap (Koehn 2004): each resample draws the same units for both, so what makes a unit hard for
 * both cancels. The interval is of the difference; clear of zero means that the units at hand tell the models apart.
 *
 * @throws RangeError when the two lists are not the same units.
 * @example pairedBootstrap({ base: [[12, 10]], student: [[9, 10]], statistic: ratio, random })
 */
export function pairedBootstrap({
  base,
  student,
  statistic,
  ...options
}: Options & { base: readonly Counts[]; student: readonly Counts[]; statistic: Statistic }): Comparison {
  if (base.length !== student.length) {
    throw new RangeError(`A paired comparison needs the same units: ${base.length} and ${student.length}.`)
  }
  const draws = resample(base.length, options, (draw) => statistic(sum(student, draw)) - statistic(sum(base, draw)))
  const values = { base: statistic(sum(base)), student: statistic(sum(student)) }
  return {
    ...values,
    difference: values.student - values.base,
    interval: percentiles(draws, options.confidence),
    pValue: pValue(draws),
    units: base.length,
  }
}

function pValue(draws: readonly number[]): number {
  const notAbove = draws.filter((difference) => difference <= 0).length
  const notBelow = draws.filter((difference) => difference >= 0).length
  return Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (draws.length + 1))
}

/** Sums counts over all units, or over those drawn. */
export function sum(units: readonly Counts[], draw?: Uint32Array): number[] {
  const sums: number[] = new Array(units[0]?.length ?? 0).fill(0)
  const add = (counts: Counts) => {
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (counts[i] as number)
  }
  if (draw) for (const unit of draw) add(units[unit] as Counts)
  else units.forEach(add)
  return sums
}

function resample(size: number, { random, samples = 1000 }: Options, compute: (draw: Uint32Array) => number): number[] {
  const draw = new Uint32Array(size)
  const values: number[] = []
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0; i < size; i++) draw[i] = random.int(size)
    values.push(compute(draw))
  }
  return values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
}

/** The interval that holds the middle of sorted values; NaN of none. */
export function percentiles(sorted: readonly number[], confidence = 0.95): Interval {
  const at = (share: number): number => {
    if (sorted.length === 0) return Number.NaN
    const place = share * (sorted.length - 1)
    const below = sorted[Math.floor(place)] as number
    const above = sorted[Math.ceil(place)] as number
    return below + (above - below) * (place - Math.floor(place))
  }
  return [at((1 - confidence) / 2), at((1 + confidence) / 2)]
}
