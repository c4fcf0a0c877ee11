import type { Random } from '../core/random.ts'
import type { Interval } from './metrics/bootstrap.ts'
import { type Alpha, krippendorffAlpha, type Level, verdictUnits } from './ratings/agreement.ts'
import type { Over } from './ratings/intervals.ts'
import { type Estimate, type Neighbours, rankModels } from './ratings/ranking.ts'
import type { Covariate } from './ratings/table.ts'
import { modelsOf, type Vote } from './ratings/vote.ts'
import {
  type FlaggedAnswer,
  flagRate,
  type Share,
  type Tally,
  tallyOf,
  type WinMatrix,
  winMatrix,
} from './ratings/win-matrix.ts'
import { type Flag, flags, type Verdict, verdicts } from './sessions/settings.ts'

/** A model's line in the results. Ratings are Elo points around a mean of 1000; intervals are of 95 %. */
export type ModelRating = Tally & {
  model: string
  /** As the votes have it, not corrected. */
  elo: number
  interval: Interval
  /** The interval if each vote came from somebody else: how much of the other is due to raters who differ. */
  overVotes: Interval
  /** With position and length held equal. */
  corrected: { elo: number; interval: Interval }
  /** The ranks that it may have, of those not corrected. */
  rank: readonly [best: number, worst: number]
}

/** What votes come to, of all raters or of a group. */
export type Standing = {
  votes: number
  raters: number
  verdicts: Record<Verdict, number>
  /** What the intervals' bootstrap draws: raters, or votes where there are fewer than five raters. */
  over: Over
  /** The best first. */
  models: ModelRating[]
  neighbours: Neighbours[]
  /** By how much the log-odds of the left answer are moved: by being on the left, and by being twice as long. */
  effects: Partial<Record<Covariate, Estimate>>
}

/** Numbers that are not known (a share of nothing) are NaN, which JSON writes as null. */
export type Ratings = Standing & {
  matrix: WinMatrix
  /** Of raters who judged the same two answers to the same prompt: four verdicts as names; better, tie and worse as ranks and as numbers. */
  agreement: Record<Level, Alpha>
  /** Of each model's answers, how many were flagged: `wrong_language`, … */
  flags: Record<Flag, Record<string, Share>>
  /** By grouping (dialect, proficiency) and group. */
  groups: Record<string, Record<string, Standing>>
}

export type RatingsOptions = {
  random: Random
  /** Those of the session; those of the votes where they are left out. */
  models?: readonly string[]
  over?: Over
  /** Resamples of each bootstrap. (1000) */
  samples?: number
  answers?: readonly FlaggedAnswer[]
  /** By name, the group that a vote belongs to, or undefined where it is of none. */
  groups?: Record<string, (vote: Vote) => string | undefined>
}

/**
 * Everything that a preference session's votes say.
 *
 * @example rate(votes, { random: createRandom('session 7'), groups: { dialect: ({ rater }) => dialects.get(rater) } })
 */
export function rate(
  votes: readonly Vote[],
  { models = modelsOf(votes), answers = [], groups = {}, ...options }: RatingsOptions,
): Ratings {
  const { random, samples = 1000 } = options
  const units = verdictUnits(votes)
  const alpha = (level: Level) =>
    krippendorffAlpha({
      units: level === 'nominal' ? units.names : units.scale,
      level,
      random: random.fork(level),
      samples,
    })
  const groupsOf = (name: string, groupOf: (vote: Vote) => string | undefined) =>
    Map.groupBy(votes, groupOf)
      .entries()
      .flatMap(([group, own]) =>
        group === undefined
          ? []
          : [[group, standing(own, models, { ...options, random: random.fork(`${name}\0${group}`) })]],
      )
  return {
    ...standing(votes, models, options),
    matrix: winMatrix(votes, models),
    agreement: { nominal: alpha('nominal'), ordinal: alpha('ordinal'), interval: alpha('interval') },
    flags: Object.fromEntries(flags.map((flag) => [flag, flagRate(answers, flag)])) as Ratings['flags'],
    groups: Object.fromEntries(
      Object.entries(groups).map(([name, groupOf]) => [name, Object.fromEntries(groupsOf(name, groupOf))]),
    ),
  }
}

/** What votes come to, without who agreed with whom. */
export function standing(
  votes: readonly Vote[],
  models: readonly string[],
  { random, over, samples }: Pick<RatingsOptions, 'random' | 'over' | 'samples'>,
): Standing {
  const plain = rankModels(votes, { models, random: random.fork('ratings'), over, samples })
  const overVotes = rankModels(votes, { models, random: random.fork('votes'), over: 'votes', samples })
  const hasLengths = votes.some(({ leftLength, rightLength }) => leftLength && rightLength)
  const corrected = rankModels(votes, {
    models,
    random: random.fork('corrected'),
    covariates: hasLengths ? ['position', 'length'] : ['position'],
    over,
    samples,
  })
  const matrix = winMatrix(votes, models)
  const of = <T>(values: Record<string, T>, model: string) => values[model] as T
  return {
    votes: votes.length,
    raters: new Set(votes.map(({ rater }) => rater)).size,
    verdicts: Object.fromEntries(
      verdicts.map((verdict) => [verdict, votes.filter((vote) => vote.verdict === verdict).length]),
    ) as Standing['verdicts'],
    over: plain.over,
    models: plain.order.map((model) => {
      const { value: elo, interval } = of(corrected.elo, model)
      return {
        model,
        elo: of(plain.elo, model).value,
        interval: of(plain.elo, model).interval,
        overVotes: of(overVotes.elo, model).interval,
        corrected: { elo, interval },
        rank: of(plain.ranks, model),
        ...tallyOf(matrix, models.indexOf(model)),
      }
    }),
    neighbours: plain.neighbours,
    effects: corrected.effects,
  }
}
