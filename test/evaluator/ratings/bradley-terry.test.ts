import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createLikelihood, type Ties, toElo } from '../../../evaluator/ratings/bradley-terry.ts'
import { countEntries, tabulate } from '../../../evaluator/ratings/table.ts'
import { modelsOf, type Vote } from '../../../evaluator/ratings/vote.ts'
import { tallyOf, winMatrix } from '../../../evaluator/ratings/win-matrix.ts'
import { fourModels, votesOf } from './votes.ts'

const plain = Number.POSITIVE_INFINITY

function fit(votes: readonly Vote[], ties: Ties, spread = plain) {
  const models = modelsOf(votes)
  const table = tabulate(votes, models)
  const likelihood = createLikelihood(table.design, { ties, spread })
  const parameters = likelihood.fit(countEntries(table))
  const strengths = Object.fromEntries(models.map((model, place) => [model, parameters[place] as number]))
  return { strengths, nu: Math.exp(parameters[models.length] as number) }
}

const expectClose = (ours: Record<string, number>, theirs: Record<string, number>) => {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
  for (const [name, value] of Object.entries(theirs))
    expect(Math.abs((ours[name] as number) - value)).toBeLessThan(1e-6)
}

describe('two models', () => {
  const votes = votesOf({ 'a b': [12, 5, 3] })

  it('with half wins are the odds of the halved score', () => {
    const { a = 0, b = 0 } = fit(votes, 'half').strengths
    expect(a - b).toBeCloseTo(Math.log(13.5 / 6.5), 8)
    expect(a + b).toBeCloseTo(0, 8)
  })

  it("in Davidson's model are the odds of those that decide, and ties against their geometric mean", () => {
    const { strengths, nu } = fit(votes, 'davidson')
    expect((strengths.a ?? 0) - (strengths.b ?? 0)).toBeCloseTo(Math.log(12 / 5), 8)
    expect(nu).toBeCloseTo(3 / Math.sqrt(60), 8)
  })
})

// By evalica 0.4.2 with a tolerance of 1e-14, scaled to a geometric mean of one.
describe('four models', () => {
  const exponents = ({ strengths }: ReturnType<typeof fit>) =>
    Object.fromEntries(Object.entries(strengths).map(([model, strength]) => [model, Math.exp(strength)]))

  it("with half wins are evalica's bradley_terry", () => {
    expectClose(exponents(fit(fourModels, 'half')), {
      a: 2.137252571657801,
      b: 0.8792951631219852,
      c: 0.8145997226027527,
      d: 0.653228628062409,
    })
  })

  it("in Davidson's model are evalica's newman, whose v is half of ν", () => {
    const found = fit(fourModels, 'davidson')
    expectClose(exponents(found), {
      a: 2.707281330725208,
      b: 0.8441467821638016,
      c: 0.7641415076569689,
      d: 0.572630994802477,
    })
    expect(found.nu / 2).toBeCloseTo(0.30015538866021285, 6)
  })

  it('has the mean win rates and counts of evalica', () => {
    const models = ['a', 'b', 'c', 'd']
    const matrix = winMatrix(fourModels, models)
    const tallies = models.map((_, place) => tallyOf(matrix, place))
    const rates = [0.7222222222222222, 0.4580191050779286, 0.4304029304029304, 0.3893557422969187]
    for (const [i, { winRate }] of tallies.entries()) expect(winRate).toBeCloseTo(rates[i] as number, 12)
    expect(tallies.map(({ wins, bothGood }) => wins + bothGood / 2)).toEqual([24, 20, 14, 12])
  })
})

describe.skipIf(!fs.existsSync('../shared/data/battles'))('the table of battles', () => {
  const rowsOf = (file: string) =>
    fs.existsSync(file)
      ? fs
          .readFileSync(file, 'utf8')
          .trim()
          .split(/\r?\n/)
          .slice(1)
          .map((row) => row.split(','))
      : []
  const golden = (algorithm: string) =>
    Object.fromEntries(
      rowsOf('../shared/data/battles/food-golden.csv')
        .filter(([name]) => name === algorithm)
        .map(([, item = '', score]) => [item, Number(score)]),
    )
  const votes = rowsOf('../shared/data/battles/food.csv').map(
    ([left = '', right = '', winner], i): Vote => ({
      rater: 'r',
      prompt: String(i),
      left,
      right,
      verdict: winner === 'left' || winner === 'right' ? winner : 'both_good',
    }),
  )

  it('gives the same Bradley–Terry scores, which sum to one', () => {
    const { strengths } = fit(votes, 'half')
    const whole = Object.values(strengths).reduce((sum, each) => sum + Math.exp(each), 0)
    expectClose(
      Object.fromEntries(Object.entries(strengths).map(([model, each]) => [model, Math.exp(each) / whole])),
      golden('bradley_terry'),
    )
  })

  it("gives Newman's, whose scale is arbitrary", () => {
    const theirs = golden('newman')
    const mean = Object.values(theirs).reduce((sum, each) => sum + Math.log(each), 0) / Object.keys(theirs).length
    expectClose(
      fit(votes, 'davidson').strengths,
      Object.fromEntries(Object.entries(theirs).map(([model, each]) => [model, Math.log(each) - mean])),
    )
  })

  it('gives the same mean win rates and counts', () => {
    const models = modelsOf(votes)
    const matrix = winMatrix(votes, models)
    const of = (value: (tally: ReturnType<typeof tallyOf>) => number) =>
      Object.fromEntries(models.map((model, place) => [model, value(tallyOf(matrix, place))]))
    expectClose(
      of(({ winRate }) => winRate),
      golden('average_win_rate'),
    )
    expectClose(
      of(({ wins, bothGood }) => wins + bothGood / 2),
      golden('counting'),
    )
  })
})

describe('votes that leave much open', () => {
  it.each([
    ['a model that never lost', { 'a b': [3, 0, 0] }],
    ['models that never met', { 'a b': [1, 1, 1], 'c d': [1, 1, 1] }],
  ] as const)('%s: plain maximum likelihood says that there is no answer', (_, counts) => {
    const votes = votesOf(counts as unknown as Parameters<typeof votesOf>[0])
    for (const ties of ['half', 'davidson'] as const) {
      expect(() => fit(votes, ties)).toThrow(expect.objectContaining({ code: 'ratings_unbounded' }))
    }
  })

  it('with the prior everything is finite, and nothing is zero', () => {
    expect(fit([], 'davidson', 1.5).strengths).toEqual({})
    const { a = 0, b = 0 } = fit(votesOf({ 'a b': [3, 0, 0] }), 'davidson', 1.5).strengths
    expect(a - b).toBeGreaterThan(0.5)
    expect(a - b).toBeLessThan(5)
  })

  it('and many votes are not moved', () => {
    const votes = votesOf({ 'a b': [1200, 500, 300] })
    const { a = 0, b = 0 } = fit(votes, 'davidson', 1.5).strengths
    expect(Math.abs(a - b - Math.log(12 / 5))).toBeLessThan(0.002)
  })
})

it('ten times the odds are 400 points', () => {
  expect(toElo(0)).toBe(1000)
  expect(toElo(Math.log(10))).toBeCloseTo(1400, 9)
})
