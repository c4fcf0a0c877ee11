import { createRandom } from '../core/random.ts'
import { eloPerUnit } from '../evaluator/ratings/bradley-terry.ts'
import { rankModels } from '../evaluator/ratings/ranking.ts'
import { shouldStop } from '../evaluator/ratings/stop.ts'
import type { Vote } from '../evaluator/ratings/vote.ts'
import { tallyOf, winMatrix } from '../evaluator/ratings/win-matrix.ts'
import { drawStrengths, modelsOf, session, truth, type World } from './ratings/simulated-session.ts'
import type { BenchContext, Comparison } from './run.ts'

type Assignment = 'random' | 'active'

/** Fifty people with tastes of their own, who prefer the left a little; a fifth to a quarter of verdicts between equals are ties. */
const people = { raters: 50, taste: 0.3, position: 0.15, ties: 'davidson', tieSize: 0.6 } as const

/** Six models as far apart as students, their bases and a teacher may be: a standard deviation of 0.8, 139 Elo points. */
const spread = 0.8

export function drawWorld(seed: string, wish: Partial<World> & { spread?: number } = {}): World {
  return { ...people, strengths: drawStrengths(6, wish.spread ?? spread, createRandom(seed)), ...wish }
}

/** How many of the intervals of sessions hold the truth, in %, and how wide they are, in Elo points. */
export type Coverage = {
  ratings: number
  corrected: number
  neighbours: number
  ratingWidth: number
  neighbourWidth: number
}

export function coverage({
  sessions,
  votes: size,
  assignment,
  samples = 1000,
  ...wish
}: {
  sessions: number
  votes: number
  assignment: Assignment
  samples?: number
} & Parameters<typeof drawWorld>[1]): Coverage {
  const sums = { ratings: 0, corrected: 0, neighbours: 0, ratingWidth: 0, neighbourWidth: 0 }
  for (let i = 0; i < sessions; i++) {
    const random = createRandom(`ratings: session ${i}`)
    const world = drawWorld(`ratings: world ${i}`, wish)
    const models = modelsOf(world)
    const votes = session(world, assignment, random).take(size).toArray()
    const plain = rankModels(votes, { models, random, samples })
    const corrected = rankModels(votes, { models, random, samples, covariates: ['position'] })
    const eloOf = elosOf(truth(world))
    const heldEqual = elosOf(truth(world, ['position']))
    models.forEach((model, place) => {
      const [low, high] = plain.elo[model]?.interval ?? [0, 0]
      sums.ratings += holds([low, high], eloOf(place)) / models.length
      sums.ratingWidth += (high - low) / models.length
      sums.corrected += holds(corrected.elo[model]?.interval ?? [0, 0], heldEqual(place)) / models.length
    })
    for (const { better, worse, difference } of plain.neighbours) {
      const real = eloOf(models.indexOf(better)) - eloOf(models.indexOf(worse))
      sums.neighbours += holds(difference.interval, real) / plain.neighbours.length
      sums.neighbourWidth += (difference.interval[1] - difference.interval[0]) / plain.neighbours.length
    }
  }
  return {
    ratings: (100 * sums.ratings) / sessions,
    corrected: (100 * sums.corrected) / sessions,
    neighbours: (100 * sums.neighbours) / sessions,
    ratingWidth: sums.ratingWidth / sessions,
    neighbourWidth: sums.neighbourWidth / sessions,
  }
}

const elosOf = (strengths: Float64Array) => (place: number) => 1000 + eloPerUnit * (strengths[place] as number)

const holds = ([low, high]: readonly [number, number], value: number) => (low <= value && value <= high ? 1 : 0)

/** Votes until a session may stop, the most that are waited for; and whether a pair that it tells apart is the wrong way round. */
export function votesToStop({
  world,
  assignment,
  seed,
  width,
  most = 6000,
}: {
  world: World
  assignment: Assignment
  seed: string
  width: number
  most?: number
}): { votes: number; wrong: boolean } {
  const random = createRandom(seed)
  const models = modelsOf(world)
  const eloOf = elosOf(truth(world))
  const votes: Vote[] = []
  let next = 100
  for (const vote of session(world, assignment, random)) {
    votes.push(vote)
    if (votes.length < next) continue
    next = Math.min(most, Math.ceil(next * 1.04))
    const { neighbours } = rankModels(votes, { models, random: random.fork(String(votes.length)), samples: 200 })
    const matrix = winMatrix(votes, models)
    const votesByModel = models.map((_, place) => tallyOf(matrix, place).votes)
    if (shouldStop({ neighbours, votesByModel, votes: votes.length, target: most, width }).done) {
      const wrong = neighbours.some(
        ({ better, worse, decided }) => decided && eloOf(models.indexOf(better)) < eloOf(models.indexOf(worse)),
      )
      return { votes: votes.length, wrong }
    }
  }
  return { votes: votes.length, wrong: false }
}

