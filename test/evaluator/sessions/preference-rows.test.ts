import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../../data/database.ts'
import { resolveLanguage } from '../../../data/languages.ts'
import { feedbackBody, saveFeedback } from '../../../evaluator/feedback.ts'
import { type DpoRow, dpoRows, ktoRows, leftOutText } from '../../../evaluator/sessions/preference-rows.ts'
import { readPreferences } from '../../../evaluator/sessions/preferences.ts'
import { createRaters } from '../../../evaluator/sessions/raters.ts'
import { createSessionReader } from '../../../evaluator/sessions/reader.ts'
import { createSessions, type Session } from '../../../evaluator/sessions/sessions.ts'
import type { Flag, Verdict } from '../../../evaluator/sessions/settings.ts'
import { createTasks, makeTurn, type Task } from '../../../evaluator/sessions/tasks.ts'
import { createVotes, voteBody } from '../../../evaluator/sessions/votes.ts'

let store: Store
let session: Session
beforeEach(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-preferences-'))
  store = await openStore(path.join(folder, 'endonym.db'))
  session = await newSession()
  return async () => {
    await store.destroy()
    fs.rmSync(folder, { recursive: true })
  }
})

async function newSession(): Promise<Session> {
  const gold = [1, 2, 3].map((n) => ({ turns: [`Gold ${n}?`], good: 'A good answer.', bad: 'Bad.' }))
  const { session } = await createSessions(store).create(resolveLanguage('gl'), {
    name: 'Spring',
    models: ['one', 'two'],
    prompts: [['Ola?']],
    gold,
  })
  return session
}

type Said = {
  verdict?: Verdict
  marks?: [number, number, number]
  flags?: { left?: Flag[]; right?: Flag[] }
  corrections?: { left?: string; right?: string }
  /** What was answered to each question, left and right. */
  turns?: [question: string, left: string, right?: string][]
  models?: { left: string; right?: string }
  more?: Partial<Pick<Task, 'gold' | 'repeats' | 'prompt'>>
}

/** Somebody new judges one thing after the other, as they would over HTTP. @returns the tasks */
async function judge(...all: Said[]): Promise<string[]> {
  const { rater } = await createRaters(store).join(session, { consentHash: 'default' })
  const ids: string[] = []
  for (const { verdict, marks, flags = {}, corrections = {}, turns, models, more } of all) {
    const said = turns ?? [['Ola?', 'Boas!', 'Hello!']]
    const task = await createTasks(store).give(rater, {
      kind: marks ? 'rating' : 'battle',
      gold: false,
      prompt: '0',
      models: models ?? (marks ? { left: 'one' } : { left: 'one', right: 'two' }),
      turns: said.map(([question, left, right]) => makeTurn(question, { left, right })),
      ...more,
    })
    const [fluency = 1, helpfulness = 1, correctness = 1] = marks ?? []
    const body = voteBody.parse({
      ...(marks ? { scales: { fluency, helpfulness, correctness } } : { verdict }),
      flags,
      corrections,
      receipts: task.turns.at(-1)?.receipts,
      judgedAt: '2026-11-27T10:00:00Z',
    })
    await createVotes(store).cast(task, body)
    ids.push(task.id)
  }
  return ids
}

const dpo = async (...sessions: Session[]) =>
  dpoRows(await readPreferences(store, sessions.length === 0 ? [session] : sessions))
const kto = async () => ktoRows(await readPreferences(store, [session]))
/** Chosen and rejected words. */
const words = ({ chosen, rejected }: DpoRow) => [chosen.at(-1)?.content, rejected.at(-1)?.content]

