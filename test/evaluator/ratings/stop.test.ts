import { describe, expect, it } from 'vitest'
import type { Neighbours } from '../../../evaluator/ratings/ranking.ts'
import { shouldStop } from '../../../evaluator/ratings/stop.ts'

const pair = (value: number, half: number): Neighbours => ({
  better: 'a',
  worse: 'b',
  difference: { value, interval: [value - half, value + half] },
  decided: value > half,
})
const ask = (neighbours: Neighbours[], wish: { votes?: number; votesByModel?: number[] } = {}) =>
  shouldStop({ neighbours, votes: 300, votesByModel: [100, 100], target: 1000, width: 100, ...wish })

describe('a session', () => {
  it('can stop when all neighbours are told apart', () => {
    expect(ask([pair(200, 120), pair(90, 80)])).toMatchObject({ done: true, reason: 'decided', open: [], votesToGo: 0 })
  })

  it('can stop when those that are not are known to be close', () => {
    expect(ask([pair(200, 120), pair(10, 50)])).toMatchObject({ done: true, reason: 'narrow' })
  })

  it('can stop at its target', () => {
    expect(ask([pair(10, 90)], { votes: 1000 })).toMatchObject({ done: true, reason: 'target', votesToGo: 0 })
  })

  it('goes on while a pair is open, and says for how long', () => {
    // A half width of 60 is to become 50. With all pairs alike that takes 300 · 0.44 = 132 votes, with this pair alone 1573² · (1 / 100² − 1 / 120²).
    const { done, reason, open, votesToGo } = ask([pair(200, 120), pair(10, 60)])
    expect({ done, reason, open: open.length, votesToGo }).toEqual({
      done: false,
      reason: 'open',
      open: 1,
      votesToGo: 76,
    })
  })

  it('asks for no more votes than are left to the target', () => {
    expect(ask([pair(10, 500)], { votes: 990 }).votesToGo).toBe(10)
  })

  it('is not done with a handful of votes, whatever the intervals say', () => {
    expect(ask([pair(900, 10)], { votes: 4, votesByModel: [4, 4] })).toMatchObject({
      done: false,
      reason: 'few',
      votesToGo: 16,
    })
  })
})
