import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Home } from '../../core/home.ts'
import { openStore, type Store } from '../../data/database.ts'
import { systemPrompts } from '../../data/prompts/kakugo/system.ts'
import { isInLanguage } from '../../evaluator/language-id.ts'
import { udhr } from '../../evaluator/udhr.ts'
import type { Example } from '../../trainer/example.ts'
import { recipeOf } from '../../trainer/recipes.ts'
import { rehearse } from '../../trainer/rehearse.ts'
import { openTranslator } from '../../trainer/translators.ts'
import { type KakugoEndpoint, startKakugoEndpoint } from './kakugo-endpoint.ts'
import { english, galician, homeIn, runData, teacherAt, wishFor } from './scripted-run.ts'

let folder: string
let home: Home
let store: Store
let endpoint: KakugoEndpoint
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kakugo-'))
  home = homeIn(folder)
  store = await openStore(home.database)
  endpoint = await startKakugoEndpoint({ poor: 4 })
  await make('past-the-paper', [])
})
afterAll(async () => {
  await endpoint.close()
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

async function make(id: string, set: readonly string[]): Promise<void> {
  const wish = wishFor(endpoint, set, 'demo', 'kakugo')
  const translator = await openTranslator('apertium')
  // What is drawn follows from what the teacher is called, which must not be its port.
  const teacher = { ...teacherAt(endpoint.url), name: 'scripted' }
  await runData({ home, store }, id, wish, { teacher, translator })
}

async function examplesOf(run: string, step: string): Promise<Example[]> {
  const rows = await store
    .selectFrom('examples')
    .select('example_json')
    .where('run', '=', run)
    .where('step', '=', step)
    .orderBy('position')
    .execute()
  return rows.map((row) => JSON.parse(row.example_json) as Example)
}
const kept = async (run: string, step: string) => (await examplesOf(run, step)).filter((each) => !each.dropped)

test('from eight topics and six situations come messages, answers and rows', async () => {
  expect(await kept('past-the-paper', 'seed-topics')).toHaveLength(8)
  expect(await kept('past-the-paper', 'broad-scenarios')).toHaveLength(6)
  const rows = await kept('past-the-paper', 'mix')
  const kinds = new Set(rows.map(({ kind }) => kind.replace('valid/', '').replace('/thinking', '')))
  expect(kinds).toEqual(new Set(['topic', 'scenario', 'context', 'conversation', 'translated']))
  for (const { prompt = [], completion = [] } of rows) {
    expect(completion.map(({ role }) => role)).toEqual(['assistant'])
    expect(prompt.at(-1)?.role).toBe('user')
  }
})

test('what cannot be read is drawn again, and what is left is dropped with its reason', async () => {
  const prompts = await examplesOf('past-the-paper', 'topic-prompts')
  // Some first draws were spoilt, and a second one was good.
  expect(prompts.some(({ dropped, requests }) => !dropped && requests.length === 2)).toBe(true)
  const reasons = new Set(
    (await store.selectFrom('examples').select('dropped_by').distinct().execute()).map(({ dropped_by }) => dropped_by),
  )
  for (const reason of ['unfinished', 'unreadable', 'address', 'one a text']) expect(reasons).toContain(reason)
})

test('plain answers hold no reasoning, thoughts are in the language, and both prompts come with both origins', async () => {
  const rows = await kept('past-the-paper', 'rows')
  const seen = new Set<string>()
  for (const { kind, prompt = [], completion = [] } of rows) {
    const system = prompt.find(({ role }) => role === 'system')?.content
    const answer = completion[0]?.content ?? ''
    const thoughts = /^<think>\n([\s\S]+)\n<\/think>\n\n([\s\S]+)$/.exec(answer)
    expect(thoughts !== null).toBe(system === systemPrompts.thinking)
    if (thoughts) expect(isInLanguage(thoughts[1] as string, galician).verdict).toBe(true)
    else expect(answer).not.toMatch(/think|The user asks/)
    seen.add(`${kind.startsWith('translated') ? 'translated' : 'written'}: ${system ?? 'none'}`)
  }
  for (const origin of ['translated', 'written'])
    for (const system of [systemPrompts.thinking, systemPrompts.concise, 'none'])
      expect(seen).toContain(`${origin}: ${system}`)
})

test('about half of the messages are rewritten, and each message is answered once', async () => {
  const revised = await kept('past-the-paper', 'revisions')
  const prompts = await kept('past-the-paper', 'prompts')
  const originals = new Set(revised.flatMap(({ parents }) => parents))
  expect(prompts.filter(({ id }) => originals.has(id))).toEqual([])
  expect(revised.length / prompts.length).toBeGreaterThan(0.25)
  expect(revised.length / prompts.length).toBeLessThan(0.75)
})

test('texts of the declaration are a third of it, and nothing of the rest is trained on', async () => {
  const texts = await kept('past-the-paper', 'native-texts')
  const taken = texts.map(({ kind }) => kind)
  expect(taken.length).toBeGreaterThan(3)
  expect(taken.every((kind) => Number(kind.replace('udhr/', '')) % 3 === 0)).toBe(true)
  const rows = JSON.stringify(await kept('past-the-paper', 'mix'))
  for (const { id, paragraphs } of udhr(galician)?.articles ?? []) {
    if (Number(id) % 3 === 0) continue
    for (const paragraph of paragraphs.filter(({ length }) => length > 60)) expect(rows).not.toContain(paragraph)
  }
})

test('with everything past the paper switched off, reasoning rows are the written ones and plain rows the translated', async () => {
  await make('paper', [
    ...['reasoning=teacher', 'thinking=1', 'thinkingTranslated=0', 'withoutSystem=0'],
    ...['followUps=0', 'checks=0', 'duplicates=0', 'contamination=0'],
  ])
  expect(await examplesOf('paper', 'follow-ups')).toEqual([])
  expect(await examplesOf('paper', 'thoughts')).toEqual([])
  for (const { kind, prompt = [], completion = [] } of await kept('paper', 'rows')) {
    const translated = kind === 'translated'
    expect(prompt[0]).toEqual({ role: 'system', content: translated ? systemPrompts.concise : systemPrompts.thinking })
    expect(completion[0]?.content.startsWith('<think>\n')).toBe(!translated)
  }
})

test('a plan of the same run knows that everything is remembered', async () => {
  const wish = wishFor(endpoint, [], 'demo', 'kakugo')
  const translator = await openTranslator('apertium')
  const teacher = { name: 'scripted', title: 'scripted', concurrency: 8 }
  const { signal } = new AbortController()
  const remembered = await rehearse({
    store,
    recipe: recipeOf('kakugo'),
    wish,
    rich: english,
    teacher,
    translator,
    signal,
  })
  const answered = await examplesOf('past-the-paper', 'responses')
  expect(remembered.get('responses')).toMatchObject({ remembered: answered.length, complete: true })
  expect([...remembered.values()].every(({ complete }) => complete)).toBe(true)
})
