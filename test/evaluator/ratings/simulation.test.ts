import { describe, expect, it } from 'vitest'
import { coverage, drawWorld, votesToStop } from '../../../bench/ratings.ts'

// `node bench/run.ts ratings` does the same with a thousand sessions. Here the bounds leave room for what forty do by chance.
describe('simulated sessions of 50 raters and 6 models', { timeout: 240_000 }, () => {
  it.each(['random', 'active'] as const)('hold the truth in their intervals, with %s assignment', (assignment) => {
    const found = coverage({ sessions: 40, votes: 300, assignment, samples: 200 })
    for (const rate of [found.ratings, found.neighbours, found.corrected]) {
      expect(rate).toBeGreaterThan(90)
      expect(rate).toBeLessThan(99)
    }
  })

  it('need fewer votes with active assignment', () => {
    const votes = (assignment: 'random' | 'active') =>
      Array.from({ length: 4 }, (_, i) => {
        const seed = `ratings test ${i}`
        return votesToStop({ world: drawWorld(seed), assignment, seed, width: 100 }).votes
      }).reduce((sum, each) => sum + each, 0)
    expect(votes('active') / votes('random')).toBeLessThan(0.8)
  })
})
