import fs from 'node:fs'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importModel } from '../../models/store.ts'
import { writeReport } from '../../trainer/report.ts'
import { writeTinyGguf } from '../models/tiny.ts'
import { reportInput } from '../trainer/report-input.ts'
import { chromiumFile, complaintsOf, expectForEverybody, looks, openBrowser } from './browser.ts'
import { type SessionServer, startSessionServer } from './session-server.ts'

const names = ['gl@best', 'gl@middle', 'gl@worst']
const voices = Object.fromEntries(names.map((name) => [name, () => ({ pieces: [`${name.slice(3)}: ola!`], ms: 1 })]))

let server: SessionServer
beforeAll(async () => {
  server = await startSessionServer(voices, { language: 'gl' })
}, 60_000)
afterAll(() => server.close())

async function ask(method: string, at: string, { body, token }: { body?: unknown; token?: string } = {}) {
  const response = await fetch(`${server.url}${at}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined }
}

/** Somebody compares answers as on the chat page; the model that comes first in `names` is better. */
async function compare(times: number): Promise<void> {
  const { session, token } = (await ask('POST', '/api/compare', { body: { language: 'galego' } })).body
  for (let i = 0; i < times; i++) {
    const { task } = (await ask('POST', `/api/sessions/${session}/tasks`, { token })).body
    const at = `/api/sessions/${session}/tasks/${task.id}`
    const { text } = await ask('POST', `${at}/turns`, { token, body: { question: 'Ola?' } })
    const receipts: Record<string, string> = {}
    const said: Record<string, string> = {}
    for (const part of text.split('\n\n')) {
      const data = JSON.parse(/^data: (.*)$/m.exec(part)?.[1] ?? '{}')
      if (data.receipt) receipts[data.side] = data.receipt
      if (data.text) said[data.side] = `${said[data.side] ?? ''}${data.text}`
    }
    const place = (side: string) => names.findIndex((name) => said[side]?.startsWith(name.slice(3)))
    const verdict = place('left') < place('right') ? 'left' : 'right'
    const vote = { verdict, receipts, judgedAt: '2026-11-27T10:00:00.000Z' }
    expect((await ask('PUT', `${at}/vote`, { token, body: vote })).status).toBe(201)
  }
}

describe('what is told of models', () => {
  test('is nothing but that they are there, as long as nobody has compared them', async () => {
    const { body } = await ask('GET', '/api/leaderboard?language=gallego')
    expect(body).toMatchObject({ language: { tag: 'gl', endonym: 'galego' }, votes: 0, raters: 0 })
    expect(body.models.map(({ rating }: { rating: unknown }) => rating)).toEqual([null, null, null])
    expect((await ask('GET', '/api/leaderboard')).body.languages).toMatchObject([{ tag: 'gl', models: 3, votes: 0 }])
    expect((await ask('GET', '/api/leaderboard?language=Xyzzy')).body.error.param).toBe('language')
  })

  test('is what people prefer, with intervals, once they have said so', async () => {
    for (let i = 0; i < 5; i++) await compare(9)
    const { body } = await ask('GET', '/api/leaderboard?language=gl')
    expect([body.votes, body.raters]).toEqual([45, 5])
    expect(body.models.map(({ model }: { model: string }) => model)).toEqual(names)
    const [best, , worst] = body.models.map(({ rating }: { rating: Record<string, never> }) => rating)
    expect(best.interval[0]).toBeGreaterThan(worst.interval[1])
    expect(best.losses).toBe(0)
    expect(worst.wins).toBe(0)
    const { models } = (await ask('GET', '/api/models')).body
    expect(models.find(({ id }: { id: string }) => id === 'gl@best')).toMatchObject({
      ...{ elsewhere: true, parameters: null, promises: null, role: 'student' },
      language: { tag: 'gl', endonym: 'galego', direction: 'ltr' },
      rating: { votes: best.votes, rank: [1, 1] },
    })
    expect((await ask('GET', '/api/leaderboard')).body.languages).toMatchObject([{ tag: 'gl', votes: 45 }])
  })

  test('is their size, their base, and what their report card says', async () => {
    const run = 'gl-sdrrl-demo-ranked'
    const file = (name: string, more = {}) => writeTinyGguf(path.join(server.home.cache, `${name}.gguf`), name, more)
    await importModel(server, file('base'), { name: 'small-base', role: 'base' })
    const student = { name: 'gl@small-base.x', role: 'student', language: 'glg', base: 'small-base', run } as const
    await importModel(server, file('student'), student)
    writeReport(reportInput(path.join(server.home.runs, run)))
    const { models } = (await ask('GET', '/api/models')).body
    const [base, made] = ['small-base', student.name].map((name) =>
      models.find(({ id }: { id: string }) => id === name),
    )
    expect(base).toMatchObject({ role: 'base', language: null, best: false, promises: null })
    expect(made).toMatchObject({ base: 'small-base', run, promises: { kept: 5, of: 5 } })
    expect(made.bytes).toBe(fs.statSync(path.join(server.home.cache, 'student.gguf')).size)
    // Nothing that is sent says where on this machine something is.
    expect(JSON.stringify(models)).not.toContain(server.home.dir)
  })

  test('wants a key to chat, where there are keys', async () => {
    const { key, secret } = await server.keys.create({ name: 'rate', scopes: ['rate'] })
    try {
      for (const at of ['/api/models', '/api/leaderboard']) {
        expect((await ask('GET', at)).status).toBe(401)
        expect((await ask('GET', at, { token: secret })).status).toBe(403)
      }
    } finally {
      await server.keys.revoke(key.id)
    }
  })
})

describe.skipIf(!chromiumFile)('the pages of models and rankings', { timeout: 120_000 }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
    if ((await ask('GET', '/api/leaderboard?language=gl')).body.votes === 0) await compare(9)
  }, 60_000)
  afterAll(() => browser.close())

  test('lead from a language to its ranking, to a comparison and to a chat with a model', async () => {
    const context = await browser.newContext({ locale: 'es' })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    await page.goto(`${server.url}/leaderboard`)
    await page.locator('.languages a').first().click()
    await page.getByText('va claramente por delante.').waitFor()
    expect(await page.locator('tbody tr').first().textContent()).toContain('gl@best')
    await page.getByRole('link', { name: 'Comparar dos respuestas' }).click()
    await page.locator('.comparing').waitFor()
    expect(new URL(page.url()).search).toBe('')
    await page.goto(`${server.url}/leaderboard`)
    await page.locator('#language').fill('Basque')
    await page.locator('#language-list li', { hasText: 'euskara' }).click()
    await page.getByText('Todavía no hay ningún modelo de esta lengua.').waitFor()
    expect(new URL(page.url()).search).toBe('?language=eu')
    await page.goBack()
    await page.locator('.languages').waitFor()
    await page.goto(`${server.url}/models`)
    await page.locator('.model', { hasText: 'gl@middle' }).getByRole('link', { name: 'Hablar con él' }).click()
    await page.locator('#model option:checked').waitFor({ state: 'attached' })
    await expect.poll(() => page.locator('#model').inputValue()).toBe('gl@middle')
    expect(complaints).toEqual([])
    await context.close()
  })

  test.each(looks)('are for everybody, and look well: %s', async (name, look) => {
    const context = await browser.newContext({ ...look, bypassCSP: true })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    for (const [what, at, until] of [
      ['models', '/models', '.model'],
      ['leaderboard', '/leaderboard?language=gl', '.picture'],
      ['leaderboard-languages', '/leaderboard', '.languages'],
    ] as const) {
      await page.goto(`${server.url}${at}`)
      await page.locator(until).first().waitFor()
      await expectForEverybody(page, what, name)
    }
    expect(complaints).toEqual([])
    await context.close()
  })
})
