import type { Metric } from './metric.ts'
import { createGenerator } from './random.ts'

/** A whole number from 0. (12345) */
export type Seed = number | bigint

/** Scores of resamples, and whether they are 32-bit floats, which decides how numpy averages and compares them. */
export type Sample = { scores: Float64Array; single: boolean }

/**
 * The scores of bootstrap resamples of a corpus (Koehn 2004): as many segments as there are, drawn with replacement. With the same seed, segments and number
 * of samples the draws are the same, so two systems are resampled in pairs by resampling each.
 */
export function resample(
  metric: Metric,
  statistics: readonly (readonly number[])[],
  samples: number,
  seed: Seed,
): Sample {
  return drawn(metric, statistics, samples, createGenerator(seed))
}

/** The same with a generator from which something else was drawn before. */
export function drawn(
  metric: Metric,
  statistics: readonly (readonly number[])[],
  samples: number,
  generator: { integer(bound: number): number },
): Sample {
  const segments = statistics.length
  const size = statistics[0]?.length ?? 0
  const counts = flatten(statistics, new Float32Array(segments * size))
  // 32-bit sums, as sacreBLEU's: above 2²⁴ they are rounded, segment by segment.
  const sums = new Float32Array(size)
  const scores = new Float64Array(samples)
  let single = true
  for (let sample = 0; sample < samples; sample++) {
    sums.fill(0)
    for (let draw = 0; draw < segments; draw++) {
      const first = generator.integer(segments) * size
      for (let i = 0; i < size; i++) sums[i] = (sums[i] as number) + (counts[first + i] as number)
    }
    const score = metric.scoreOf(sums, 'single')
    scores[sample] = score.value
    single &&= score.single
  }
  return { scores, single }
}

/** Mean and half the width of the 95 % interval between percentiles, in numpy's arithmetic. */
export function interval({ scores, single }: Sample): { mean: number; interval: number } {
  return { mean: mean({ scores: scores.toSorted(), single }), interval: halfWidth({ scores, single }) }
}

/** The same with the mean that Python's `statistics.mean` gives: rounded once. */
export function exactInterval({ scores, single }: Sample): { mean: number; interval: number } {
  let sum = 0
  let lost = 0
  for (const score of scores) {
    const next = sum + score
    lost += sum >= score ? sum - next + score : score - next + sum
    sum = next
  }
  const exact = (sum + lost) / scores.length
  return { mean: single ? Math.fround(exact) : exact, interval: halfWidth({ scores, single }) }
}

function halfWidth({ scores, single }: Sample): number {
  const sorted = scores.toSorted()
  const below = Math.floor(sorted.length / 40)
  const width = (sorted[sorted.length - below - 1] as number) - (sorted[below] as number)
  return single ? Math.fround(0.5 * Math.fround(width)) : 0.5 * width
}

/** numpy's mean: a pairwise sum, in the scores' own precision. */
export function mean({ scores, single }: Sample): number {
  if (!single) return pairwiseSum(scores, 0, scores.length, (value) => value) / scores.length
  return Math.fround(pairwiseSum(scores, 0, scores.length, Math.fround) / scores.length)
}

/** Blocks of 128 by eight sums side by side; more is halved, at multiples of eight. */
function pairwiseSum(values: Float64Array, start: number, length: number, round: (value: number) => number): number {
  const at = (i: number): number => values[start + i] as number
  if (length > 128) {
    const half = Math.floor(length / 2)
    const first = half - (half % 8)
    return round(pairwiseSum(values, start, first, round) + pairwiseSum(values, start + first, length - first, round))
  }
  let sum = 0
  let done = 0
  if (length >= 8) {
    const sums = Array.from({ length: 8 }, (_, i) => at(i))
    for (done = 8; done < length - (length % 8); done += 8) {
      for (let i = 0; i < 8; i++) sums[i] = round((sums[i] as number) + at(done + i))
    }
    const pair = (i: number): number => round((sums[i] as number) + (sums[i + 1] as number))
    sum = round(round(pair(0) + pair(2)) + round(pair(4) + pair(6)))
  }
  for (; done < length; done++) sum = round(sum + at(done))
  return sum
}

/** Statistics one after the other in an array of numbers. */
export function flatten<T extends Float32Array | Float64Array>(statistics: readonly (readonly number[])[], into: T): T {
  const size = statistics[0]?.length ?? 0
  for (const [segment, counts] of statistics.entries()) into.set(counts, segment * size)
  return into
}
