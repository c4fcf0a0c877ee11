import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore, type Store } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createRaters } from '../../evaluator/sessions/raters.ts'
import { consentHash, createSessions, type Session, type Sessions } from '../../evaluator/sessions/sessions.ts'
import { createStandings, standingsOf } from '../../evaluator/standings.ts'
import { byPreference } from '../../server/preferred.ts'
import type { ServedModel } from '../../server/serving.ts'

let store: Store
let sessions: Sessions
const [galician, basque] = [resolveLanguage('gl'), resolveLanguage('eu')]
const models = ['good', 'middle', 'bad']
beforeEach(async () => {
  store = await openStore(':memory:')
  sessions = createSessions(store)
})
afterEach(() => store.destroy())

async function session(language = galician, more: { standing?: boolean; gold?: object[] } = {}): Promise<Session> {
  const gold = (more.gold ?? []) as never
  return (await sessions.create(language, { name: 'x', models, standing: more.standing ?? false, gold })).session
}

let number = 0
/** Somebody judges in a session: each battle is who was left, who was right, and what was said; `gold:0` before it makes it the first gold item. */
async function judge(of: Session, battles: readonly string[]): Promise<void> {
  const { rater } = await createRaters(store).join(of, { consentHash: consentHash(of) })
  for (const battle of battles) {
    const [, gold, left_model = '', right_model = '', verdict = ''] =
      /^(?:(gold:\d) )?(\S+) (\S+) (\S+)$/.exec(battle) ?? []
    const id = `task ${number++}`
    const at = new Date(Date.UTC(2026, 10, 1, 0, 0, number)).toISOString()
    await store
      .insertInto('tasks')
      .values({
        ...{ id, session: of.id, rater: rater.id, kind: 'battle', left_model, right_model, repeats: null },
        ...{ prompt: gold ?? String(number % 5), gold: gold ? 1 : 0, status: 'judged', created_at: at },
        turns_json: JSON.stringify([
          { question: 'Ola?', left: 'Boas!', right: 'Ola!', receipts: { left: 'l', right: 'r' } },
        ]),
      })
      .execute()
    await store
      .insertInto('votes')
      .values({
        ...{ task: id, session: of.id, rater: rater.id, verdict: verdict as 'left', scales_json: null, comment: null },
        ...{ flags_json: '{"left":[],"right":[]}', corrections_json: '{}', seconds: 3, judged_at: at, received_at: at },
      })
      .execute()
  }
}

/** Ten people who mostly agree. */
async function judgeClearly(of: Session): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await judge(of, [
      'good middle left',
      'bad good right',
      'middle bad left',
      'middle good right',
      'good bad left',
      i % 3 === 0 ? 'bad middle left' : 'bad middle right',
    ])
  }
}

describe("a language's ranking", () => {
  test('is what people said who compared on the chat page, with intervals', async () => {
    const standings = createStandings(store)
    expect(await standings.preferred(galician)).toBeUndefined()
    const standing = await session(galician, { standing: true })
    await judgeClearly(standing)
    const ranking = await standings.preferred(galician)
    expect(ranking).toMatchObject({ votes: 60, raters: 10 })
    expect(ranking?.models.map(({ model }) => model)).toEqual(models)
    for (const { elo, interval, votes } of ranking?.models ?? []) {
      expect(votes).toBe(40)
      expect(interval[0]).toBeLessThan(elo)
      expect(interval[1]).toBeGreaterThan(elo)
    }
    expect(ranking?.models[0]?.rank).toEqual([1, 1])
    expect(await standings.languages()).toEqual(['glg'])
    expect(await standings.preferred(basque)).toBeUndefined()
    // Nothing came in: nothing is counted again.
    expect(await standings.preferred(galician)).toBe(ranking)
    expect(await createStandings(store).preferred(galician)).toBe(ranking)
    await judge(standing, ['bad good left'])
    expect((await standings.preferred(galician))?.votes).toBe(61)
  })

  test('counts what an organiser asked when their session has ended, and not before', async () => {
    const standings = createStandings(store)
    const own = await session()
    await judgeClearly(own)
    expect(await standings.preferred(galician)).toBeUndefined()
    await sessions.close(own.id, true)
    expect(await standings.preferred(galician)).toMatchObject({ votes: 60 })
    const standing = await session(galician, { standing: true })
    await judge(standing, ['good bad right'])
    expect(await standings.preferred(galician)).toMatchObject({ votes: 61, raters: 11 })
    await sessions.remove(own.id)
    expect(await standings.preferred(galician)).toMatchObject({ votes: 1, raters: 1 })
  })

  test('leaves out those who miss what is known, and the gold items themselves', async () => {
    const item = { turns: ['Cantas patas ten un can?'], good: 'Catro.', bad: 'Sete.' }
    const own = await session(galician, { gold: [item] })
    await judge(own, ['gold:0 good bad left', 'gold:0 bad good right', 'gold:0 good bad left', 'good middle left'])
    await judge(own, ['gold:0 good bad right', 'gold:0 bad good left', 'gold:0 good bad right', 'middle good left'])
    await sessions.close(own.id, true)
    expect(await createStandings(store).preferred(galician)).toMatchObject({ votes: 1, raters: 1 })
  })

  test('has those that people compared first, then those that were measured, then the others', async () => {
    const standing = await session(galician, { standing: true })
    await judgeClearly(standing)
    const preferred = await createStandings(store).preferred(galician)
    const bits = (value: number) => ({ bitsPerByte: { value, articles: 31 } })
    const there = [{ id: 'new' }, { id: 'measured', ...bits(2.1) }, { id: 'newer' }, { id: 'known', ...bits(1.9) }]
    const lines = standingsOf(preferred, [...there, { id: 'bad', ...bits(1) }])
    expect(lines.map(({ model }) => model)).toEqual([...models, 'known', 'measured', 'new', 'newer'])
    expect(lines[2]).toMatchObject({ bitsPerByte: { value: 1 }, rating: { model: 'bad' } })
    expect(lines[3]).not.toHaveProperty('rating')
    expect(standingsOf(undefined, there).map(({ model }) => model)).toEqual(['known', 'measured', 'new', 'newer'])
  })

  test('tells whoever chooses a model how many others are clearly preferred to it', async () => {
    const ask = byPreference(createStandings(store), { every: 0 })
    const served = (id: string, language = galician): ServedModel => ({
      ...{ id, language, role: 'student', createdAt: '2026-01-01T00:00:00.000Z', elsewhere: id },
    })
    const all = [...models.map((id) => served(id)), served('unknown'), served('bad', basque)]
    expect(await ask(all)).toEqual(all)
    await judgeClearly(await session(galician, { standing: true }))
    expect((await ask(all)).map(({ outranked }) => outranked)).toEqual([0, 1, 2, undefined, undefined])
  })
})
