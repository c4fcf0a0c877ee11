import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumFile, complaintsOf, openBrowser } from './browser.ts'
import { startServer, student, type TestServer } from './start.ts'

describe.skipIf(!chromiumFile)('the page that tries the API, in a browser', { timeout: 120_000 }, () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startServer()
    browser = await openBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  test('sends a request as it stands there, and shows the answer; nothing comes from elsewhere', async () => {
    const page = await browser.newPage()
    const complaints = complaintsOf(page)
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(`${server.url}/docs`)
    await page.getByText('/v1/chat/completions', { exact: true }).click()
    const operation = page.locator('.opblock', { hasText: '/v1/chat/completions' })
    expect(JSON.parse(await operation.locator('textarea').inputValue())).toMatchObject({ model: student })
    await operation.getByRole('button', { name: 'Execute' }).click()
    const answer = operation.locator('.live-responses-table')
    await answer.getByText('chat.completion').waitFor()
    expect(await answer.textContent()).toContain('200')
    expect(server.log.at(-1)).toMatchObject({ path: '/v1/chat/completions', status: 200, model: student })
    expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:image/svg+xml'))).toEqual([])
    expect(complaints).toEqual([])
  })

  test('may do no more than it needs, and no other page the same', async () => {
    const policyOf = async (path: string) => (await fetch(server.url + path)).headers.get('content-security-policy')
    expect(await policyOf('/docs')).toContain("img-src 'self' data:; ")
    expect(await policyOf('/docs')).not.toMatch(/unsafe|\*|https?:/)
    for (const path of ['/', '/docs/docs.js', '/docs/', '/docs/nothing', '/openapi.json', '/web/chat/page.js']) {
      expect([path, await policyOf(path)]).toEqual([path, expect.stringContaining("img-src 'self'; ")])
      expect([path, await policyOf(path)]).toEqual([path, expect.stringContaining("trusted-types 'none'")])
    }
  })

  test('is not sent again where nothing has changed', async () => {
    const address = `${server.url}/docs/swagger-ui-bundle.js`
    const etag = (await fetch(address)).headers.get('etag') ?? ''
    expect((await fetch(address, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })
})