test('a verdict is a row in the format of TRL, with where it came from', async () => {
  const votes = await judge({ verdict: 'right' })
  const { rows } = await dpo()
  expect(rows).toEqual([
    {
      prompt: [{ role: 'user', content: 'Ola?' }],
      chosen: [{ role: 'assistant', content: 'Hello!' }],
      rejected: [{ role: 'assistant', content: 'Boas!' }],
      kind: 'verdict',
      chosen_model: 'two',
      rejected_model: 'one',
      agreed: 1,
      disagreed: 0,
      sessions: [session.id],
      votes,
    },
  ])
  expect((await kto()).rows.map(({ completion, label, model }) => [completion[0]?.content, label, model])).toEqual([
    ['Boas!', false, 'one'],
    ['Hello!', true, 'two'],
  ])
})

test('ties choose nothing, but whatever a person would have written is chosen over what they corrected', async () => {
  await judge({ verdict: 'both_good' }, { verdict: 'both_bad', corrections: { left: 'Bos días!', right: 'Bos días!' } })
  const { rows } = await dpo()
  expect(rows.map((row) => [...words(row), row.kind, row.chosen_model, row.rejected_model])).toEqual([
    ['Bos días!', 'Boas!', 'correction', null, 'one'],
    ['Bos días!', 'Hello!', 'correction', null, 'two'],
  ])
  const { rows: labels, leftOut } = await kto()
  expect(labels.map(({ completion, label, kind }) => [completion[0]?.content, label, kind])).toEqual([
    ['Bos días!', true, 'correction'],
  ])
  expect(leftOut.undecided).toBe(2)
})

test('the same two answers are one row, on whichever side they were, that says what most said', async () => {
  const flipped = {
    turns: [['Ola?', 'Hello!', 'Boas!']] as Said['turns'] & object,
    models: { left: 'two', right: 'one' },
  }
  await judge({ verdict: 'left' })
  await judge({ verdict: 'right', ...flipped })
  await judge({ verdict: 'left', ...flipped })
  const { rows } = await dpo()
  expect(rows.map((row) => [...words(row), row.agreed, row.disagreed, row.votes.length])).toEqual([
    ['Boas!', 'Hello!', 2, 1, 3],
  ])
  await judge({ verdict: 'left', ...flipped })
  const tied = await dpo()
  expect([tied.rows, tied.leftOut.undecided]).toEqual([[], 1])
  expect(leftOutText(tied.leftOut)).toBe('Left out: 1 on which as many people said the opposite.')
})

test('an answer in the wrong language or harmful is chosen by no row, and is not wanted; other flags change nothing', async () => {
  await judge({ verdict: 'right', flags: { right: ['wrong_language'] } })
  expect(await dpo()).toMatchObject({ rows: [], leftOut: { flagged: 1 } })
  expect((await kto()).rows.map(({ label }) => label)).toEqual([false, false])
  // Two others saw no fault in it.
  await judge({ verdict: 'right' })
  await judge({ verdict: 'right', flags: { right: ['not_natural', 'wrong_fact'] } })
  expect((await dpo()).rows.map(words)).toEqual([['Hello!', 'Boas!']])
})

test('gold items, repeated ones and who did not read make no rows', async () => {
  const [first] = await judge({ verdict: 'left' })
  const gold = [0, 1, 2].map((n): Said => {
    const turns: Said['turns'] = [[`Gold ${n + 1}?`, 'Bad.', 'A good answer.']]
    return { verdict: 'left', turns, models: { left: 'bad', right: 'good' }, more: { gold: true, prompt: `gold:${n}` } }
  })
  await judge({ verdict: 'right' }, ...gold)
  await judge({ verdict: 'right', more: { repeats: first ?? '' } })
  const { rows, leftOut } = await dpo()
  expect(rows.map((row) => [...words(row), row.agreed, row.disagreed])).toEqual([['Boas!', 'Hello!', 1, 0]])
  expect(leftOut.inattentive).toBe(1)
})

