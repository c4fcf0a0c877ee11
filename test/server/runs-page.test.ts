import path from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultStudent } from '../../models/sources.ts'
import { importModel } from '../../models/store.ts'
import { writeReport } from '../../trainer/report.ts'
import { studentFile } from '../model.ts'
import { reportInput } from '../trainer/report-input.ts'
import { chromiumFile, complaintsOf, expectForEverybody, looks, openBrowser } from './browser.ts'
import { type SessionServer, startSessionServer } from './session-server.ts'

describe.skipIf(!chromiumFile)('the page on which models are made', { timeout: 180_000 }, () => {
  let server: SessionServer
  let browser: Browser
  const card = 'gl-sdrrl-demo-card'
  beforeAll(async () => {
    const teacher = { name: 'gpt-oss', there: 'openai/gpt-oss-20b' }
    const settings = { name: 'x', root: 'https://models.example.org', weight: 1, concurrency: 1, timeLimit: 9 }
    server = await startSessionServer({}, { teachers: [{ ...settings, models: [teacher] }] })
    await importModel(server, studentFile(), { name: defaultStudent.name, source: defaultStudent.name })
    await finishedRun()
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  /** A run as it is when it is done, with the report card of the demo. */
  async function finishedRun(): Promise<void> {
    const input = reportInput(path.join(server.home.runs, card))
    const at = '2026-11-24T03:07:08.595Z'
    const row = { id: card, language: 'glg', recipe: 'sdrrl', scale: 'demo', options_json: JSON.stringify(input.wish) }
    await server.store
      .insertInto('runs')
      .values({ ...row, status: 'done', error: null, created_at: at, updated_at: at })
      .execute()
    await server.store
      .insertInto('stages')
      .values(input.stages.map((stage) => ({ ...stage, run: card })))
      .execute()
    writeReport(input)
  }

  async function openPage(options: BrowserContextOptions, at = '/runs') {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    await page.goto(`${server.url}${at}`)
    await page.locator('h1').waitFor()
    return { context, page, complaints }
  }
  const planShown = (page: Page) => page.locator('.plan .facts').waitFor()

  test('a language is typed by its name in any language, its price is seen, a run is watched and its data are there, by keyboard alone', async () => {
    const { context, page, complaints } = await openPage({ locale: 'gl' })
    await page.keyboard.press('Tab')
    for (let step = 0; step < 30 && !(await page.locator('#language:focus').count()); step++)
      await page.keyboard.press('Tab')
    await page.keyboard.type('Galicisch')
    await page.locator('#language-0').waitFor()
    await expect.poll(() => page.locator('#language-0').textContent()).toContain('galego')
    await page.keyboard.press('Enter')
    await planShown(page)
    const facts = await page.locator('.facts').textContent()
    expect(facts).toMatch(/uns \d+ (minutos|horas)/)
    expect(facts).toContain('nada')
    // The way that has a recording.
    await page.locator('details summary').first().focus()
    for (const summary of await page.locator('.plan > details > summary').all()) {
      await summary.focus()
      await page.keyboard.press('Enter')
    }
    await page.locator('#plan-recipe').focus()
    await page.locator('#plan-recipe').selectOption('kakugo')
    await page.locator('.replay').waitFor()
    await page.locator('.replay').focus()
    await page.keyboard.press('Enter')
    await page.locator('.now .state').waitFor()
    const state = page.locator('.now .state')
    expect(['En marcha', 'Parado']).toContain(await state.textContent())
    await expect
      .poll(() => page.locator('.steps > li[data-state="done"]').count(), { timeout: 60_000 })
      .toBeGreaterThan(15)
    await page.getByText('Os textos para aprender están listos.').first().waitFor()
    expect(await state.textContent()).toBe('Parado')
    const mix = page.locator('.steps > li', { hasText: 'Xuntar o que se aprende' })
    expect(await mix.textContent()).toMatch(/\d+ conservados/)
    expect(await page.getByText('Continuar: ensinarlle ao modelo').count()).toBe(1)
    await page.locator('a[href="#"]').click()
    await page.locator('.runs a').first().waitFor()
    expect(await page.locator('.runs').textContent()).toContain('Parado')
    expect(complaints).toEqual([])
    await context.close()
  })

  test('what a language lacks is said in the words of the page, and another way is taken', async () => {
    const { context, page, complaints } = await openPage({ locale: 'es' }, '/runs?language=quz')
    await planShown(page)
    expect(await page.locator('.plan').textContent()).toContain('El modelo lee textos')
    await page.locator('.plan > details').last().locator('summary').click()
    await page.locator('#plan-recipe').selectOption('sdrrl')
    await page.getByText('Aquí no hay traductor a esta lengua.').waitFor()
    expect(await page.locator('.begin').isDisabled()).toBe(true)
    expect(complaints).toEqual([])
    await context.close()
  })

  test('what a teacher would cost is seen in its currency, and is the most that is spent', async () => {
    const { context, page, complaints } = await openPage({ locale: 'en' }, '/runs?language=gl')
    await planShown(page)
    expect(await page.locator('#plan-budget').isVisible()).toBe(false)
    await page.locator('.plan > details').last().locator('summary').click()
    await page.locator('#plan-teacher').selectOption('gpt-oss')
    await page.locator('#plan-budget').waitFor()
    const price = /\$(0\.\d+)/.exec((await page.locator('.facts').textContent()) ?? '')?.[1]
    expect(Number(await page.locator('#plan-budget').inputValue())).toBeCloseTo(1.2 * Number(price), 2)
    expect(complaints).toEqual([])
    await context.close()
  })

  test('a run is seen again when the network comes back', async () => {
    const { context, page } = await openPage({ locale: 'en' }, '/runs?language=gl')
    await planShown(page)
    const { id } = await (
      await fetch(`${server.url}/api/runs`, {
        method: 'POST',
        body: JSON.stringify({ language: 'gl', recipe: 'kakugo', replay: true, dataOnly: true, limit: 4 }),
      })
    ).json()
    let cut = 0
    await page.route('**/events', (route) => (cut++ < 2 ? route.abort('internetdisconnected') : route.continue()))
    await page.goto(`${server.url}/runs#${id}`)
    await page.reload()
    await page.getByText('The server cannot be reached.').waitFor()
    await expect.poll(() => page.locator('.now .state').textContent(), { timeout: 60_000 }).toBe('Stopped')
    expect(cut).toBeGreaterThan(2)
    expect(await page.locator('.failed:not(:empty)').count()).toBe(0)
    await context.close()
  })

  test.each(looks)('is for everybody, and looks well: %s', async (name, look) => {
    const { context, page, complaints } = await openPage({ ...look, bypassCSP: true })
    const see = (what: string) => expectForEverybody(page, what, name)
    if (name === 'right-to-left') expect(await page.locator('html').getAttribute('dir')).toBe('rtl')
    await page.locator('#language').fill('galego')
    await page.locator('#language-0').click()
    await planShown(page)
    for (const summary of await page.locator('.plan summary').all()) await summary.click()
    await see('runs')
    const recorded = await server.store
      .selectFrom('runs')
      .select('id')
      .where('recipe', '=', 'kakugo')
      .executeTakeFirst()
    await page.goto(`${server.url}/runs#${recorded?.id}`)
    await page.reload()
    await page.locator('.steps').waitFor()
    await see('runs-run')
    await page.goto(`${server.url}/runs#${card}`)
    await page.reload()
    await page.locator('.promises').waitFor()
    expect(await page.locator('.promises > li').count()).toBe(5)
    expect(await page.locator('.talk [lang="gl"]').count()).toBeGreaterThan(2)
    await see('runs-report')
    expect(complaints).toEqual([])
    await context.close()
  })
})
