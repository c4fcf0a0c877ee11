import { describe, expect, it } from 'vitest'
import { createGenerator, seedWords } from '../src/random.ts'
import { ask } from './python.ts'

const seeds = ['0', '1', '12345', '4294967296', '340282366920938463463374607431768211455123456789']

describe('the generator', () => {
  it('is seeded as numpy’s', () => {
    const expected = ask<number[][]>(
      'import numpy as np\nanswer([np.random.SeedSequence(int(seed)).generate_state(8).tolist() for seed in input])',
      seeds,
    )
    expect(seeds.map((seed) => seedWords(BigInt(seed)))).toEqual(expected)
    expect(() => createGenerator(-1)).toThrow('A seed is a whole number from 0: -1.')
    expect(() => createGenerator(0.5)).toThrow('A seed is a whole number from 0: 0.5.')
  })

  it('draws what numpy draws: bits, then numbers below any bound', () => {
    const bounds = [1, 2, 3, 10, 1000, 65_537, 3_000_000_000, 4_294_967_295]
    const expected = ask<[number[], number[]][]>(
      `
import numpy as np
def draw(seed, bound):
    rng = np.random.default_rng(int(seed))
    bits = rng.integers(2, size=(3, 333), dtype=bool).astype(int).ravel().tolist()
    return bits, rng.choice(bound, size=(20, 50), replace=True).ravel().tolist()
answer([draw(seed, bound) for seed in input['seeds'] for bound in input['bounds']])
`,
      { seeds, bounds },
    )
    const ours = seeds.flatMap((seed) =>
      bounds.map((bound) => {
        const generator = createGenerator(BigInt(seed))
        const bit = generator.bits()
        return [Array.from({ length: 999 }, bit), Array.from({ length: 1000 }, () => generator.integer(bound))]
      }),
    )
    expect(ours).toEqual(expected)
  })
})
