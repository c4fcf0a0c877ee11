import fs from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

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
