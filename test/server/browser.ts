import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

/** A Chromium of this machine; the project does not download one. */
export const chromiumFile = [
  process.env.ENDONYM_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((file) => file && fs.existsSync(file))

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumFile ?? '', args: ['--no-sandbox'] })
}

/** Whatever the browser complains of from now on: broken scripts, violations of the Content-Security-Policy, dialogs. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return complaints
}

/** A small phone. */
export const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const

/** How pages are looked at, and what each look is called. */
export const looks = [
  ['light', { colorScheme: 'light', locale: 'en', viewport: { width: 1100, height: 800 } }],
  ['dark', { colorScheme: 'dark', locale: 'gl', viewport: { width: 1100, height: 800 } }],
  ['phone', { ...phone, colorScheme: 'light', locale: 'fr' }],
  ['right-to-left', { ...phone, colorScheme: 'light', locale: 'ar' }],
] as const

/** Takes a picture of a page that is for everybody: axe-core finds nothing, and nothing is wider than the screen. */
export async function expectForEverybody(page: Page, what: string, look: string): Promise<void> {
  await takePicture(page, `${what}-${look}`)
  expect([what, await axeViolations(page)]).toEqual([what, []])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
}

/** Where pictures of pages are put for people to look at. */
const pictures = path.join(import.meta.dirname, '..', '..', 'test-results', 'screens')

/** Keeps a picture of a whole page, in `test-results/screens`. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true })
}

/** What axe-core finds wrong with a page, in the rules of WCAG 2.2 AA and of good practice; the page's context has to be opened with `bypassCSP`. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') })
  return page.evaluate(async () => {
    type Result = { id: string; nodes: { html: string }[] }
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Result[]; passes: Result[] }> } }
    const { violations, passes } = await axe.run()
    if (passes.length < 10) throw new Error(`axe-core looked at ${passes.length} rules only.`)
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`)
  })
}
