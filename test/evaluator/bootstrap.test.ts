import { expect, it } from 'vitest'
import { createRandom } from '../../core/random.ts'
import { bootstrap, pairedBootstrap, ratio } from '../../evaluator/metrics/bootstrap.ts'

it('gives a mean the interval that theory gives it', () => {
  // 400 tosses, 240 of them heads: mean 0.6, standard error √(0.6·0.4/400) = 0.0245, so 95 % is 0.552–0.648.
  const units = Array.from({ length: 400 }, (_, i) => [i < 240 ? 1 : 0, 1])
  const { value, interval } = bootstrap({ units, statistic: ratio, random: createRandom('a'), samples: 4000 })
  expect(value).toBe(0.6)
  expect(interval[0]).toBeCloseTo(0.552, 2)
  expect(interval[1]).toBeCloseTo(0.648, 2)
})

it('is repeatable: the same seed gives the same interval, another seed another', () => {
  const units = Array.from({ length: 30 }, (_, i) => [i * i, i + 1])
  const run = (seed: string) => bootstrap({ units, statistic: ratio, random: createRandom(seed) }).interval
  expect(run('a')).toEqual(run('a'))
  expect(run('a')).not.toEqual(run('b'))
})

it('pairs: a small difference on every unit is clear of zero though the units differ wildly', () => {
  const random = createRandom('units')
  const base = Array.from({ length: 50 }, () => [100 * random.next(), 1])
  const student = base.map(([value = 0]) => [value + 0.5 + random.next() / 10, 1])
  const result = pairedBootstrap({ base, student, statistic: ratio, random: createRandom('b') })
  expect(result.difference).toBeCloseTo(result.student - result.base, 12)
  expect(result.interval[0]).toBeGreaterThan(0.5)
  expect(result.interval[1]).toBeLessThan(0.6)
  expect(result.units).toBe(50)
})

it('finds no difference where there is none', () => {
  const random = createRandom('none')
  const draw = () => Array.from({ length: 200 }, () => [random.int(2), 1])
  const { interval } = pairedBootstrap({ base: draw(), student: draw(), statistic: ratio, random })
  expect(interval[0]).toBeLessThan(0)
  expect(interval[1]).toBeGreaterThan(0)
})

it('refuses units that do not correspond', () => {
  expect(() => pairedBootstrap({ base: [[1, 1]], student: [], statistic: ratio, random: createRandom('c') })).toThrow(
    RangeError,
  )
})
