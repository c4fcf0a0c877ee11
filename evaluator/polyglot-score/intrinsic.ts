/** The four metrics of a teacher's data (Polyglot Teachers, "intrinsic"). More is better in each. */
export const intrinsicMetrics = ['promptDistinctness', 'responseDistinctness', 'rubric', 'fluency'] as const

export type IntrinsicMetric = (typeof intrinsicMetrics)[number]

/** A metric is undefined where it could not be had. */
export type Intrinsic = Record<IntrinsicMetric, number | undefined>

/** A metric that tells no data sets apart, and why: it is the same for all, or some data set lacks it. */
export type UnusedMetric = { metric: IntrinsicMetric; reason: 'same' | 'missing' }

/**
 * Values with their mean taken off, in units of their population deviation. Values that are all the same are 0.
 *
 * @example standardise([1, 3]) // [−1, 1]
 */
export function standardise(values: readonly number[]): number[] {
  if (isSame(values)) return values.map(() => 0)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  // Squares of the smallest numbers there are come to nothing.
  return values.map((value) => (deviation === 0 ? 0 : (value - mean) / deviation))
}

/** Whether values differ by no more than rounding. */
function isSame(values: readonly number[]): boolean {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return high - low <= 1e-12 * Math.max(Math.abs(low), Math.abs(high))
}

/** z of a data set, and the standardised metrics that it is the mean of. */
export type Standing = { z: number; parts: Partial<Record<IntrinsicMetric, number>> }

/**
 * z of each data set: the mean of its four standardised metrics. They are standardised over all data sets that are compared (teacher × language in the paper, teacher × strategy here), so z
 * says how a data set stands to the others and nothing by itself.
 *
 * A metric that is the same everywhere counts 0. One that some data set lacks is left out for all, so that each z is a mean of the same metrics. Both are named.
 *
 * @param sets undefined for a data set that is too small to be measured: it has no z and does not disturb the others.
 */
export function intrinsicScores(sets: readonly (Intrinsic | undefined)[]): {
  standings: (Standing | undefined)[]
  unused: UnusedMetric[]
} {
  const measured = sets.filter((set) => set !== undefined)
  const unused: UnusedMetric[] = []
  const parts: Standing['parts'][] = measured.map(() => ({}))
  for (const metric of intrinsicMetrics) {
    const values = measured.map((set) => set[metric] ?? Number.NaN)
    if (!values.every(Number.isFinite)) {
      unused.push({ metric, reason: 'missing' })
      continue
    }
    if (values.length > 0 && isSame(values)) unused.push({ metric, reason: 'same' })
    for (const [place, value] of standardise(values).entries()) (parts[place] ?? {})[metric] = value
  }
  const left = parts.values()
  return { standings: sets.map((set) => (set === undefined ? undefined : standing(left.next().value ?? {}))), unused }
}

function standing(parts: Standing['parts']): Standing {
  const values = Object.values(parts)
  return { z: values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length), parts }
}
