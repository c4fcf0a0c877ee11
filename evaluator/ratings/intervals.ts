import { createQuickRandom, type QuickRandom } from '../../core/quick-random.ts'
import type { Random } from '../../core/random.ts'
import { sum } from '../../core/sum.ts'
import type { Interval } from '../metrics/bootstrap.ts'
import type { Likelihood, Parameters } from './bradley-terry.ts'
import type { Table } from './table.ts'

/**
 * What the bootstrap draws.
 *
 * `raters`: whole raters with all that they said, because votes of one person resemble each other. It answers for other raters of the same kind, and holds the chance of single votes as well.
 * `votes`: single votes, as if each came from somebody else. It answers for these raters only.
 * `both`: raters, and votes within each. It counts the chance of single votes twice, and is too wide (Davison and Hinkley 1997, section 3.8).
 */
export type Over = 'raters' | 'votes' | 'both'

/** Fits of resampled votes. */
export type Draws = {
  over: Over
  /** How many raters, or votes, each resample draws. */
  units: number
  fits: readonly Parameters[]
}

/** With fewer raters a bootstrap over them says little. */
export const fewestRaters = 5

/** Raters where there are enough of them, else votes. */
export const overOf = ({ byRater }: Table): Over => (byRater.length >= fewestRaters ? 'raters' : 'votes')

/**
 * Fits again and again to votes drawn with replacement.
 *
 * The prior's means are drawn anew each time as well, from the prior: what votes say nothing about has the prior's spread and not the width of nothing (it is "randomise, then optimise" of Bardsley et al. 2014, exact where the
 * likelihood is normal). Once there are some votes it makes no difference that can be seen.
 */
export function resample(
  table: Table,
  likelihood: Likelihood,
  fitted: Parameters,
  { random, over = overOf(table), samples = 1000 }: { random: Random; over?: Over | undefined; samples?: number },
): Draws {
  const quick = createQuickRandom(random)
  const counts = new Float64Array(3 * table.design.left.length)
  const draw = drawer(table, over, quick)
  const fits = Array.from({ length: samples }, () => {
    counts.fill(0)
    draw(counts)
    return likelihood.fit(counts, { start: fitted, centre: drawCentre(likelihood, table.models.length, quick) })
  })
  return { over, units: over === 'votes' ? table.entries.length : table.byRater.length, fits }
}

function drawer({ entries, byRater }: Table, over: Over, random: QuickRandom): (counts: Float64Array) => void {
  const add = (counts: Float64Array, entry: number) => {
    counts[entry] = (counts[entry] as number) + 1
  }
  const addDrawn = (counts: Float64Array, from: Int32Array) => {
    for (let i = 0; i < from.length; i++) add(counts, from[random.int(from.length)] as number)
  }
  if (over === 'votes') return (counts) => addDrawn(counts, entries)
  return (counts) => {
    for (let i = 0; i < byRater.length; i++) {
      const own = byRater[random.int(byRater.length)] as Int32Array
      if (over === 'both') addDrawn(counts, own)
      else for (const entry of own) add(counts, entry)
    }
  }
}

function drawCentre({ size, spread }: Likelihood, models: number, random: QuickRandom): Float64Array {
  const centre = Float64Array.from({ length: size }, () => spread * random.normal())
  const mean = centre.subarray(0, models).reduce((sum, each) => sum + each, 0) / models
  return centre.map((value, i) => (i < models ? value - mean : value))
}

/**
 * The 95 % interval of something that is computed from parameters: the estimate ± Student's t × the bootstrap's standard error (Hesterberg 2015, "What Teachers Should Know About the Bootstrap", where n − 1 stands for n in the error as
 * well: √(n / (n − 1))).
 *
 * Percentiles of the resamples lean outwards as estimates do, twice over, which matters where assignment leaves off a pair as soon as it looks decided: of 300 votes so assigned they hold the truth in 92 % (bench/ratings.ts).
 */
export function intervalOf(
  { fits, units }: Draws,
  fitted: Parameters,
  statistic: (parameters: Parameters) => number,
): Interval {
  const values = fits.map(statistic)
  const mean = sum(values) / values.length
  const variance = sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1)
  const half = reachOf(units) * Math.sqrt(variance)
  return [statistic(fitted) - half, statistic(fitted) + half]
}

/** Standard errors on each side. Of less than five units intervals are not to be trusted whatever they are multiplied by. */
function reachOf(units: number): number {
  const n = Math.max(5, units)
  return Math.sqrt(n / (n - 1)) * studentQuantile(n - 1)
}

/** Student's 97.5 % point from four degrees of freedom on, to two decimals (Abramowitz and Stegun 26.7.5). */
function studentQuantile(degrees: number): number {
  const z = 1.959963984540054
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  )
}
