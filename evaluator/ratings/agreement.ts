import { createQuickRandom } from '../../core/quick-random.ts'
import type { Random } from '../../core/random.ts'
import { sum } from '../../core/sum.ts'
import { bootstrap, type Counts, type Interval } from '../metrics/bootstrap.ts'
import type { Vote } from './vote.ts'

export type Level = 'nominal' | 'ordinal' | 'interval'

/** What a coder may say of a unit: a name, or a number where values have an order. */
export type Code = string | number

export type Alpha = {
  /** 1 where all agree, 0 where they agree as often as chance would; NaN where no unit has two values, or all values are one. */
  alpha: number
  /** 95 %, by bootstrap over units; percentiles. */
  interval: Interval
  /** Units with two values or more. */
  units: number
  /** Their values. */
  values: number
}

/**
 * The values that each unit got, from a table of coders × units with gaps.
 *
 * @example byUnit([[1, 2, undefined], [1, 3, 3]]) // [[1, 1], [2, 3], [3]]
 */
export function byUnit(codings: readonly (readonly (Code | undefined)[])[]): Code[][] {
  const units = Math.max(0, ...codings.map((coder) => coder.length))
  return Array.from({ length: units }, (_, unit) =>
    codings.map((coder) => coder[unit]).filter((code) => code !== undefined),
  )
}

/**
 * Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", steps C and D): one minus observed over expected disagreement, for any number of coders and any gaps.
 *
 * @param units the values that each unit got; units with less than two say nothing.
 * @param level what a disagreement weighs. `nominal`: all the same; `ordinal`: by how many values lie between; `interval`: the squared difference. Ordinal and interval values are numbers.
 */
export function krippendorffAlpha({
  units,
  level,
  random,
  samples = 1000,
}: {
  units: readonly (readonly Code[])[]
  level: Level
  random: Random
  samples?: number
}): Alpha {
  const paired = units.filter((values) => values.length >= 2)
  const codes = [...new Set(paired.flat())].sort((a, b) => (level === 'nominal' ? 0 : Number(a) - Number(b)))
  const statistic = (coincidences: Counts) => alphaOf(coincidences, codes, level)
  const { value, interval } = bootstrap({
    units: paired.map((values) => coincidencesOf(values, codes)),
    statistic,
    random: { ...random, ...createQuickRandom(random) },
    samples,
  })
  return { alpha: value, interval, units: paired.length, values: paired.flat().length }
}

/** A unit's coincidences, codes × codes: each ordered pair of its values, in shares of one less than the number of its values. They add up over units. */
function coincidencesOf(values: readonly Code[], codes: readonly Code[]): Counts {
  const size = codes.length
  const counts = new Array<number>(size).fill(0)
  for (const value of values) {
    const place = codes.indexOf(value)
    counts[place] = (counts[place] as number) + 1
  }
  return counts.flatMap((one, i) => counts.map((other, j) => (one * (other - (i === j ? 1 : 0))) / (values.length - 1)))
}

function alphaOf(coincidences: Counts, codes: readonly Code[], level: Level): number {
  const size = codes.length
  const totals = codes.map((_, i) => sum(coincidences.slice(i * size, (i + 1) * size)))
  const total = sum(totals)
  // How many values lie below each code, half of its own counted as below: differences of these are the ordinal distances.
  const ranks: number[] = []
  totals.reduce((below, own) => {
    ranks.push(below + own / 2)
    return below + own
  }, 0)
  const distance = (i: number, j: number): number => {
    if (level === 'nominal') return i === j ? 0 : 1
    if (level === 'ordinal') return ((ranks[i] as number) - (ranks[j] as number)) ** 2
    return (Number(codes[i]) - Number(codes[j])) ** 2
  }
  let observed = 0
  let expected = 0
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      observed += (coincidences[i * size + j] as number) * distance(i, j)
      expected += (totals[i] as number) * (totals[j] as number) * distance(i, j)
    }
  }
  return expected === 0 ? Number.NaN : 1 - ((total - 1) * observed) / expected
}

/**
 * Verdicts as units for agreement: one unit for each prompt and pair of models, whichever stood on the left. `scale` has 1 where the first of the alphabet is better, 0 for ties, −1; `names` tells both good from both bad.
 * A rater's second word on the same is another value: leave repetitions out, they are `selfAgreement`'s.
 */
export function verdictUnits(votes: readonly Vote[]): { scale: number[][]; names: string[][] } {
  const units = [
    ...Map.groupBy(votes, ({ prompt, left, right }) => JSON.stringify([prompt, ...[left, right].sort()])).values(),
  ]
  const signOf = ({ left, right, verdict }: Vote) =>
    verdict === 'left' || verdict === 'right' ? ((verdict === 'left') === left < right ? 1 : -1) : 0
  return {
    scale: units.map((unit) => unit.map(signOf)),
    names: units.map((unit) => unit.map((vote) => (signOf(vote) === 0 ? vote.verdict : String(signOf(vote))))),
  }
}