/** Milliseconds for the intervals of 600 votes about 6 models, 1,000 resamples; and assignments in a second, with 10 models and 5,000 votes. */
function speed(): Comparison[] {
  const world = drawWorld('speed')
  const models = modelsOf(world)
  const votes = session(world, 'random', createRandom('speed')).take(600).toArray()
  const [intervals] = Array.from({ length: 5 }, () => {
    const started = performance.now()
    rankModels(votes, { models, random: createRandom('speed') })
    return performance.now() - started
  }).sort((a, b) => a - b) as [number]

  const many = session(
    { ...world, strengths: drawStrengths(10, spread, createRandom('ten')) },
    'active',
    createRandom('ten'),
  )
  for (let i = 0; i < 5000; i++) many.next()
  const started = performance.now()
  for (let i = 0; i < 500; i++) many.next()
  const perSecond = 500 / ((performance.now() - started) / 1000)
  return [
    { what: 'intervals, 6 models, 600 votes, 1,000 resamples', ours: intervals, unit: 'ms', most: 500 },
    { what: 'assignments, 10 models, 5,000 votes', ours: perSecond, peer: 100, unit: '/s', least: 1 },
  ]
}

/** Whether intervals of a thousand sessions hold the truth, in 95 ± 2 %, and what votes assignment saves by the mean of all widths. */
export function intervalLines(): Comparison[] {
  const cases = {
    '300 votes': { votes: 300 },
    '600 votes': { votes: 600 },
    '300 votes of 10 raters': { votes: 300, raters: 10 },
    '600 votes, other ties': { votes: 600, ties: 'threshold', tieSize: 0.5 },
  } as const
  return Object.entries(cases).flatMap(([what, wish]) => {
    const random = coverage({ sessions: 1000, assignment: 'random', ...wish })
    const active = coverage({ sessions: 1000, assignment: 'active', ...wish })
    const held = Object.entries({ random, active }).flatMap(([name, found]) =>
      (['ratings', 'neighbours', 'corrected'] as const).map((key) => ({
        what: `${what}, ${name}: ${key} ${found[key].toFixed(1)} %, from 95`,
        ours: Math.abs(found[key] - 95),
        unit: 'points',
        most: 2,
      })),
    )
    const saved = (['ratingWidth', 'neighbourWidth'] as const).map((key) => ({
      what: `${what}: votes for the same mean ${key === 'ratingWidth' ? 'of ratings' : "of neighbours'"} widths`,
      ours: 100 * (active[key] / random[key]) ** 2,
      unit: '% of random',
    }))
    return [...held, ...saved]
  })
}

/** Votes until a session may stop, for several widths that are asked for and distances between models; the promise is for the first. */
export function stopLines(): Comparison[] {
  const cases = [
    { width: 100, apart: 0.8, most: 70 },
    { width: 100, apart: 0.4 },
    { width: 100, apart: 1.2 },
    { width: 50, apart: 0.8 },
  ]
  return cases.flatMap(({ width, apart, ...promise }) => {
    const runs = Array.from({ length: 200 }, (_, i) => {
      const world = drawWorld(`ratings: world ${i}`, { spread: apart })
      const run = (assignment: Assignment) => votesToStop({ world, assignment, seed: `ratings: stop ${i}`, width })
      return { random: run('random'), active: run('active') }
    })
    const mean = (of: (run: (typeof runs)[number]) => number) =>
      runs.reduce((sum, run) => sum + of(run), 0) / runs.length
    const what = `apart or within ${width}, spread ${apart}`
    const [random, active] = [mean((run) => run.random.votes), mean((run) => run.active.votes)]
    return [
      {
        what: `${what}: ${active.toFixed(0)} votes for ${random.toFixed(0)}`,
        ours: (100 * active) / random,
        unit: '%',
        ...promise,
      },
      {
        what: `${what}: sessions with a wrong order`,
        ours: 100 * mean((run) => (run.active.wrong ? 1 : 0)),
        peer: 100 * mean((run) => (run.random.wrong ? 1 : 0)),
        unit: '%',
      },
    ]
  })
}

/**
 * Sessions of 50 raters and 6 models whose strengths are known.
 *
 * Intervals: how many of those of 1,000 sessions hold the truth. The truth is what endless votes of endless raters would find; the bootstrap is over raters.
 *
 * Active assignment: votes until a session may stop by its own rule, which is that every two neighbours are told apart or their interval is no wider than 100 Elo points. That is the width that a session's organiser asks for.
 * By the mean of all widths, decided or not, there is less to gain: no assignment whatever takes fewer than 70 to 90 % of the votes for that of the neighbours (less the further apart models are), or 90 to 100 % for that of the
 * ratings, as the optimal designs for these strengths say.
 */
export async function ratings(_: BenchContext): Promise<Comparison[]> {
  return [...speed(), ...intervalLines(), ...stopLines()]
}
