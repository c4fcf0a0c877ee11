import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../core/random.ts'
import { ratio } from '../../evaluator/metrics/bootstrap.ts'
import { distinctness } from '../../evaluator/polyglot-score/distinctness.ts'
import { fluency, perplexity } from '../../evaluator/polyglot-score/fluency.ts'
import { type Intrinsic, intrinsicScores, standardise } from '../../evaluator/polyglot-score/intrinsic.ts'
import { rank } from '../../evaluator/polyglot-score/ranking.ts'
import {
  type Change,
  changeOf,
  noGap,
  polyglotScore,
  recovery,
  resampleModels,
  type Task,
} from '../../evaluator/polyglot-score/recovery.ts'

const finite = fc.integer({ min: -1e6, max: 1e6 }).map((thousandths) => thousandths / 1000)
const vectors = fc
  .integer({ min: 1, max: 12 })
  .chain((width) => fc.array(fc.array(finite, { minLength: width, maxLength: width }), { minLength: 2, maxLength: 15 }))

/** 1 − the mean of the cosine matrix off its diagonal, as it is written in the paper's code. */
function byPairs(texts: readonly (readonly number[])[]): number {
  const cosine = (a: readonly number[], b: readonly number[]) => {
    const dot = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
    const lengths = Math.hypot(...a) * Math.hypot(...b)
    return lengths === 0 ? 0 : dot / lengths
  }
  let sum = 0
  for (const [i, a] of texts.entries()) for (const [j, b] of texts.entries()) if (i !== j) sum += cosine(a, b)
  return 1 - sum / (texts.length * (texts.length - 1))
}

describe('distinctness', () => {
  it('is 0 of texts that say the same, 1 of unrelated ones, and 2 of two opposites', () => {
    expect(distinctness([Float32Array.of(3, 4), Float32Array.of(0.3, 0.4)])).toBeCloseTo(0, 6)
    expect(distinctness([Float32Array.of(1, 0), Float32Array.of(0, 2)])).toBe(1)
    expect(distinctness([Float32Array.of(1, 0), Float32Array.of(-1, 0)])).toBe(2)
    // Cosines 0, 0 and 1: 1 − 1/3.
    expect(
      distinctness([
        [1, 0],
        [0, 1],
        [1, 0],
      ]),
    ).toBeCloseTo(2 / 3, 12)
  })

  it('is unknown of fewer than two texts', () => {
    expect(distinctness([])).toBeUndefined()
    expect(distinctness([[1, 2]])).toBeUndefined()
  })

  it('comes to what all pairs come to, on any vectors', () => {
    fc.assert(
      fc.property(vectors, (texts) => {
        expect(distinctness(texts)).toBeCloseTo(byPairs(texts), 8)
      }),
    )
  })
})

