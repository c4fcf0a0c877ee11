import fs from 'node:fs'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations, chromiumFile, complaintsOf, openBrowser, phone, takePicture } from './browser.ts'
import { type SessionServer, startSessionServer } from './session-server.ts'

/** How much better each model is than the next, in log-odds: whoever compares two prefers the better one so often. */
const strengths = { 'model-best': 1.2, 'model-middle': 0, 'model-worst': -1.2 }
const names = Object.keys(strengths)
const marks: Record<string, string> = { 'model-best': 'Boas', 'model-middle': 'Ola', 'model-worst': 'Ei' }
const voices = Object.fromEntries(
  names.map((name) => [
    name,
    (messages: { content: string }[]) => ({
      pieces: `${marks[name]}! Preguntáchesme: ${messages.at(-1)?.content}`.match(/.{1,9}/gs) ?? [],
      ms: 2,
    }),
  ]),
)
const questions = Array.from({ length: 12 }, (_, i) => [`Pregunta número ${i}?`])
const tasksEach = 9

type Made = { id: string; secret: string }

async function create(server: SessionServer, wishes: object = {}): Promise<Made> {
  const response = await fetch(`${server.url}/api/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ language: 'gl', name: 'Primavera', models: names, prompts: questions, ...wishes }),
  })
  return (await response.json()) as Made
}

describe.skipIf(!chromiumFile)('a session on phones', { timeout: 300_000 }, () => {
  let server: SessionServer
  let browser: Browser
  beforeAll(async () => {
    server = await startSessionServer(voices)
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  /** A rater's phone, with all that was sent to it. */
  async function openPhone(options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ ...phone, locale: 'gl', ...options })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    const sent: Promise<string>[] = []
    page.on('response', (response) => {
      if (response.url().includes('/api/')) sent.push(response.text().catch(() => ''))
    })
    return { context, page, complaints, sent }
  }

  const verdictReady = (page: Page) => page.locator('fieldset.all:enabled').waitFor()
  /** Which of the two models is on a side, as the person who made this test can tell by its words. */
  async function modelOn(page: Page, side: 'left' | 'right'): Promise<string> {
    const text = await page.locator(`.answer:has([data-side="${side}"]) .passage`).last().textContent()
    return names.find((name) => text?.startsWith(`${marks[name]}!`)) ?? ''
  }
  const readAnswers = async (page: Page) => {
    await page.locator('.answer:not(.waiting) >> nth=1').waitFor()
    await page.locator('.answer').last().scrollIntoViewIfNeeded()
    await page.locator('.verdicts').scrollIntoViewIfNeeded()
    await verdictReady(page)
  }
  const given = (page: Page) => page.locator('.foot').textContent()

  test('ten people judge: every verdict counts once, sides are even, and the ratings are the truth', async () => {
    const { id } = await create(server, { perRater: tasksEach, repeatShare: 0 })
    const sentToAll: string[] = []
    let cast = 0
    const judged: Record<string, number> = {}
    /**
     * As often as the strengths say, spread evenly over the verdicts on each pair (by multiples of the golden ratio): who meets which pair is a matter of time, and drawn at random one session in some ten would miss the truth by its promised 5 % an interval.
     */
    function verdictOn(left: keyof typeof strengths, right: keyof typeof strengths): 'left' | 'right' | 'both_good' {
      const [first = left, second = right] = [left, right].toSorted()
      const pair = `${first} ${second}`
      const nth = (judged[pair] ?? 0) + 1
      judged[pair] = nth
      const drawn = (nth * ((Math.sqrt(5) - 1) / 2)) % 1
      if (drawn < 0.15) return 'both_good'
      const firstWins = (drawn - 0.15) / 0.85 < 1 / (1 + Math.exp(strengths[second] - strengths[first]))
      return firstWins === (first === left) ? 'left' : 'right'
    }

    async function rate(nth: number): Promise<void> {
      const arabic = nth === 5
      const keyboard = nth === 6
      const { context, page, complaints, sent } = await openPhone(
        arabic ? { locale: 'ar' } : keyboard ? { hasTouch: false, isMobile: false } : {},
      )
      await page.goto(`${server.url}/s/${id}`)
      await page.locator('.begin').waitFor()
      if (arabic) expect(await page.locator('html').getAttribute('dir')).toBe('rtl')
      if (keyboard) await byKeyboard(page)
      else await page.locator('.begin').tap()
      for (let i = 0; i < tasksEach; i++) {
        await readAnswers(page)
        type Name = keyof typeof strengths
        const verdict = verdictOn((await modelOn(page, 'left')) as Name, (await modelOn(page, 'right')) as Name)
        cast++
        if (keyboard) {
          await page.keyboard.press({ left: '1', right: '2', both_good: '3' }[verdict])
          for (let step = 0; step < 20; step++) {
            if (await page.locator('.send:focus').count()) break
            await page.keyboard.press('Tab')
          }
          await page.keyboard.press('Enter')
        } else {
          await page.locator(`.verdict.${verdict}`).tap()
          if (nth === 2 && i === 3) await halfWrittenSurvives(page)
          const drops = (nth === 0 && i === 2) || (nth === 1 && i === 4)
          if (drops) await sendWithoutNetwork(context, page)
          else if (nth === 3 && i === 1) await page.locator('.send').dblclick()
          else if (nth === 4 && i === 1) await voteInTwoTabs(context, page, verdict)
          else await page.locator('.send').tap()
        }
        if (i < tasksEach - 1)
          await expect
            .poll(() => given(page), { timeout: 30_000 })
            .toMatch(new RegExp(`[${i + 1}${String.fromCharCode(0x660 + i + 1)}]|مرتين|واحدة`))
      }
      await page.locator('main .card').waitFor()
      sentToAll.push(...(await Promise.all(sent)))
      // What the browser says of a network that is gone, and of the vote that was refused, is meant.
      expect(complaints.filter((line) => !/ERR_INTERNET_DISCONNECTED|status of 409/.test(line))).toEqual([])
      await context.close()
    }

    /** Joins and begins without a pointer. */
    async function byKeyboard(page: Page): Promise<void> {
      for (let step = 0; step < 20; step++) {
        await page.keyboard.press('Tab')
        if (await page.locator('.begin:focus').count()) break
      }
      await page.keyboard.press('Enter')
    }
    /** What was begun is there again after a reload. */
    async function halfWrittenSurvives(page: Page): Promise<void> {
      await page.locator('summary').tap()
      await page.locator('#comment').fill('Soa raro.')
      await page.reload()
      await readAnswers(page)
      expect(await page.locator('#comment').inputValue()).toBe('Soa raro.')
      expect(await page.locator('.verdict :checked').count()).toBe(1)
    }
    async function sendWithoutNetwork(context: BrowserContext, page: Page): Promise<void> {
      await context.setOffline(true)
      await page.locator('.send').tap()
      await page.locator('#waiting:not(:empty)').waitFor()
      await page.getByText('Agora non hai rede.').waitFor()
      await context.setOffline(false)
    }
    /** The same task in two tabs, with different verdicts: the first one holds. */
    async function voteInTwoTabs(context: BrowserContext, page: Page, verdict: string): Promise<void> {
      const other = await context.newPage()
      await other.goto(page.url())
      await readAnswers(other)
      await other.locator(`.verdict.${verdict === 'left' ? 'right' : 'left'}`).tap()
      await page.locator('.send').tap()
      await page.locator('.foot').waitFor()
      await expect.poll(() => given(page)).toContain('2')
      await other.locator('.send').tap()
      await other.locator('.foot').waitFor()
      await other.close()
    }

    // Two at a time, as two cores bear.
    for (let nth = 0; nth < 10; nth += 2) await Promise.all([rate(nth), rate(nth + 1)])

    const rows = await server.store
      .selectFrom('votes')
      .innerJoin('tasks', 'tasks.id', 'votes.task')
      .selectAll()
      .where('votes.session', '=', id)
      .execute()
    expect(rows).toHaveLength(cast)
    expect(new Set(rows.map(({ rater }) => rater)).size).toBe(10)
    for (const pair of Map.groupBy(rows, (row) => [row.left_model, row.right_model].sort().join()).values()) {
      const first = pair.filter(({ left_model, right_model }) => left_model < (right_model ?? '')).length
      expect(Math.abs(2 * first - pair.length)).toBeLessThanOrEqual(1)
    }
    const results = await resultsOf(id)
    for (const { model, interval } of results.battles.models) {
      const truth = 1000 + (400 / Math.LN10) * strengths[model as 'model-best']
      expect([model, interval[0] <= truth && truth <= interval[1]]).toEqual([model, true])
    }
    expect(sentToAll.length).toBeGreaterThan(10 * tasksEach)
    expect(sentToAll.join('\n')).not.toContain('model-')
  })

  async function resultsOf(id: string) {
    const { secret } = await server.keys.create({ name: 'all', scopes: ['admin'] })
    const response = await fetch(`${server.url}/api/sessions/${id}/results`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    const results = await response.json()
    for (const key of await server.keys.list()) if (!key.revokedAt) await server.keys.revoke(key.id)
    return results
  }

  test('what was given can be seen, taken and deleted', async () => {
    const { id } = await create(server)
    const { page, context } = await openPhone()
    await page.goto(`${server.url}/s/${id}`)
    await page.locator('.begin').tap()
    await readAnswers(page)
    await page.locator('.verdict.both_bad').tap()
    await page.locator('summary').tap()
    await page.getByLabel('Non soa natural').first().check()
    await page.locator('#correct-right').fill('Eu diría outra cousa.')
    await page.locator('.send').tap()
    await readAnswers(page)
    await page.getByRole('button', { name: 'O que dei' }).tap()
    await page.getByText('Eu diría outra cousa.').waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Levar unha copia' }).tap(),
    ])
    expect(fs.readFileSync((await file.path()) ?? '', 'utf8')).toContain('Eu diría outra cousa.')
    await page.getByRole('button', { name: 'Borralo todo' }).tap()
    await page.getByRole('dialog').getByRole('button', { name: 'Borralo todo' }).tap()
    await page.getByText('Está borrado: 1 valoración').waitFor()
    expect(await server.store.selectFrom('raters').selectAll().where('session', '=', id).execute()).toEqual([])
    await context.close()
  })

  test('whoever asks what they like asks again before they judge', async () => {
    const { id } = await create(server, { prompts: [] })
    const { page, context } = await openPhone()
    await page.goto(`${server.url}/s/${id}`)
    await page.locator('.begin').tap()
    await page.locator('#question').fill('Que hora é?')
    await page.getByRole('button', { name: 'Preguntar' }).tap()
    await readAnswers(page)
    await page.getByText('Preguntar algo máis').first().tap()
    await page.locator('#question').fill('E mañá?')
    await page.getByRole('button', { name: 'Preguntar' }).tap()
    await page.locator('.answer:not(.waiting) >> nth=3').waitFor()
    await readAnswers(page)
    await page.locator('.verdict.left').tap()
    await page.locator('.send').tap()
    await page.locator('#question').waitFor()
    const [row] = await server.store
      .selectFrom('tasks')
      .selectAll()
      .where('session', '=', id)
      .where('status', '=', 'judged')
      .execute()
    expect(JSON.parse(row?.turns_json ?? '[]').map(({ question }: { question: string }) => question)).toEqual([
      'Que hora é?',
      'E mañá?',
    ])
    await context.close()
  })

  test.each([
    ['light', { colorScheme: 'light', locale: 'en' }],
    ['dark', { colorScheme: 'dark', locale: 'gl' }],
    ['right-to-left', { colorScheme: 'light', locale: 'ar' }],
  ] as const)('every page is for everybody, and looks well: %s', async (name, look) => {
    const battles = await create(server)
    const ratings = await create(server, { judge: 'ratings', consent: 'Gardamos o que digas.' })
    const { page, context, complaints } = await openPhone({ ...look, bypassCSP: true })
    const see = async (what: string) => {
      await takePicture(page, `${what}-${name}`)
      expect([what, await axeViolations(page)]).toEqual([what, []])
    }
    await page.goto(`${server.url}/s/${battles.id}`)
    await page.locator('.begin').waitFor()
    await see('rate-welcome')
    await page.locator('.begin').tap()
    await readAnswers(page)
    await page.locator('summary').tap()
    await see('rate-battle')
    await page.locator('.foot button').tap()
    await page.locator('h1').waitFor()
    await see('rate-mine')
    await page.goto(`${server.url}/s/${ratings.id}`)
    await page.locator('.begin').tap()
    await page.locator('.answer:not(.waiting)').waitFor()
    await see('rate-marks')
    await page.goto(`${server.url}/sessions`)
    await page.locator('form').waitFor()
    await see('organise')
    await page.goto(`${server.url}/sessions#${battles.id}.${battles.secret}`)
    await page.reload()
    await page.locator('.invite img').waitFor()
    await see('organise-session')
    expect(complaints).toEqual([])
    await context.close()
  })
})
