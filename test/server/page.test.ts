import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { chromiumFile, complaintsOf, openBrowser } from './browser.ts'
import { rightToLeft, startServer, student, type TestServer } from './start.ts'

describe.skipIf(!chromiumFile)('the chat page in a browser', { timeout: 60_000 }, () => {
  let server: TestServer
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    server = await startServer()
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await server.close()
  })
  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
    page = await context.newPage()
    complaints = complaintsOf(page)
    await page.goto(server.url)
    await page.locator('#send:enabled').waitFor()
    return () => context.close()
  })

  const field = () => page.getByLabel('Your message')
  const log = () => page.getByRole('log')
  const answers = () => log().locator('.assistant .text')
  const finished = () => page.getByRole('button', { name: 'Send' }).waitFor()

  test('a real chat on a phone, which is there again after a reload and can be deleted', async () => {
    expect(await page.getByLabel('Model').inputValue()).toBe(student)
    expect(await log().textContent()).toContain('galego')
    await field().fill('What is the capital of France?')
    await field().press('Enter')
    await finished()
    const answer = await answers().last().textContent()
    expect(answer?.length).toBeGreaterThan(3)
    expect(await answers().last().getAttribute('lang')).toBe('gl')
    await field().fill('And of Japan?')
    await page.getByRole('button', { name: 'Send' }).tap()
    await finished()
    expect(await answers().count()).toBe(2)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)

    await page.reload()
    await page.locator('#send:enabled').waitFor()
    expect(await answers().first().textContent()).toBe(answer)

    await page.getByRole('button', { name: 'New' }).tap()
    expect(await answers().count()).toBe(0)
    await page.getByRole('button', { name: 'Chats' }).tap()
    await page.getByRole('button', { name: 'What is the capital of France?', exact: true }).tap()
    expect(await answers().count()).toBe(2)
    await page.getByRole('button', { name: 'Chats' }).tap()
    await page.getByRole('button', { name: 'Delete What is the capital of France?' }).tap()
    expect(await page.getByText('None yet.').isVisible()).toBe(true)
    await page.reload()
    await page.locator('#send:enabled').waitFor()
    expect(await answers().count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('an answer can be stopped, and then the server is free', async () => {
    await field().fill('Tell me a very long story about the sea.')
    await field().press('Enter')
    await page.locator('.assistant .text:not(:empty)').waitFor()
    expect(server.serving.status().running).toBe(1)
    await page.getByRole('button', { name: 'Stop' }).tap()
    await server.idle()
    expect(await log().textContent()).toContain('Stopped.')
    await page.getByRole('button', { name: 'Try again' }).tap()
    await finished()
    expect(await answers().count()).toBe(1)
    expect(complaints).toEqual([])
  })

  test('markup from a person, from a model and from memory is text', async () => {
    const attack = '<img src=x onerror="alert(1)"><script>alert(2)</script><b>bold</b>'
    await page.evaluate((attack) => {
      const messages = [
        { role: 'user', content: attack },
        { role: 'assistant', content: attack, model: attack, note: attack },
      ]
      localStorage.setItem('endonym.chat.1', JSON.stringify({ id: '1', updated: 1, model: attack, messages }))
      localStorage.setItem('endonym.current', '1')
    }, attack)
    await page.reload()
    await page.locator('#send:enabled').waitFor()
    expect(await answers().textContent()).toBe(attack)
    await field().fill(`Repeat exactly: ${attack}`)
    await field().press('Enter')
    await finished()
    expect(await log().locator('.user .text').last().textContent()).toBe(`Repeat exactly: ${attack}`)
    await page.getByRole('button', { name: 'Chats' }).tap()
    expect(await page.locator('img, b, main script, dialog script').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('a language that is written from right to left runs that way', async () => {
    await page.getByLabel('Model').selectOption(rightToLeft)
    expect(await log().getAttribute('dir')).toBe('rtl')
    expect(await log().textContent()).toContain('עברית')
    expect(await field().evaluate((node) => getComputedStyle(node).direction)).toBe('rtl')
    await field().fill('שלום')
    await field().press('Enter')
    await finished()
    const [mine, list] = [await log().locator('.user').boundingBox(), await log().boundingBox()]
    // What a person says stands at the end of the line, which is the left.
    expect((mine?.x ?? 0) + (mine?.width ?? 0)).toBeLessThan((list?.width ?? 0) / 2)
    // An English line inside it still reads from left to right.
    await field().fill('Hello there')
    expect(await field().evaluate((node) => getComputedStyle(node).direction)).toBe('ltr')
    expect(complaints).toEqual([])
  })

  test('what goes wrong is said, and can be tried again', async () => {
    await page.route('**/v1/chat/completions', (route) => route.abort())
    await field().fill('Hello')
    await field().press('Enter')
    await page.getByText('The server cannot be reached.').first().waitFor()
    await page.unroute('**/v1/chat/completions')
    await page.getByRole('button', { name: 'Try again' }).tap()
    await finished()
    expect(await answers().count()).toBe(1)
    expect(await log().textContent()).not.toContain('cannot be reached')

    await field().fill('word '.repeat(3000))
    await field().press('Enter')
    await page
      .getByText(/The prompt has \d+ tokens/)
      .first()
      .waitFor()
  })

  describe('where the server wants a key', () => {
    const asking = () => page.getByRole('dialog', { name: 'A key' })
    const give = async (key: string) => {
      await asking().getByLabel('Key').fill(key)
      await asking().getByRole('button', { name: 'Use it' }).tap()
    }

    test('it is asked for, kindly when it is wrong, kept, and asked for again when it no longer holds', async () => {
      const { key, secret } = await server.keys.create({ name: 'school', scopes: ['chat'] })
      const rater = await server.keys.create({ name: 'rater', scopes: ['rate'] })
      await page.reload()
      await asking().getByText('This server wants a key. Whoever runs it can give you one.').waitFor()
      await asking().getByRole('button', { name: 'Not now' }).tap()
      await page.getByRole('button', { name: 'Enter a key' }).tap()
      for (const wrong of ['ключ', 'two words']) {
        await give(wrong)
        expect(await asking().locator('input:invalid').count()).toBe(1)
      }
      await give('endonym_wrong')
      await asking().getByText('This key is not known here, or no longer holds.').waitFor()
      await give(rater.secret)
      await asking().getByText('This key is not for this.').waitFor()
      await give(` ${secret} `)
      await page.locator('#send:enabled').waitFor()
      await field().fill('Hello')
      await field().press('Enter')
      await finished()
      expect((await answers().last().textContent())?.length).toBeGreaterThan(1)

      await page.reload()
      await page.locator('#send:enabled').waitFor()
      expect(await asking().isVisible()).toBe(false)
      await server.keys.revoke(key.id)
      const other = await server.keys.create({ name: 'school', scopes: ['chat'] })
      await field().fill('Hello again')
      await field().press('Enter')
      await page.getByRole('button', { name: 'Enter a key' }).tap()
      await give(other.secret)
      await finished()
      await vi.waitUntil(
        async () => (await answers().count()) === 2 && (await answers().last().textContent()) !== '',
        30_000,
      )

      await page.getByRole('button', { name: 'Chats' }).tap()
      await page.getByRole('button', { name: 'Forget the key' }).tap()
      await asking().getByText('This server wants a key.').waitFor()
      expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('endonym_')
      for (const { id } of [rater.key, other.key]) await server.keys.revoke(id)
      // What the browser says of the refusals themselves.
      expect(complaints.filter((complaint) => !/status of 40[13]/.test(complaint))).toEqual([])
    })
  })
})
