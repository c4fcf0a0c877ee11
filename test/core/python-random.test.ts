import { describe, expect, it } from 'vitest'
import { createPythonRandom } from '../../core/python-random.ts'

const range = (length: number) => Array.from({ length }, (_, i) => i)

// The expected numbers are what CPython 3.11 prints for the calls in the comments.
describe('createPythonRandom', () => {
  it('has the bits of MT19937, as CPython seeds it', () => {
    const random = createPythonRandom(1234)
    expect(range(4).map(() => random.getrandbits(32))).toEqual([4150886329, 3342196574, 1892932127, 501869158])
  })

  it('samples as random.sample does, one call after the other', () => {
    const random = createPythonRandom(1234)
    const sample = () => random.sample(range(99), 3)
    expect([sample(), sample(), sample()]).toEqual([
      [56, 14, 0],
      [11, 74, 4],
      [85, 88, 10],
    ])
    // After [sample(range(99), 3) for _ in range(300)], the generator's state was renewed more than once.
    for (let i = 3; i < 300; i++) sample()
    expect(sample()).toEqual([43, 69, 94])
  })

  it('draws from a list where CPython does, and from a set where it does', () => {
    const small = createPythonRandom(1234)
    expect(small.sample(range(8), 8)).toEqual([7, 0, 6, 5, 4, 2, 3, 1])
    expect(small.sample(range(8), 2)).toEqual([5, 1])
    const mixed = createPythonRandom(1234)
    expect(mixed.sample(range(4000), 10)).toEqual([3958, 3187, 1805, 478, 30, 371, 3731, 3860, 3847, 3305])
    expect(mixed.sample(range(99), 10)).toEqual([74, 4, 85, 88, 10, 12, 98, 45, 30, 2])
    expect(mixed.sample(range(21), 5)).toEqual([0, 20, 11, 15, 14])
    expect(mixed.sample(range(22), 5)).toEqual([4, 2, 5, 3, 0])
  })

  it('takes the smallest and the largest seed', () => {
    expect(createPythonRandom(0).sample(range(701), 50).slice(0, 6)).toEqual([394, 430, 41, 265, 523, 497])
    expect(createPythonRandom(2 ** 32 - 1).sample(range(1000), 4)).toEqual([650, 634, 208, 220])
  })

  it('refuses to draw more than there is', () => {
    expect(() => createPythonRandom(1).sample([1, 2], 3)).toThrow('3 cannot be drawn from 2')
  })
})
