import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import readline from 'node:readline'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Home } from '../../core/home.ts'
import { connect, rawPost } from './sockets.ts'
import { fillHome, student } from './start.ts'

vi.setConfig({ testTimeout: 120_000 })

let home: Home
beforeAll(async () => {
  home = await fillHome()
}, 60_000)
afterAll(() => fs.rmSync(home.dir, { recursive: true, force: true }))

let child: ChildProcess
afterEach(() => child.kill('SIGKILL'))

const path = '/v1/chat/completions'
const ask = (more: object) =>
  JSON.stringify({
    model: student,
    messages: [{ role: 'user', content: 'Tell me a very long story about the sea.' }],
    // Without the control tokens, any of which may end it.
    logit_bias: Object.fromEntries(Array.from({ length: 17 }, (_, token) => [token, -100])),
    ...more,
  })

/** The command as it is installed, with answers that last. @returns its address */
async function serve(...args: string[]): Promise<string> {
  const sizes = ['--context', '8192', '--model', student, '--port', '0']
  child = spawn(process.execPath, ['cli/bin.mjs', 'serve', '--home', home.dir, ...sizes, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let document = ''
  for await (const line of readline.createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> })) {
    document += line
    if (line.startsWith('}')) break
  }
  return (JSON.parse(document) as { url: string }).url
}

const ended = async (): Promise<number | null> => (child.exitCode ?? (await once(child, 'exit'))[0]) as number | null

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets answers finish, and ends those that do not as promised',
  async (signal) => {
    const url = await serve('--parallel', '3')
    const post = (more: object) => fetch(url + path, { method: 'POST', body: ask(more) })
    const stream = post({ max_tokens: 8000, stream: true })
    const plain = post({ max_tokens: 8000 })
    const brief = post({ max_tokens: 60, stream: true, stream_options: { include_usage: true } })
    const [streaming, finishing] = await Promise.all([stream, brief])
    const waiting = post({ max_tokens: 1 })
    const half = await connect(url, rawPost(path, '{"model": ', { 'content-length': 100 }))
    await vi.waitUntil(async () => (await (await fetch(`${url}/healthz`)).json()).waiting === 1, 10_000)

    const started = performance.now()
    const seconds = (): number => (performance.now() - started) / 1000
    child.kill(signal)
    const refused = await waiting
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await refused.json()).error).toMatchObject({ code: 'server_stopping', type: 'server_error' })
    expect(await half.closed()).toMatch(/^HTTP\/1\.1 503 .*"code":"server_stopping"/s)
    expect(seconds()).toBeLessThan(5)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()

    const whole = (await finishing.text()).split('\n\n')
    expect(whole.slice(-3)).toEqual([expect.stringContaining('"completion_tokens":60'), 'data: [DONE]', ''])
    const events = (await streaming.text()).split('\n\n')
    expect(events.length).toBeGreaterThan(60)
    expect(events.slice(-3)).toEqual([expect.stringContaining('"code":"server_stopping"'), 'data: [DONE]', ''])
    const unfinished = await plain
    expect([unfinished.status, unfinished.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await unfinished.json()).error.code).toBe('server_stopping')
    expect(await ended()).toBe(0)
    expect(seconds()).toBeGreaterThan(9)
    expect(seconds()).toBeLessThan(15)
  },
)

test('with nothing to do it ends at once, though connections are kept', async () => {
  const url = await serve()
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const started = performance.now()
  child.kill('SIGTERM')
  expect(await ended()).toBe(0)
  expect(performance.now() - started).toBeLessThan(3000)
})
