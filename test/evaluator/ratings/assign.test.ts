import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { type Assignment, createAssigner } from '../../../evaluator/ratings/assign.ts'
import type { Vote } from '../../../evaluator/ratings/vote.ts'

const models = ['a', 'b', 'c', 'd']
const prompts = Array.from({ length: 12 }, (_, i) => `prompt ${i}`)
const assignerOf = (seed = 'seed') => createAssigner({ models, prompts, random: createRandom(seed) })
const pairOf = ({ left, right }: Assignment) => [left, right].sort().join()
const given = (assignment: Assignment | undefined): Assignment & { prompt: string } => {
  if (assignment?.prompt === undefined) throw new Error('Nothing was assigned.')
  return { ...assignment, prompt: assignment.prompt }
}
const countBy = (items: readonly string[]) => {
  const counts: Record<string, number> = {}
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1
  return counts
}

/** A session of twenty raters; `a` wins always, the others are alike. */
function play(assigner: ReturnType<typeof assignerOf>, votes: number): (Assignment & { prompt: string })[] {
  const chance = createRandom('raters')
  return Array.from({ length: votes }, () => {
    const assignment = given(assigner.next(`rater ${chance.int(20)}`))
    const verdict: Vote['verdict'] =
      assignment.left === 'a' ? 'left' : assignment.right === 'a' ? 'right' : chance.pick(['left', 'right', 'both_bad'])
    assigner.judge({ ...assignment, verdict })
    return assignment
  })
}

describe('assignment', () => {
  it('is the same again with the same seed, and another with another', () => {
    expect(play(assignerOf(), 60)).toEqual(play(assignerOf(), 60))
    expect(play(assignerOf(), 60)).not.toEqual(play(assignerOf('other'), 60))
  })

  it('shows the two of a pair on the left as often as each other, but for one', () => {
    const assignments = play(assignerOf(), 301)
    const lefts = countBy(assignments.map(({ left, right }) => `${left} ${right}`))
    for (const one of models) {
      for (const other of models) {
        const [there, back] = [lefts[`${one} ${other}`] ?? 0, lefts[`${other} ${one}`] ?? 0]
        if (one !== other) expect(Math.abs(there - back)).toBeLessThanOrEqual(1)
      }
    }
  })

  it('gives no rater the same pair on the same prompt twice, and ends when they have had all', () => {
    const assigner = assignerOf()
    const mine = Array.from({ length: 6 * 12 }, () => given(assigner.next('one')))
    expect(new Set(mine.map((each) => `${pairOf(each)} ${each.prompt}`)).size).toBe(6 * 12)
    expect(assigner.next('one')).toBeUndefined()
    expect(assigner.next('another')).toBeDefined()
  })

  it('gives what tells most: pairs that are close, not those that are decided', () => {
    const late = countBy(play(assignerOf(), 400).slice(200).map(pairOf))
    const [decided, close] = [
      ['a,b', 'a,c', 'a,d'],
      ['b,c', 'b,d', 'c,d'],
    ].map((pairs) => pairs.reduce((sum, pair) => sum + (late[pair] ?? 0), 0)) as [number, number]
    expect(close).toBeGreaterThan(2 * decided)
  })

  it('spreads over pairs and models when five hundred come at once', () => {
    const assigner = assignerOf()
    const assignments = Array.from({ length: 500 }, (_, i) => given(assigner.next(`rater ${i}`)))
    for (const times of Object.values(countBy(assignments.map(pairOf)))) {
      expect(times).toBeGreaterThan(60)
      expect(times).toBeLessThan(110)
    }
    const uses = Object.values(countBy(assignments.map(({ prompt }) => prompt)))
    expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(6)
  })

  it('lets each rater see many models, and none the same pair all the time', () => {
    const byRater = Map.groupBy(play(assignerOf(), 240), ({ rater }) => rater)
    for (const mine of byRater.values()) {
      expect(new Set(mine.flatMap(({ left, right }) => [left, right])).size).toBeGreaterThanOrEqual(3)
      expect(Math.max(...Object.values(countBy(mine.map(pairOf))))).toBeLessThanOrEqual(0.6 * mine.length)
    }
  })

  it('takes back what will not be judged: others get it, that rater does not', () => {
    const assigner = createAssigner({ models: ['a', 'b'], prompts: ['p', 'q'], random: createRandom('back') })
    const first = given(assigner.next('one'))
    assigner.takeBack(first)
    expect(given(assigner.next('one')).prompt).not.toBe(first.prompt)
    expect(assigner.next('one')).toBeUndefined()
    expect(given(assigner.next('two')).prompt).toBe(first.prompt)
  })

  it('goes on after a restart where it was: order and prompts count what was judged and what is open', () => {
    const first = { rater: 'one', prompt: 'p', left: 'a', right: 'b' }
    const second = { rater: 'two', prompt: 'q', left: 'a', right: 'b' }
    const assigner = createAssigner({ models: ['a', 'b'], prompts: ['p', 'q', 'r'], random: createRandom('again') })
    assigner.judge({ ...first, verdict: 'left' })
    assigner.handOut(second)
    expect(given(assigner.next('three'))).toMatchObject({ prompt: 'r', left: 'b', right: 'a' })
    expect(given(assigner.next('four'))).toMatchObject({ left: 'b', right: 'a' })
  })

  it('passes over votes about what is not in the session, and works without prompts', () => {
    const assigner = createAssigner({ models: ['a', 'b'], prompts: [], random: createRandom('free') })
    assigner.judge({ rater: 'one', prompt: 'of mine', left: 'gone', right: 'a', verdict: 'left' })
    const assignment = assigner.next('one')
    expect(assignment).toMatchObject({ rater: 'one' })
    expect(assignment).not.toHaveProperty('prompt')
  })

  it('knows a vote of a free conversation for what it handed out, whatever was asked', () => {
    const assigner = createAssigner({ models: ['a', 'b'], prompts: [], random: createRandom('free') })
    const lefts = Array.from({ length: 40 }, (_, i) => {
      const assignment = assigner.next('one') as Assignment
      assigner.judge({ ...assignment, prompt: `question ${i}`, verdict: 'left' })
      return assignment.left
    })
    const { a, b } = countBy(lefts)
    expect([a, b]).toEqual([20, 20])
  })
})
