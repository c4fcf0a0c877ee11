import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { byUnit, type Code, krippendorffAlpha, type Level, verdictUnits } from '../../../evaluator/ratings/agreement.ts'
import { cohenKappa, selfAgreement } from '../../../evaluator/ratings/kappa.ts'
import type { Vote } from '../../../evaluator/ratings/vote.ts'

const alphaOf = (units: readonly (readonly Code[])[], level: Level) =>
  krippendorffAlpha({ units, level, random: createRandom('alpha') })

// Krippendorff 2011, section C: four observers, twelve units, gaps.
const _ = undefined
const classic = byUnit([
  [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
  [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
  [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
  [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
])

describe("Krippendorff's alpha", () => {
  it.each([
    ['nominal', 904 / 1216],
    ['ordinal', 0.8153875037548813],
    ['interval', 0.8491071428571428],
  ] as const)('%s, of the published example', (level, expected) => {
    const { alpha, interval, units, values } = alphaOf(classic, level)
    expect(Math.abs(alpha - expected)).toBeLessThan(1e-12)
    expect(interval[0]).toBeLessThan(alpha)
    expect(interval[1]).toBeGreaterThan(alpha)
    expect({ units, values }).toEqual({ units: 11, values: 40 })
  })

  it.skipIf(!fs.existsSync('../shared/data/agreement/codings.csv'))('of the table of codings is 904/1216', () => {
    const rows = fs.readFileSync('../shared/data/agreement/codings.csv', 'utf8').trim().split(/\r?\n/)
    const codings = rows.map((row) => row.split(',').map((code) => (code === '' ? undefined : Number(code))))
    expect(Math.abs(alphaOf(byUnit(codings), 'nominal').alpha - 904 / 1216)).toBeLessThan(1e-12)
  })

  it('takes names', () => {
    expect(
      alphaOf(
        [
          ['yes', 'yes'],
          ['no', 'no'],
          ['yes', 'no'],
        ],
        'nominal',
      ).alpha,
    ).toBeCloseTo(4 / 9, 12)
  })

  it('says nothing where nobody judged the same, or all is one', () => {
    expect(alphaOf([], 'nominal')).toMatchObject({ alpha: Number.NaN, units: 0 })
    expect(alphaOf([[1], [2]], 'interval').alpha).toBeNaN()
    expect(
      alphaOf(
        [
          [1, 1],
          [1, 1],
        ],
        'ordinal',
      ).alpha,
    ).toBeNaN()
  })

  it('finds verdicts the same whichever side a model was on', () => {
    const vote = (left: string, right: string, verdict: Vote['verdict']): Vote => ({
      rater: 'r',
      prompt: 'p',
      left,
      right,
      verdict,
    })
    const votes = [vote('a', 'b', 'left'), vote('b', 'a', 'right'), vote('b', 'a', 'left'), vote('a', 'b', 'both_bad')]
    expect(verdictUnits(votes)).toEqual({ scale: [[1, 1, -1, 0]], names: [['1', '1', '-1', 'both_bad']] })
  })
})

describe("Cohen's kappa", () => {
  const pairsOf = (table: readonly (readonly number[])[]) =>
    table.flatMap((row, i) => row.flatMap((n, j) => Array.from({ length: n }, () => [i, j] as const)))

  it('of two readers of fifty proposals is 0.4', () => {
    expect(
      cohenKappa(
        pairsOf([
          [20, 5],
          [10, 15],
        ]),
      ),
    ).toBeCloseTo(0.4, 12)
  })

  // Computed from the weights' and margins' matrices with NumPy.
  it.each([
    ['none', 0.5131086142322097],
    ['linear', 0.5774647887323944],
    ['quadratic', 0.6421845574387948],
  ] as const)('with weights %s', (weights, expected) => {
    expect(
      cohenKappa(
        pairsOf([
          [10, 3, 1],
          [2, 8, 4],
          [1, 2, 9],
        ]),
        { weights },
      ),
    ).toBeCloseTo(expected, 12)
  })

  it('says nothing of nothing, or of one thing', () => {
    expect(cohenKappa([])).toBeNaN()
    expect(cohenKappa([['a', 'a']])).toBeNaN()
  })

  it('tells how often a rater agrees with themself', () => {
    const { count, of, share, interval, kappa } = selfAgreement([
      ['left', 'left'],
      ['right', 'right'],
      ['left', 'right'],
    ])
    expect({ count, of }).toEqual({ count: 2, of: 3 })
    expect(share).toBeCloseTo(2 / 3, 12)
    expect(interval[0]).toBeCloseTo(0.2077, 3)
    expect(kappa).toBeCloseTo(0.4, 12)
  })
})
