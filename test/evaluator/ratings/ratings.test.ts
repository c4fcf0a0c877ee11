import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { rankModels } from '../../../evaluator/ratings/ranking.ts'
import type { Vote } from '../../../evaluator/ratings/vote.ts'
import { flagRate } from '../../../evaluator/ratings/win-matrix.ts'
import { rate } from '../../../evaluator/ratings.ts'
import { fourModels, votesOf } from './votes.ts'

const seed = () => createRandom('test')
const rank = (votes: readonly Vote[], over?: 'raters' | 'votes' | 'both') =>
  rankModels(votes, { models: ['a', 'b'], random: seed(), over })
const widthOf = ({ elo }: ReturnType<typeof rank>) => {
  const [low, high] = elo.a?.interval ?? [0, 0]
  return high - low
}

describe('the results of a session', () => {
  const votes = [...fourModels, { ...(fourModels[0] as Vote), verdict: 'both_bad' as const }]
  const results = rate(votes, {
    random: seed(),
    models: ['a', 'b', 'c', 'd', 'unseen'],
    answers: [
      { model: 'a', flags: ['wrong_language'] },
      { model: 'a', flags: [] },
      { model: 'b', flags: ['harmful', 'wrong_language'] },
    ],
    groups: { half: ({ rater }) => (Number(rater.slice(6)) < 5 ? 'first' : undefined) },
  })

  it('order models, count their votes and place each within its interval', () => {
    const first = results.models[0]
    expect(first).toMatchObject({
      model: 'a',
      votes: 34,
      wins: 21,
      losses: 6,
      bothGood: 6,
      bothBad: { count: 1, of: 34 },
    })
    for (const { elo, interval, overVotes, corrected } of results.models) {
      expect(interval[0]).toBeLessThan(elo)
      expect(interval[1]).toBeGreaterThan(elo)
      expect(overVotes[0]).toBeLessThan(elo)
      expect(Math.abs(corrected.elo - elo)).toBeLessThan(60)
    }
    expect(results.verdicts).toEqual({ left: 36, right: 19, both_good: 15, both_bad: 1 })
    expect(results).toMatchObject({ votes: 71, raters: 10, over: 'raters' })
  })

  it('say of a model without votes that it may be anything', () => {
    const unseen = results.models.find(({ model }) => model === 'unseen')
    expect(unseen?.elo).toBeCloseTo(1000, -2)
    expect((unseen?.interval[1] ?? 0) - (unseen?.interval[0] ?? 0)).toBeGreaterThan(700)
    expect(unseen?.rank).toEqual([1, 5])
  })

  it('have the win matrix, flags, groups and effects', () => {
    const { matrix, flags, groups, effects } = results
    expect(matrix.wins[0]).toEqual([0, 7, 9, 5, 0])
    expect(matrix.votes[1]).toEqual([13, 0, 13, 17, 0])
    expect(matrix.onLeft[0]).toEqual([0, 13, 14, 7, 0])
    expect(flags.wrong_language).toMatchObject({ a: { count: 1, of: 2 }, b: { count: 1, of: 1 } })
    expect(groups.half?.first?.votes).toBeLessThan(votes.length)
    expect(Object.keys(groups.half ?? {})).toEqual(['first'])
    expect(effects.position?.value).toEqual(expect.any(Number))
    expect(effects).not.toHaveProperty('length')
  })

  it('survive JSON, and are the same again', () => {
    expect(JSON.parse(JSON.stringify(results)).models).toHaveLength(5)
    const again = () => rate(fourModels, { random: seed(), samples: 50 })
    expect(JSON.stringify(again())).toBe(JSON.stringify(again()))
  })

  it('exist before the first vote', () => {
    const empty = rate([], { random: seed(), models: ['a', 'b'], samples: 100 })
    expect(empty).toMatchObject({ votes: 0, raters: 0, over: 'votes' })
    expect(empty.models.map(({ elo }) => elo)).toEqual([1000, 1000])
    expect(empty.neighbours[0]?.decided).toBe(false)
  })
})

describe('intervals', () => {
  // Twenty raters of whom each always says the same: 240 votes, of twenty minds.
  const stubborn = Array.from({ length: 240 }, (_, i): Vote => {
    const rater = i % 20
    return { rater: String(rater), prompt: String(i), left: 'a', right: 'b', verdict: rater < 12 ? 'left' : 'right' }
  })

  it('over raters know that votes of one rater are one opinion', () => {
    const [raters, votes] = [widthOf(rank(stubborn)), widthOf(rank(stubborn, 'votes'))]
    expect(raters / votes).toBeGreaterThan(2.8)
    expect(raters / votes).toBeLessThan(4.2)
  })

  it('over votes are what theory says', () => {
    // A difference of log-odds has standard error √(1/n₁ + 1/n₂): half of it is a rating's.
    const half = (1.96 * Math.sqrt(1 / 144 + 1 / 96) * 400) / Math.LN10
    expect(widthOf(rank(stubborn, 'votes')) / half).toBeCloseTo(1, 1)
  })

  it('over votes where there are few raters', () => {
    expect(rank(votesOf({ 'a b': [20, 10, 5] }, 4)).over).toBe('votes')
    expect(rank(votesOf({ 'a b': [20, 10, 5] }, 5)).over).toBe('raters')
  })

  it('over both are wider than over raters', () => {
    const votes = votesOf({ 'a b': [60, 40, 20] }, 20)
    expect(widthOf(rank(votes, 'both')) / widthOf(rank(votes))).toBeGreaterThan(1.2)
  })
})

describe('corrections', () => {
  /** Votes of two models that are alike; the left is liked by half a unit of log-odds, twice the length by one; `a` writes at greater length. */
  const chance = createRandom('corrections')
  const votes = Array.from({ length: 3000 }, (_, i): Vote => {
    const [left, right] = chance.next() < 0.5 ? ['a', 'b'] : ['b', 'a']
    const lengthOf = (model: string | undefined) => Math.round((model === 'a' ? 300 : 200) * (0.5 + chance.next()))
    const [leftLength, rightLength] = [lengthOf(left), lengthOf(right)]
    const d = 0.5 + (3 * (leftLength - rightLength)) / (leftLength + rightLength)
    const verdict = chance.next() < 1 / (1 + Math.exp(-d)) ? 'left' : 'right'
    return {
      rater: String(i % 60),
      prompt: String(i),
      left: left ?? '',
      right: right ?? '',
      verdict,
      leftLength,
      rightLength,
    }
  })
  const { models, effects } = rate(votes, { random: seed(), samples: 300 })

  it('find what position and length did', () => {
    expect(effects.position?.value).toBeCloseTo(0.5, 0)
    for (const [effect, real] of [
      [effects.position, 0.5],
      [effects.length, 1],
    ] as const) {
      expect(effect?.interval[0]).toBeLessThan(real)
      expect(effect?.interval[1]).toBeGreaterThan(real)
    }
  })

  it('give the models what is theirs', () => {
    const longer = models.find(({ model }) => model === 'a')
    expect(longer?.interval[0]).toBeGreaterThan(1000)
    expect(longer?.corrected.interval[0]).toBeLessThan(1000)
    expect(longer?.corrected.interval[1]).toBeGreaterThan(1000)
  })
})

it('counts flags by model', () => {
  const answers = [
    { model: 'a', flags: ['harmful'] },
    { model: 'a', flags: [] },
    { model: 'b', flags: [] },
  ]
  expect(flagRate(answers, 'harmful')).toMatchObject({
    a: { count: 1, of: 2, share: 0.5 },
    b: { count: 0, of: 1, share: 0 },
  })
})
