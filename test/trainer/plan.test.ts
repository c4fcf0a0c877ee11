import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../data/database.ts'
import { createMemory } from '../../data/memory.ts'
import { runIdOf } from '../../trainer/distill.ts'
import { type PlanOptions, type PlanStep, planRun } from '../../trainer/plan.ts'
import { recipeOf, settingsOf } from '../../trainer/recipes.ts'
import { createStages } from '../../trainer/stages.ts'
import { openTranslator } from '../../trainer/translators.ts'
import { english, homeIn, runData, startEndpoint, teacherAt, wishFor } from './scripted-run.ts'

let folder: string
let store: Store
let endpoint: Awaited<ReturnType<typeof startEndpoint>>
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'plan-'))
  store = await openStore(path.join(folder, 'endonym.db'))
  endpoint = await startEndpoint()
})
afterEach(async () => {
  await endpoint.close()
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

const recipe = recipeOf('sdrrl')
const signal = new AbortController().signal
const step = (plan: Awaited<ReturnType<typeof planRun>>, name: string) =>
  plan.steps.find((each) => each.step === name) as PlanStep
const remote = async (set: readonly string[] = []): Promise<PlanOptions> => ({
  store,
  wish: wishFor(endpoint, set),
  recipe,
  rich: english,
  teacher: teacherAt(endpoint.url),
  translator: await openTranslator('apertium'),
  signal,
})
const self = (scale: 'demo' | 'small' | 'paper', set: readonly string[] = []): PlanOptions => ({
  store,
  wish: { ...wishFor(endpoint), scale, teacher: 'self', options: settingsOf(recipe, scale, set) },
  recipe,
  rich: english,
  signal,
})

test('the paper is planned from its own settings: 52,002 questions, 3 epochs, days on this machine', async () => {
  const plan = await planRun(self('paper'))
  expect(step(plan, 'answers')).toMatchObject({
    requests: 52_002,
    remembered: 0,
    promptTokens: 52_002 * 41,
    completionTokens: 52_002 * 60,
    seconds: (52_002 * 60) / 120,
    price: 0,
  })
  // Questions, answers, and the sentences of the parallel corpus.
  expect(step(plan, 'translations')).toMatchObject({ requests: 204_004, promptTokens: 0, seconds: 204_004 / 200 })
  const trained = Math.round((52_002 * 514 + 100_000 * 142) * 0.96 * 3)
  expect(step(plan, 'train')).toMatchObject({ trainingTokens: trained, seconds: trained / 140 })
  for (const sum of ['requests', 'seconds', 'promptTokens', 'completionTokens'] as const) {
    expect(plan.total[sum]).toBeCloseTo(plan.steps.reduce((total, each) => total + each[sum], 0))
  }
  expect(plan.verdict).toBe('About 10 days on this machine: rent a GPU or take --scale small.')
  expect(plan.notes.join(' ')).toContain('Endonym ships 600 questions and 1,000 sentences')
  expect(plan.rates.train).toEqual({ perSecond: 140, from: 'default', basis: 'two cores without a GPU' })
})

test('settings change the plan: questions, draws, tokens, passes', async () => {
  const plan = await planRun(self('demo', ['questions=100', 'draws=3', 'sentences=50', 'tokens=5000', 'epochs=2']))
  expect(step(plan, 'answers').requests).toBe(300)
  expect(step(plan, 'translations').requests).toBe(100 + 300 + 50)
  expect(step(plan, 'train').trainingTokens).toBe(5000 * 0.96 * 2)
  expect(plan.verdict).toMatch(/^About \d+ minutes on this machine\.$/)
})

test('a larger student takes longer, as its name or the store says', async () => {
  const plan = async (student: string) => {
    const options = self('demo')
    return planRun({ ...options, wish: { ...options.wish, student } })
  }
  const [small, large, unknown] = [
    await plan('smollm2-135m-instruct'),
    await plan('hf:org/Model-1.35B-Instruct-GGUF'),
    await plan('hf:org/model'),
  ]
  expect(large.rates.train.perSecond / small.rates.train.perSecond).toBeCloseTo(0.1, 2)
  expect(unknown.rates.train).toMatchObject({ from: 'assumed' })
  expect(unknown.notes.join()).toContain('The size of hf:org/model is not known')
})

test('what a remote teacher costs is counted by its tokens, and said to be unknown without a price', async () => {
  const options = await remote()
  const priced = await planRun(options)
  expect(step(priced, 'answers').price).toBeCloseTo((24 * 41 * 1 + 24 * 43 * 10) / 1e6)
  expect(step(priced, 'translations').price).toBe(0)
  expect(priced.rates.teach).toMatchObject({ perSecond: 400, from: 'assumed' })
  const { price: _, ...free } = teacherAt(endpoint.url)
  const unpriced = await planRun({ ...options, teacher: free })
  expect(unpriced.total.price).toBeUndefined()
  expect(unpriced.notes.join(' ')).toMatch(/How fast scripted answers is not known.*What scripted costs is not known/)
  const translating = await planRun({ ...options, wish: { ...options.wish, translator: 'teacher' } })
  expect(step(translating, 'translations').price).toBeGreaterThan(0)
  expect(endpoint.asked).toBe(0)
})

test('what memory holds is not planned to be asked again, and the run asks just what was planned', async () => {
  const home = homeIn(folder)
  const options = await remote()
  const { teacher, translator } = options as Required<PlanOptions>
  await runData({ home, store }, 'first', options.wish, { teacher, translator })
  expect(endpoint.asked).toBe(24)

  const same = await planRun(options)
  expect(same.run).toMatchObject({ id: runIdOf(options.wish), status: 'new' })
  for (const name of ['answers', 'translations', 'rows']) {
    const planned = step(same, name)
    expect([name, planned.requests - planned.remembered, planned.seconds, planned.price]).toEqual([name, 0, 0, 0])
  }
  const answered = await store.selectFrom('completions').select('kind').where('kind', '=', 'translation').execute()
  expect(step(same, 'translations').remembered + step(same, 'rows').remembered).toBe(answered.length)

  const more = await remote(['questions=30'])
  const planned = step(await planRun(more), 'answers')
  expect(planned).toMatchObject({ requests: 30, remembered: 24 })
  expect(planned.price).toBeCloseTo((6 * 41 * 1 + 6 * 43 * 10) / 1e6)
  expect(endpoint.asked).toBe(24)
  await runData({ home, store }, 'second', more.wish, { teacher, translator })
  expect(endpoint.asked).toBe(30)
  // Another temperature is another question.
  expect(step(await planRun(await remote(['temperature=0.9'])), 'answers').remembered).toBe(0)
})

test('times come from the newest run here that was large enough, and not from what was remembered', async () => {
  const home = homeIn(folder)
  const options = await remote()
  const { teacher, translator } = options as Required<PlanOptions>
  await runData({ home, store }, 'measured', options.wish, { teacher, translator })
  await createStages(store, 'measured', createMemory(store))('train', async () => ({ tokens: 45_000 }))
  await runData({ home, store }, 'replayed', options.wish, { teacher, translator })
  await createStages(store, 'replayed', createMemory(store))('train', async () => ({ tokens: 900 }))
  const seconds = async (name: string) =>
    (
      await store
        .selectFrom('stages')
        .select('seconds')
        .where('run', '=', 'measured')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
    ).seconds
  const { rates } = await planRun(await remote(['questions=40']))
  expect(rates.teach).toEqual({
    perSecond: (24 * 300) / (await seconds('answers')),
    from: 'measured',
    basis: 'measured',
  })
  expect(rates.train).toMatchObject({ perSecond: 45_000 / (await seconds('train')), basis: 'measured' })
  // Its few dozen texts say nothing about the translator, and nothing about the student as its own teacher.
  expect(rates.translate.from).toBe('default')
  expect(rates.generate.from).toBe('default')
})

test('a run that was begun goes on: finished steps take nothing', async () => {
  const home = homeIn(folder)
  const options = await remote()
  const { teacher, translator } = options as Required<PlanOptions>
  await runData({ home, store }, runIdOf(options.wish), options.wish, { teacher, translator })
  await store.updateTable('runs').set({ status: 'stopped' }).execute()
  const plan = await planRun(options)
  expect(plan.run.status).toBe('begun')
  expect(plan.steps.filter(({ done }) => done).map((each) => each.step)).toEqual(['answers', 'translations', 'rows'])
  expect(plan.total.seconds).toBeCloseTo(
    plan.steps.filter(({ done }) => !done).reduce((total, { seconds }) => total + seconds, 0),
  )
  const stage = createStages(store, plan.run.id, createMemory(store))
  for (const name of ['train', 'convert', 'prove', 'evaluate']) await stage(name, async () => ({}))
  const finished = await planRun(options)
  expect(finished.total.seconds).toBe(0)
  expect(finished.verdict).toBe(`Nothing is left to do: the run ${plan.run.id} has finished every step.`)
})
