import { describe, expect, it } from 'vitest'
import { binomialTest, mcnemarTest, wilsonInterval } from '../../evaluator/metrics/exact.ts'

// The expected numbers are SciPy's: scipy.stats.binomtest(k, n, p).pvalue and .proportion_ci(method='wilson').
describe('binomialTest', () => {
  it.each([
    [60, 204, 1 / 7, 3.0420145480284556e-8],
    [29, 204, 1 / 7, 1],
    [20, 204, 1 / 7, 0.07134300277356408],
    [7, 10, 0.5, 0.34375],
    [5, 10, 0.5, 1],
    [0, 10, 0.25, 0.07604122161865237],
    [10, 10, 0.25, 9.5367431640625e-7],
    [450, 900, 0.25, 2.9242258724377338e-58],
    [225, 900, 0.25, 1],
    [3, 3, 0.5, 0.25],
  ])('of %i of %i at %f is %f', (successes, trials, probability, expected) => {
    expect(binomialTest(successes, trials, probability) / expected).toBeCloseTo(1, 9)
  })

  it('says nothing of nothing', () => {
    expect(binomialTest(0, 0, 0.25)).toBe(1)
  })
})

describe('mcnemarTest', () => {
  it.each([
    [8, 2, 0.109375],
    [0, 5, 0.0625],
    [30, 12, 0.007915897334896727],
    [12, 30, 0.007915897334896727],
    [6, 6, 1],
    [0, 0, 1],
    [120, 90, 0.045114087864840696],
    [400, 300, 0.0001784763144856244],
  ])('of %i against %i is %f', (first, second, expected) => {
    expect(mcnemarTest(first, second) / expected).toBeCloseTo(1, 9)
  })
})

describe('wilsonInterval', () => {
  it.each([
    [60, 204, 0.2358607809287124, 0.35998501193368654],
    [7, 10, 0.39677814746114526, 0.892208732593699],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
  ])('of %i of %i', (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials)
    expect(interval[0]).toBeCloseTo(low, 12)
    expect(interval[1]).toBeCloseTo(high, 12)
  })

  it('of no rows is unknown', () => {
    expect(wilsonInterval(0, 0)).toEqual([Number.NaN, Number.NaN])
  })
})