describe('fluency', () => {
  it('is −log(1 + perplexity), of the tokens of a response alone', () => {
    expect(perplexity({ logProb: -6 * Math.log(5), tokens: 6 })).toBeCloseTo(5, 12)
    expect(fluency([{ logProb: -6 * Math.log(5), tokens: 6 }])).toBeCloseTo(-Math.log(6), 12)
  })

  it('takes the mean over responses, so that one of gibberish does not decide', () => {
    const plain = { logProb: -10 * Math.log(3), tokens: 10 }
    const gibberish = { logProb: -5000, tokens: 5 }
    expect(fluency([plain, gibberish])).toBeCloseTo(-(Math.log(4) + 1000) / 2, 9)
    expect(perplexity(gibberish)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is unknown where nothing was scored', () => {
    expect(fluency([])).toBeUndefined()
    expect(fluency([{ logProb: 0, tokens: 0 }])).toBeUndefined()
  })
})

describe('z', () => {
  const set = (p: number, r: number, j: number | undefined, f: number): Intrinsic => ({
    promptDistinctness: p,
    responseDistinctness: r,
    rubric: j,
    fluency: f,
  })

  it('is the mean of four standardised metrics, by hand', () => {
    // Of 1, 2, 3 the population deviation is √(2/3); of 4, 4, 1 it is √2, of mean 3.
    const { standings, unused } = intrinsicScores([set(1, 3, 4, -2), set(2, 2, 4, -2), set(3, 1, 1, -2)])
    const step = 1 / Math.sqrt(2 / 3)
    expect(standings[0]?.parts.promptDistinctness).toBeCloseTo(-step, 12)
    expect(standings[0]?.z).toBeCloseTo((-step + step + 1 / Math.sqrt(2) + 0) / 4, 12)
    expect(standings[1]?.z).toBeCloseTo(1 / Math.sqrt(2) / 4, 12)
    expect(standings[2]?.z).toBeCloseTo(-2 / Math.sqrt(2) / 4, 12)
    expect(unused).toEqual([{ metric: 'fluency', reason: 'same' }])
  })

  it('leaves a metric out for all where one lacks it, and says so', () => {
    const { standings, unused } = intrinsicScores([set(1, 1, undefined, -1), set(3, 3, 5, -2)])
    expect(unused).toEqual([{ metric: 'rubric', reason: 'missing' }])
    expect(standings.map((standing) => standing?.z)).toEqual([-1 / 3, 1 / 3])
  })

  it('of a data set that is too small is unknown, and the others have theirs', () => {
    const { standings } = intrinsicScores([set(1, 1, 1, 1), undefined, set(3, 3, 3, 3)])
    expect(standings.map((standing) => standing?.z)).toEqual([-1, undefined, 1])
  })

  it('has mean 0 and population deviation 1 in each metric, on any values', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 2, maxLength: 30 }), (values) => {
        const scaled = standardise(values)
        if (scaled.every((value) => value === 0)) return
        const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length
        const variance = scaled.reduce((sum, value) => sum + value ** 2, 0) / scaled.length
        expect(mean).toBeCloseTo(0, 6)
        expect(variance).toBeCloseTo(1, 6)
      }),
    )
  })

  it('of one data set alone is 0: there is nothing that it could be compared with', () => {
    expect(intrinsicScores([set(1, 2, 3, 4)]).standings[0]?.z).toBe(0)
  })
})

/** A task of `rows` rows, of which each model has these many right: the first ones, or all but the first ones of a negative number. */
const task = (rows: number, right: readonly number[]): Task => ({
  statistic: ratio,
  higherIsBetter: true,
  counts: right.map((many) => Array.from({ length: rows }, (_, row) => [row < many ? 1 : 0, 1])),
})

const resampled = (tasks: readonly Task[]) => resampleModels(tasks, { random: createRandom('test'), samples: 400 })

