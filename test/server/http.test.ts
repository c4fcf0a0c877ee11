import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startServer, student, type TestServer } from './start.ts'

vi.setConfig({ testTimeout: 60_000 })

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

/** A request with exactly these headers; fetch would not let us choose Host and Origin. */
function request(
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: http.OutgoingHttpHeaders; body?: string } = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = http.request(new URL(path, server.url), { method, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const chat = JSON.stringify({
  model: student,
  messages: [{ role: 'user', content: 'a secret question' }],
  max_tokens: 4,
})
const post = (headers: http.OutgoingHttpHeaders, body = chat) =>
  request('/v1/chat/completions', { method: 'POST', headers, body })

test('it says that it is well', async () => {
  const { status, text } = await request('/healthz')
  expect(status).toBe(200)
  expect(JSON.parse(text)).toMatchObject({ status: 'ok', running: 0 })
})

describe('who may ask', () => {
  test('a name that is not this machine is refused (DNS rebinding)', async () => {
    const { port } = server.server
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '10.0.0.1',
    ]) {
      for (const path of ['/', '/v1/models', '/healthz']) {
        const { status, text } = await request(path, { headers: { host } })
        expect([host, path, status, JSON.parse(text).error.code]).toEqual([host, path, 403, 'host_not_allowed'])
      }
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, '[::1]', 'LOCALHOST', 'endonym.localhost'])
      expect([host, (await request('/healthz', { headers: { host } })).status]).toEqual([host, 200])
  })

  test('a page of another origin may not make a browser generate', async () => {
    const foreign: http.OutgoingHttpHeaders[] = [
      { origin: 'https://evil.example' },
      { origin: 'http://127.0.0.1:1' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of foreign) {
      const { status, text, headers: answered } = await post({ ...headers, 'content-type': 'text/plain' })
      expect([headers, status, JSON.parse(text).error.code]).toEqual([headers, 403, 'cross_origin'])
      expect(answered).not.toHaveProperty('access-control-allow-origin')
    }
    const preflight = await request('/v1/chat/completions', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect((await post({ origin: server.url, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  test('the page may load nothing from elsewhere and nothing may frame it', async () => {
    const { headers, text } = await request('/')
    const policy = headers['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    const addresses = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address)
    expect(addresses.length).toBeGreaterThan(2)
    for (const address of addresses) expect([address, (await request(address)).status]).toEqual([address, 200])
    expect(text).not.toMatch(/<script(?![^>]* src=)|style=|\son\w+=/)
  })
})

describe('what is refused', () => {
  test('unknown addresses and methods', async () => {
    for (const [method, path] of [
      ['GET', '/v2/models'],
      ['DELETE', '/v1/models'],
      ['GET', '/v1/chat/completions'],
      ['GET', '/web/../app.ts'],
      ['GET', '/web/%2e%2e/app.ts'],
    ] as const) {
      const { status, text } = await request(path, { method })
      expect([path, status, JSON.parse(text).error.code]).toEqual([path, 404, 'unknown_url'])
    }
    const { text } = await request('/chat/completions', { method: 'POST' })
    expect(JSON.parse(text).error.message).toContain('ask POST /v1/chat/completions.')
  })

  test('a body over 1 MiB, with or without its length told', async () => {
    const large = 'x'.repeat((1 << 20) + 1)
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const { status, text } = await post(headers, large)
      expect([status, JSON.parse(text).error.code]).toEqual([413, 'request_too_large'])
    }
  })

  test('bodies that are no request', async () => {
    for (const body of ['', 'null', '[]', '"x"', '{', '{}']) {
      const { status, text } = await post({ 'content-type': 'application/json' }, body)
      expect([body, status, JSON.parse(text).error.type]).toEqual([body, 400, 'invalid_request_error'])
    }
    expect((await post({ 'transfer-encoding': 'chunked' })).status).toBe(200)
  })
})

describe('the log', () => {
  const line = {
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\S+Z$/),
    request: expect.stringMatching(/^[\w-]{36}$/),
    method: 'GET',
    path: '/v1/models',
    status: 200,
    ms: expect.any(Number),
  }

  test('has one line a request, with tokens, and nothing that was said', async () => {
    server.log.length = 0
    await post({ authorization: 'Bearer sk-secret' })
    await request('/v1/models?key=secret')
    await post({ 'content-type': 'application/json', 'x-secret': 'secret' }, '{"messages": secret')
    expect(server.log).toEqual([
      {
        ...line,
        method: 'POST',
        path: '/v1/chat/completions',
        model: student,
        prompt_tokens: expect.any(Number),
        completion_tokens: expect.any(Number),
        finish_reason: expect.stringMatching(/^(stop|length)$/),
      },
      line,
      { ...line, method: 'POST', path: '/v1/chat/completions', status: 400, code: 'invalid_json' },
    ])
    expect(JSON.stringify(server.log)).not.toContain('secret')
  })

  test('has the line of a stream when it has ended', async () => {
    server.log.length = 0
    const { text } = await post({}, JSON.stringify({ ...JSON.parse(chat), stream: true }))
    expect(text).toContain('[DONE]')
    await vi.waitUntil(() => server.log.length > 0, 10_000)
    expect(server.log).toMatchObject([{ status: 200, model: student, completion_tokens: expect.any(Number) }])
  })

  test('cannot be forged, nor filled, by what a client sends', async () => {
    server.log.length = 0
    await request('/v1/models/%0Asecretly%20%1b[31mforged%F0%9F%98%80')
    await request(`/${'x'.repeat(10_000)}`)
    expect(server.log).toEqual([
      { ...line, path: '/v1/models/%0Asecretly%20%1B[31mforged%F0%9F%98%80', status: 404, code: 'unknown_url' },
      { ...line, path: expect.stringMatching(/^.{200}…$/), status: 404, code: 'unknown_url' },
    ])
  })

  test('calls a request what its answer calls it, as the client does where that is harmless', async () => {
    server.log.length = 0
    for (const [sent, harmless] of [
      ['my-request_1', true],
      ['', false],
      ['x'.repeat(65), false],
      ['a b', false],
      ['{"level":"fatal"}', false],
      ['\u00e9', false],
    ] as const) {
      for (const path of ['/healthz', '/v1/models', '/unknown', '/']) {
        const { headers } = await request(path, { headers: { 'x-request-id': sent } })
        const id = headers['x-request-id']
        expect([path, sent, id === sent]).toEqual([path, sent, harmless])
        expect(id).toMatch(/^[\w-]{1,64}$/)
        expect(server.log.at(-1)).toMatchObject({ path, request: id })
      }
    }
    const { headers } = await post(
      { 'x-request-id': 'streamed' },
      JSON.stringify({ ...JSON.parse(chat), stream: true }),
    )
    expect(headers['x-request-id']).toBe('streamed')
  })
})

describe('stopping', () => {
  /** Begins a stream and gives its first bytes' arrival and its whole text. */
  async function stream(maxTokens: number): Promise<{ whole: Promise<string> }> {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: student,
        messages: [{ role: 'user', content: 'Tell me a very long story about the sea.' }],
        max_tokens: maxTokens,
        temperature: 0,
        stream: true,
      }),
    })
    const whole = response.text()
    // It may fail before anyone looks at it.
    whole.catch(() => {})
    return { whole }
  }

  test('lets running answers finish, takes no new ones, and tells those that take too long', async () => {
    const { whole } = await stream(40)
    const stopping = server.server.stop()
    await expect(request('/healthz')).rejects.toThrow('ECONNREFUSED')
    expect(await whole).toMatch(/data: \[DONE\]\s*$/)
    await stopping

    const again = await startServer()
    await server.close()
    server = again
    const long = await stream(900)
    const started = performance.now()
    await server.server.stop(200)
    expect(performance.now() - started).toBeLessThan(2000)
    expect(await long.whole).toMatch(/"code":"server_stopping"}}\n\ndata: \[DONE\]\n\n$/)
    await server.idle()
  }, 60_000)
})
