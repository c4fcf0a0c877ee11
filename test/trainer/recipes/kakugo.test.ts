import { expect, test } from 'vitest'
import { kakugo } from '../../../trainer/recipes/kakugo.ts'

const requests = (plan: ReturnType<typeof kakugo.plan>) =>
  Object.fromEntries(plan.steps.map(({ step, requests }) => [step, requests]))

test('at paper scale the counts are the paper’s, and for Haitian Creole as many rows are expected as it published', () => {
  const paper = kakugo.defaults('paper')
  const plan = kakugo.plan({ ...paper, reasoning: 'teacher', followUps: 0 })
  expect(requests(plan)).toEqual({
    'macro-topics': 16,
    topics: 16 * 20,
    // 16 seeds, 320 macro-topics and 3,200 topics.
    'topic-prompts': 3536,
    'broad-scenarios': 2,
    'detailed-scenarios': 60,
    'scenario-prompts': 1860,
    'context-prompts': 10_000,
    revisions: (3536 * 3 + 1860 * 5 + 10_000) / 2,
    responses: 3536 * 3 + 1860 * 5 + 10_000,
    translations: 15_000,
  })
  expect(plan.notes.join(' ')).toMatch(
    /41,264 answers: 14,310 translated, 10,000 about texts, 8,666 in situations, 8,288 about/,
  )
  // gpt-oss-120b at 0.15 and 0.60 a million tokens: the paper says under 50 dollars.
  const sum = (of: 'promptTokens' | 'completionTokens') => plan.steps.reduce((total, step) => total + step[of], 0)
  const price = (sum('promptTokens') * 0.15 + sum('completionTokens') * 0.6) / 1e6
  expect(price).toBeGreaterThan(15)
  expect(price).toBeLessThan(50)
})

test('the dial makes everything smaller, and every part can be left out', () => {
  const [demo, small, paper] = (['demo', 'small', 'paper'] as const).map((scale) =>
    kakugo.plan(kakugo.defaults(scale)).steps.reduce((sum, step) => sum + step.requests, 0),
  )
  expect(demo).toBeLessThan(1000)
  expect(small).toBeGreaterThan(2 * (demo ?? 0))
  expect(paper).toBeGreaterThan(10 * (small ?? 0))
  const none = { seedTopics: 0, broadScenarios: 0, contextTexts: 0, conversations: 0 }
  expect(kakugo.plan({ ...kakugo.defaults('demo'), ...none }).steps).toEqual([])
})

test('settings that are none are refused in a sentence', () => {
  for (const wrong of [{ reasoning: 'loud' }, { translateBy: 'nobody' }, { weights: 'some' }, { revised: 2 }]) {
    expect(() => kakugo.check({ ...kakugo.defaults('demo'), ...wrong })).toThrow(/The setting ".*" wants/)
  }
})