describe('PGR', () => {
  it('is the share of the gap that was recovered, with its interval', () => {
    const values = resampled([task(100, [20, 50, 80])])
    const recovered = recovery(values, { base: 0, student: 1, reference: 2 })
    expect(recovered?.value).toBeCloseTo(0.5, 12)
    const [low, high] = recovered?.interval ?? [0, 0]
    expect(low).toBeGreaterThan(0.3)
    expect(high).toBeLessThan(0.7)
    expect(polyglotScore(recovered?.value ?? 0, 0.9)).toBeCloseTo(0.7, 12)
  })

  it('is refused where the reference is below the base, or just like it', () => {
    for (const reference of [10, 20]) {
      const values = resampled([task(100, [20, 50, reference])])
      expect(noGap(changeOf(values, 0, 2))).toBe('not above')
      expect(recovery(values, { base: 0, student: 1, reference: 2 })).toBeUndefined()
    }
  })

  it("is refused where the reference's lead is within its standard error", () => {
    // 11 rows only the reference has right, 10 only the base: a lead of 1 point, whose standard error is some 4.6.
    const rows = (only: (row: number) => boolean) => Array.from({ length: 100 }, (_, row) => [only(row) ? 1 : 0, 1])
    const close: Task = {
      statistic: ratio,
      higherIsBetter: true,
      counts: [rows((row) => row < 10), rows((row) => row < 60), rows((row) => row >= 10 && row < 21)],
    }
    const values = resampled([close])
    const lead = changeOf(values, 0, 2)
    expect(lead.value).toBeCloseTo(0.01, 12)
    expect(lead.standardError).toBeGreaterThan(0.035)
    expect(noGap(lead)).toBe('within noise')
    expect(recovery(values, { base: 0, student: 1, reference: 2 })).toBeUndefined()
  })

  it('has no interval where the gap might be nothing', () => {
    // One row in thirty more: the lead is its own standard error and a little, and many resamples have none of it.
    const values = resampled([task(30, [10, 11, 12])])
    const lead = changeOf(values, 0, 2)
    expect(noGap(lead)).toBeUndefined()
    expect(lead.interval[0]).toBe(0)
    expect(recovery(values, { base: 0, student: 1, reference: 2 })).toEqual({ value: expect.closeTo(0.5, 9) })
  })

  it('takes the mean over tasks, and less as better where it is', () => {
    const bits: Task = {
      statistic: ratio,
      higherIsBetter: false,
      counts: [
        [
          [4, 2],
          [4, 2],
        ],
        [
          [2, 2],
          [2, 2],
        ],
      ],
    }
    const values = resampled([bits])
    expect(values.scores).toEqual([-2, -1])
    expect(changeOf(values, 0, 1)).toEqual({ value: 1, interval: [1, 1], standardError: 0 })
    const both = resampled([task(10, [2, 4]), task(10, [5, 9])])
    expect(both.scores[0]).toBeCloseTo(0.35, 12)
    expect(changeOf(both, 0, 1).value).toBeCloseTo(0.3, 12)
  })

  it('refuses models that were asked different rows', () => {
    const uneven: Task = { statistic: ratio, higherIsBetter: true, counts: [[[1, 1]], []] }
    expect(() => resampled([uneven])).toThrow(RangeError)
  })

  it("has a standard error that is the binomial's, on rows of any number", () => {
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 150 }), fc.double({ min: 0.2, max: 0.8, noNaN: true }), (rows, share) => {
        const many = Math.round(rows * share)
        // The base has none right, so the difference is the share itself.
        const { standardError } = changeOf(
          resampleModels([task(rows, [0, many])], { random: createRandom(`${rows}`) }),
          0,
          1,
        )
        const expected = Math.sqrt(((many / rows) * (1 - many / rows)) / rows)
        expect(standardError / expected).toBeGreaterThan(0.9)
        expect(standardError / expected).toBeLessThan(1.1)
      }),
      { numRuns: 4 },
    )
  })
})

describe('the order', () => {
  const change = (value: number, room: number): Change => ({
    value,
    interval: [value - room, value + room],
    standardError: room / 2,
  })
  const between = (values: readonly number[], room: number) => (from: number, to: number) =>
    change((values[to] ?? 0) - (values[from] ?? 0), room)

  it('follows the Polyglot Score where there is one', () => {
    const gains = [0.1, 0.3, 0.2]
    const contestants = gains.map((gain, i) => ({ z: -i, change: change(gain, 0.05), pg: [0.4, 0.1, 0.6][i] }))
    expect(rank(contestants, between(gains, 0.05))).toEqual({
      by: 'polyglot score',
      order: [2, 0, 1],
      leaders: [2, 1],
    })
  })

  it('without one lets z decide only among those whose students cannot be told apart', () => {
    const gains = [0.3, 0.28, 0.1]
    const contestants = gains.map((gain, i) => ({ z: [0, 1, 5][i], change: change(gain, 0.05) }))
    expect(rank(contestants, between(gains, 0.05))).toEqual({ by: 'change', order: [1, 0, 2], leaders: [1, 0] })
  })

  it('is that of z where no student was taught, and one without data is last', () => {
    expect(rank([{ z: -1 }, {}, { z: 2 }], () => undefined)).toEqual({ by: 'z', order: [2, 0, 1], leaders: [] })
  })
})
