import type { Random } from '../../core/random.ts'
import type { Interval } from '../metrics/bootstrap.ts'
import { createLikelihood, eloPerUnit, type Parameters, toElo } from './bradley-terry.ts'
import { intervalOf, type Over, resample } from './intervals.ts'
import { type Covariate, countEntries, tabulate } from './table.ts'
import type { Vote } from './vote.ts'

/** A number with its 95 % interval. */
export type Estimate = { value: number; interval: Interval }

/** Two models next to each other in a ranking. */
export type Neighbours = {
  better: string
  worse: string
  /** Elo points. */
  difference: Estimate
  /** Whether the interval is clear of zero. */
  decided: boolean
}

export type Ranking = {
  over: Over
  /** Elo points, by model; their mean is 1000. */
  elo: Record<string, Estimate>
  /** The best first. */
  order: string[]
  /** The ranks that a model may have: behind all that are clearly better, before all that are clearly worse. */
  ranks: Record<string, readonly [best: number, worst: number]>
  neighbours: Neighbours[]
  /** What else speaks for an answer: log-odds of one unit of it. */
  effects: Partial<Record<Covariate, Estimate>>
  /** Odds of a tie between equals against either's win. */
  nu: number
}

export type RankingOptions = {
  models: readonly string[]
  random: Random
  covariates?: readonly Covariate[]
  /** Raters, where there are five or more. */
  over?: Over | undefined
  /** Resamples. (1000) */
  samples?: number | undefined
}

/** Ranks models by Davidson's model with a weak prior, so that it is finite from the first vote on; with bootstrap intervals. */
export function rankModels(
  votes: readonly Vote[],
  { models, random, covariates = [], over, samples = 1000 }: RankingOptions,
): Ranking {
  const table = tabulate(votes, models, covariates)
  const likelihood = createLikelihood(table.design)
  const fitted = likelihood.fit(countEntries(table))
  const draws = resample(table, likelihood, fitted, { random, over, samples })
  const estimate = (statistic: (parameters: Parameters) => number): Estimate => ({
    value: statistic(fitted),
    interval: intervalOf(draws, fitted, statistic),
  })
  const strengthOf = (parameters: Parameters, place: number) => parameters[place] as number
  const difference = (one: number, other: number) =>
    estimate((parameters) => eloPerUnit * (strengthOf(parameters, one) - strengthOf(parameters, other)))

  const places = [...models.keys()].sort((a, b) => strengthOf(fitted, b) - strengthOf(fitted, a))
  const nameOf = (place: number) => models[place] as string
  const better = new Array<number>(models.length).fill(0)
  const worse = new Array<number>(models.length).fill(0)
  const neighbours: Neighbours[] = []
  places.forEach((one, i) => {
    places.slice(i + 1).forEach((other, k) => {
      const apart = difference(one, other)
      const decided = apart.interval[0] > 0
      if (decided) {
        better[other] = (better[other] as number) + 1
        worse[one] = (worse[one] as number) + 1
      }
      if (k === 0) neighbours.push({ better: nameOf(one), worse: nameOf(other), difference: apart, decided })
    })
  })
  const byModel = <T>(of: (place: number) => T) =>
    Object.fromEntries(models.map((model, place) => [model, of(place)])) as Record<string, T>
  return {
    over: draws.over,
    elo: byModel((place) => estimate((parameters) => toElo(strengthOf(parameters, place)))),
    order: places.map(nameOf),
    ranks: byModel((place) => [1 + (better[place] as number), models.length - (worse[place] as number)] as const),
    neighbours,
    effects: Object.fromEntries(
      covariates.map((covariate, i) => [
        covariate,
        estimate((parameters) => strengthOf(parameters, models.length + i)),
      ]),
    ),
    nu: Math.exp(strengthOf(fitted, likelihood.size - 1)),
  }
}