test('two conversations that went apart are compared from where they did', async () => {
  const turns: Said['turns'] = [
    ['Ola?', 'Boas!', 'Hello!'],
    ['E logo?', 'Ata logo!', 'Bye!'],
  ]
  await judge({ verdict: 'left', turns, corrections: { right: 'Deica logo!' } })
  const [verdict, correction] = (await dpo()).rows
  expect(verdict?.prompt).toEqual([{ role: 'user', content: 'Ola?' }])
  expect(verdict?.chosen.map(({ content }) => content)).toEqual(['Boas!', 'E logo?', 'Ata logo!'])
  expect(verdict?.rejected.map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant'])
  expect(correction?.prompt.map(({ content }) => content)).toEqual(['Ola?', 'Hello!', 'E logo?'])
  expect(words(correction as DpoRow)).toEqual(['Deica logo!', 'Bye!'])
})

test('empty and equal answers make no rows', async () => {
  await judge(
    { verdict: 'left', turns: [['Ola?', 'Boas!', ' ']] },
    { verdict: 'left', turns: [['Ola?', 'Boas!', 'Boas! ']] },
  )
  expect(await dpo()).toMatchObject({ rows: [], leftOut: { empty: 2 } })
})

test('marks say that an answer is wanted where all are good, and that it is not where one is bad', async () => {
  const single = (answer: string, marks: Said['marks'] & object): Said => ({ marks, turns: [['Ola?', answer]] })
  await judge(single('Boas!', [5, 4, 4]), single('Ola.', [5, 5, 2]), single('Si.', [5, 3, 4]))
  expect((await kto()).rows.map(({ completion, label, kind }) => [completion[0]?.content, label, kind])).toEqual([
    ['Boas!', true, 'marks'],
    ['Ola.', false, 'marks'],
  ])
})

test('thumbs and corrections in chats with the models of a session count too, those of other models do not', async () => {
  const said = (model: string, more: object, content = 'Boas!') => {
    const conversation = [
      { role: 'user', content: 'Ola?' },
      { role: 'assistant', content },
    ]
    const body = { id: crypto.randomUUID(), person: 'a browser of somebody', model, conversation, ...more }
    return saveFeedback(store, feedbackBody.parse(body), 'glg')
  }
  await said('one', { thumb: 'up' })
  await said('one', { flags: ['harmful'], thumb: 'up', correction: 'Bo día!' }, 'Bah!')
  await said('other', { thumb: 'down' }, 'Que?')
  const { rows } = await kto()
  expect(rows.map(({ completion, label, kind, sessions }) => [completion[0]?.content, label, kind, sessions])).toEqual([
    ['Boas!', true, 'feedback', []],
    ['Bah!', false, 'feedback', []],
    ['Bo día!', true, 'correction', []],
  ])
  expect((await dpo()).rows.map(words)).toEqual([['Bo día!', 'Bah!']])
})

test('what was said in several sessions is taken together', async () => {
  const first = session
  await judge({ verdict: 'left' })
  session = await newSession()
  await judge({ verdict: 'left' })
  const { rows } = await dpo(first, session)
  expect(rows.map(({ agreed, sessions }) => [agreed, sessions])).toEqual([[2, [first.id, session.id]]])
})

test('rows are taken away as files, and where there are none it says why', async () => {
  const reader = createSessionReader(store)
  await expect(reader.export(session, 'dpo')).rejects.toThrow(/no answers of which one is better, to train on yet/)
  await judge({ verdict: 'right', flags: { right: ['harmful'] } })
  await expect(reader.export(session, 'dpo')).rejects.toThrow(/Left out: 1 pairs whose better answer was flagged/)
  await judge({ verdict: 'both_bad', corrections: { left: 'Bos días!' } })
  const { text, name, type, rows } = await reader.export(session, 'dpo')
  expect([name, type, rows]).toEqual([`session-${session.id}-dpo.jsonl`, 'application/jsonl', 1])
  expect(text.split('\n').map((line) => line && words(JSON.parse(line)))).toEqual([['Bos días!', 'Boas!'], ''])
  expect((await reader.export(session, 'kto')).rows).toBe(3)
})
