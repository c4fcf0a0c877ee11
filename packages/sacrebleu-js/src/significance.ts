import { type ReferenceStreams, sumStatistics, systemsStatistics } from './corpus.ts'
import type { Metric, Score } from './metric.ts'
import { createGenerator } from './random.ts'
import { drawn, exactInterval, flatten, interval, mean, resample, type Sample, type Seed } from './resampling.ts'

/** sacreBLEU's seed where no other is given. */
export const defaultSeed = 12345

/** Mean over bootstrap resamples, and half the width of the interval that holds 95 % of them. */
export type Confidence = { mean: number; interval: number }

/**
 * How sure a score is, by bootstrap resampling of segments (Koehn 2004), with sacreBLEU's numbers for the seed.
 *
 * @example
 * const statistics = corpusStatistics(metric, hypotheses, references)
 * const { mean, interval } = confidence(metric, statistics) // mean ± interval
 */
export function confidence(
  metric: Metric,
  statistics: readonly (readonly number[])[],
  { samples = 1000, seed = defaultSeed }: { samples?: number; seed?: Seed } = {},
): Confidence {
  return exactInterval(resample(metric, statistics, samples, seed))
}

/** `bootstrap`: paired bootstrap resampling (Koehn 2004); `randomization`: approximate randomisation (Riezler and Maxwell 2005). */
export type PairedTest = 'bootstrap' | 'randomization'

/** What a test says of one system and one metric. */
export type PairedResult = {
  score: Score
  /** Of the difference to the baseline, which has none itself. */
  pValue?: number
  /** With the bootstrap, and with randomisation when it is asked for. */
  confidence?: Confidence
}

export type PairedOptions = {
  /** Each system's hypotheses; the first is the baseline that the others are compared with. */
  systems: readonly (readonly string[])[]
  metrics: readonly Metric[]
  references: ReferenceStreams
  test: PairedTest
  /** Resamples (1000) or trials (10000). */
  samples?: number
  /** Resamples for intervals with randomisation. (None.) */
  confidenceSamples?: number
  seed?: Seed
}

/** The samples or trials that a test has where no other number is given. */
export const defaultSamples: Readonly<Record<PairedTest, number>> = { bootstrap: 1000, randomization: 10_000 }

/**
 * Tests whether systems differ from a baseline by more than chance, with sacreBLEU's p-values for the seed.
 *
 * @returns For each metric, a result for each system, the baseline's first.
 * @throws RangeError as `corpusScore` does.
 * @example pairedTest({ systems: [baseline, ours], metrics: [createBleu()], references, test: 'bootstrap' })[0]?.[1]?.pValue
 */
export function pairedTest(options: PairedOptions): PairedResult[][] {
  const { systems, metrics, references, test, seed = defaultSeed, confidenceSamples = 0 } = options
  const samples = options.samples ?? defaultSamples[test]
  return metrics.map((metric) => {
    const [baseline = [], ...others] = systemsStatistics(metric, systems, references)
    const scored = metric.scoreOf(sumStatistics(baseline))
    if (test === 'bootstrap') {
      const reference = resample(metric, baseline, samples, seed)
      const results = others.map((statistics) => compareResamples(metric, statistics, scored, reference, seed))
      return [{ score: scored, confidence: interval(reference) }, ...results]
    }
    const first: PairedResult = { score: scored }
    if (confidenceSamples > 0) first.confidence = interval(resample(metric, baseline, confidenceSamples, seed))
    return [
      first,
      ...others.map((statistics) => randomize(metric, baseline, statistics, { samples, confidenceSamples, seed })),
    ]
  })
}

function compareResamples(
  metric: Metric,
  statistics: number[][],
  baseline: Score,
  reference: Sample,
  seed: Seed,
): PairedResult {
  const score = metric.scoreOf(sumStatistics(statistics))
  const sample = resample(metric, statistics, reference.scores.length, seed)
  const single = sample.single && reference.single
  const round = single ? Math.fround : (value: number) => value
  const differences = sample.scores.map((value, i) => round(Math.abs(value - (reference.scores[i] as number))))
  const average = mean({ scores: differences, single })
  const centred = differences.map((difference) => round(difference - average))
  const difference = round(Math.abs(baseline.value - score.value))
  return { score, pValue: pValue(centred, difference), confidence: interval(sample) }
}

/** Each trial gives the two systems' segments to two others by the toss of a coin, and looks at how far these come apart. */
function randomize(
  metric: Metric,
  baseline: number[][],
  statistics: number[][],
  { samples, confidenceSamples, seed }: { samples: number; confidenceSamples: number; seed: Seed },
): PairedResult {
  const segments = statistics.length
  const size = statistics[0]?.length ?? 0
  const generator = createGenerator(seed)
  const coin = generator.bits()
  const one = flatten(baseline, new Float64Array(segments * size))
  const other = flatten(statistics, new Float64Array(segments * size))
  const [heads, tails] = [new Float64Array(size), new Float64Array(size)]
  const differences = new Float64Array(samples)
  for (let trial = 0; trial < samples; trial++) {
    heads.fill(0)
    tails.fill(0)
    for (let first = 0; first < one.length; first += size) {
      const [forHeads, forTails] = coin() === 1 ? [one, other] : [other, one]
      for (let i = 0; i < size; i++) {
        heads[i] = (heads[i] as number) + (forHeads[first + i] as number)
        tails[i] = (tails[i] as number) + (forTails[first + i] as number)
      }
    }
    differences[trial] = Math.abs(metric.scoreOf(heads, 'integer').value - metric.scoreOf(tails, 'integer').value)
  }
  const score = metric.scoreOf(sumStatistics(statistics))
  const difference = Math.abs(metric.scoreOf(sumStatistics(baseline)).value - score.value)
  const result: PairedResult = { score, pValue: pValue(differences, difference) }
  if (confidenceSamples > 0) result.confidence = interval(drawn(metric, statistics, confidenceSamples, generator))
  return result
}

/** The share of samples that differ by more than the systems do; counting one more keeps it from being zero. */
function pValue(differences: Float64Array, difference: number): number {
  let above = 0
  for (const value of differences) if (value > difference) above++
  return (above + 1) / (differences.length + 1)
}
