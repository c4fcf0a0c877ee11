import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../server/app.ts'
import { type Listening, listen } from '../../server/listen.ts'
import { createLog, type RequestLine } from '../../server/log.ts'
import type { Serving } from '../../server/serving.ts'
import { connect, rawPost } from './sockets.ts'
import { startServer, student, type TestServer } from './start.ts'

vi.setConfig({ testTimeout: 120_000 })

let server: TestServer
beforeAll(async () => {
  server = await startServer({ bodySeconds: 1 })
}, 120_000)
afterAll(() => server.close())

const path = '/v1/chat/completions'
const ask = (more: object = {}) =>
  JSON.stringify({ model: student, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2, ...more })
const story = ask({
  messages: [{ role: 'user', content: 'Tell me a very long story about the sea.' }],
  max_tokens: 800,
  // Without the tokens that would end it.
  logit_bias: { 0: -100, 2: -100 },
  stream: true,
})

// Whatever was done to it, the server answers the next request, and nothing goes on computing.
afterEach(async () => {
  await server.idle()
  const answer = await fetch(server.url + path, { method: 'POST', body: ask() })
  expect([answer.status, (await answer.json()).choices.length]).toEqual([200, 1])
  expect(server.log.filter(({ status }) => status >= 500)).toEqual([])
})

/** What a client sees that sends `megabytes` of a body as fast as it can. */
function upload(megabytes: number, headers: http.OutgoingHttpHeaders): Promise<{ status: number; code: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(server.url + path, { method: 'POST', headers, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).error.code })
    })
    request.on('error', reject)
    const piece = Buffer.alloc(1 << 20, 'x')
    const write = (left: number): void => {
      if (left === 0) request.end()
      else if (!request.destroyed) request.write(piece, () => write(left - 1))
    }
    write(megabytes)
  })
}

describe('bodies', () => {
  test.each([{ 'content-length': 100 << 20 }, { 'transfer-encoding': 'chunked' }])(
    'of 100 MiB are refused, and the client gets to read it: %j',
    async (headers) => {
      const before = process.memoryUsage.rss()
      const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => upload(100, headers)))
      for (const seen of [first, ...others]) expect(seen).toEqual({ status: 413, code: 'request_too_large' })
      // Four times 100 MiB came, and nothing of it was kept.
      expect(process.memoryUsage.rss() - before).toBeLessThan(150e6)
    },
  )

  test('that are too large and come slowly are refused, and the client gets to read it', async () => {
    const refused = await new Promise<number>((resolve, reject) => {
      const headers = { 'content-length': 2 << 20 }
      const request = http.request(server.url + path, { method: 'POST', headers, agent: false })
      request.on('error', reject)
      // As a client that reads when it has sent all.
      const write = async (): Promise<void> => {
        for (let i = 0; i < 16; i++) {
          request.write(Buffer.alloc(1 << 17, 'x'))
          await sleep(100)
        }
        request.end()
      }
      request.on('response', (response) => {
        response.resume()
        request.once('finish', () => resolve(response.statusCode ?? 0))
      })
      void write()
    })
    expect(refused).toBe(413)
  })

  test.each(['content-length: 20971520', 'transfer-encoding: chunked'])(
    'that are too large are taken to their end of clients that read nothing before it, and want no other answer: %s',
    async (length) => {
      const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1').pause()
      const failed = once(socket, 'error').then(([error]: unknown[]) => Promise.reject(error))
      const write = (data: string | Buffer): Promise<unknown> =>
        Promise.race([failed, socket.write(data) || once(socket, 'drain')])
      await write(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${length}\r\n\r\n`)
      const chunked = length.startsWith('transfer')
      for (let i = 0; i < 20; i++) {
        if (chunked) await write('100000\r\n')
        await write(Buffer.alloc(1 << 20, 'x'))
        if (chunked) await write('\r\n')
      }
      if (chunked) await write('0\r\n\r\n')
      const answer = await Promise.race([failed, socket.setEncoding('utf8').toArray()])
      expect(answer.join('')).toMatch(/^HTTP\/1\.1 413 /)
    },
  )

  test.each(['content-length: 4194304', 'transfer-encoding: chunked'])(
    'that are too large do not keep the next request on their connection waiting: %s',
    async (length) => {
      const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1')
      socket.write(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${length}\r\n\r\n`)
      const body = Buffer.alloc(4 << 20, 'x')
      socket.write(length.startsWith('transfer') ? `400000\r\n${body}\r\n0\r\n\r\n` : body)
      socket.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n')
      const answers = (await socket.setEncoding('utf8').toArray()).join('')
      expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
    },
  )

  test('that are half sent are refused after a while', async () => {
    const half = ask().slice(0, 20)
    for (const headers of [{ 'content-length': 100 }, { 'content-length': 2000 }]) {
      const answer = await (await connect(server.url, rawPost(path, half, headers))).closed()
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
      expect(answer).toMatch(/x-request-id: [\w-]+\r\n/)
      expect(answer).toContain('"code":"request_timeout"')
    }
    const chunked = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"mod\r\n`
    expect(await (await connect(server.url, chunked)).closed()).toContain(' 408 ')
  })

  test('that come a byte at a time are refused too', async () => {
    const { socket, closed } = await connect(server.url, rawPost(path, '', { 'content-length': 1000 }))
    const drip = setInterval(() => socket.write(' '), 20)
    expect(await closed()).toContain(' 408 ')
    clearInterval(drip)
  })

  test('whose client is gone before they end', async () => {
    server.log.length = 0
    const { socket } = await connect(server.url, rawPost(path, ask().slice(0, 20), { 'content-length': 100 }))
    await sleep(100)
    socket.destroy()
    await vi.waitUntil(() => server.log.length > 0, 10_000)
    expect(server.log).toMatchObject([{ status: 400, code: 'request_cut_off' }])
  })

  test('that are no UTF-8, or no JSON', async () => {
    const bodies = [
      new Uint8Array([0xff, 0xfe, 0x7b]),
      Buffer.from(ask(), 'utf16le'),
      Buffer.concat([Buffer.from('{"model": "'), Buffer.from([0xc3]), Buffer.from('"}')]),
      Buffer.from([0xe2, 0x82]),
      '\u0000',
      '{"model": NaN}',
      `${ask()}${ask()}`,
    ]
    for (const body of bodies) {
      const response = await fetch(server.url + path, { method: 'POST', body })
      expect([response.status, (await response.json()).error.code]).toEqual([400, 'invalid_json'])
    }
  })
})

describe('what is no request', () => {
  const get = (target: string, headers = '') => `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n`
  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'invalid_request'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', 400, 'invalid_request'],
    ['a method that there is not', `BREW / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`, 400, 'invalid_request'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, undefined],
    ['a host that is none', 'GET / HTTP/1.1\r\nhost: a b\r\n\r\n', 400, 'invalid_request'],
    ['a backslash', get('/a\\b'), 400, 'invalid_request'],
    ['an address of 20 kB', get(`/${'x'.repeat(20_000)}`), 431, 'headers_too_large'],
    ['a query of 20 kB', get(`/?${'x'.repeat(20_000)}`), 431, 'headers_too_large'],
    ['a header of 20 kB', get('/', `x: ${'x'.repeat(20_000)}\r\n`), 431, 'headers_too_large'],
    ['a thousand headers', get('/', 'x-y: zzzzzzzzzzzzzzz\r\n'.repeat(1000)), 431, 'headers_too_large'],
    ['two lengths', `${rawPost(path, ask(), { 'transfer-encoding': 'chunked' })}`, 400, 'invalid_request'],
    ['a negative length', rawPost(path, '', { 'content-length': -1 }), 400, 'invalid_request'],
  ])('%s', async (_, sent, status, code) => {
    const { closed } = await connect(server.url, sent)
    const answer = await closed()
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    if (code !== undefined) {
      expect(answer).toContain(`"code":"${code}"`)
      expect(answer).toMatch(/x-request-id: [\w-]{36}\r\n/)
      expect(server.log.at(-1)).toMatchObject({ status, code })
    }
  })

  test('a body that breaks off its own encoding', async () => {
    const broken = rawPost(path, '').replace('content-length: 0', 'transfer-encoding: chunked')
    const { closed } = await connect(server.url, `${broken}zz\r\n`)
    expect(await closed()).not.toContain(' 200 ')
    expect(server.log.at(-1)).toMatchObject({ status: 400, code: 'request_cut_off' })
  })

  test('methods that an address has not', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'PROPFIND', 'TRACE', 'HEAD']) {
      for (const address of [path, '/v1/completions', '/tokenize', '/v1/nothing']) {
        const body = `${method} ${address} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`
        expect([method, address, (await (await connect(server.url, body)).closed()).slice(9, 12)]).toEqual([
          method,
          address,
          '404',
        ])
      }
    }
    // A tunnel is closed, an upgrade that there is not is passed over.
    expect(await (await connect(server.url, 'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n')).closed()).not.toContain(' 5')
    const upgrade = get('/healthz', 'connection: upgrade, close\r\nupgrade: websocket\r\n')
    expect(await (await connect(server.url, upgrade)).closed()).toContain(' 200 ')
  })
})

describe('clients that go away', () => {
  test('in the middle of a stream, many at once', async () => {
    server.log.length = 0
    const connections = await Promise.all([1, 2, 3, 4, 5, 6].map(() => connect(server.url, rawPost(path, story))))
    await vi.waitUntil(() => connections.filter(({ text }) => text().includes('data: ')).length >= 2, 30_000)
    for (const [i, { socket }] of connections.entries()) {
      if (i % 2) socket.destroy()
      else socket.resetAndDestroy()
    }
    await server.idle()
    await vi.waitUntil(() => server.log.length === 6, 10_000)
    expect(server.log.every((line) => line.finish_reason === 'aborted')).toBe(true)
  })
})

/** More than the system holds for a connection, which no small model writes in the time of a test. */
const flood = 64e6

describe('clients that do not read', () => {
  let slow: Listening
  let lines: RequestLine[]
  /** Bytes that were written as an answer. */
  let written: number
  let stopped: boolean

  const open = async (unreadSeconds: number): Promise<void> => {
    ;[lines, written, stopped] = [[], 0, false]
    const chat: Serving['chat'] = async (_, __, { signal, onText } = {}) => {
      const text = 'word '.repeat(200)
      if (!onText) {
        // Longer than a client may leave unread: that there is nothing to read yet is not its fault.
        await sleep(1500)
        return { text: 'x'.repeat(flood), finishReason: 'stop', promptTokens: 1, completionTokens: 1 }
      }
      for (; written < flood && !signal?.aborted; written += text.length) {
        onText(text)
        await new Promise((resolve) => setImmediate(resolve))
      }
      stopped = signal?.aborted ?? false
      return { text: '', finishReason: 'aborted', promptTokens: 1, completionTokens: written / text.length }
    }
    const log = createLog((line) => lines.push(JSON.parse(line)))
    const app = createApp({ serving: { ...server.serving, chat }, log, loopback: true })
    slow = await listen(app, { host: '127.0.0.1', port: 0, log, unreadSeconds })
  }
  const pausedStream = async () => {
    const connection = await connect(slow.url, rawPost(path, ask({ stream: true }), { connection: 'close' }))
    connection.socket.pause()
    return connection
  }

  test('have their answer ended while little of it is kept, and are cut off', async () => {
    await open(1)
    const { socket } = await pausedStream()
    await vi.waitUntil(() => stopped, 30_000)
    // Beside our 1 MiB, the system may hold some MB for either end of a connection.
    expect(written).toBeLessThan(20e6)
    await vi.waitUntil(() => lines.length > 0, 10_000)
    expect(lines).toMatchObject([{ status: 200, finish_reason: 'aborted', code: 'client_too_slow' }])
    await slow.stop(5000)
    socket.destroy()
  })

  test('for too long, and then do, are told', async () => {
    await open(60)
    const { socket, closed } = await pausedStream()
    await vi.waitUntil(() => stopped, 30_000)
    socket.resume()
    const text = await closed()
    expect(text).toContain('"code":"client_too_slow"')
    expect(text).toMatch(/data: \[DONE\]\n\n\r\n0\r\n\r\n$/)
    await slow.stop(100)
  })

  test('of a plain answer are cut off', async () => {
    await open(1)
    const { socket } = await connect(slow.url, rawPost(path, ask()))
    socket.pause()
    await vi.waitUntil(() => lines.length > 0, 10_000)
    const started = performance.now()
    await slow.stop(30_000)
    expect(performance.now() - started).toBeLessThan(10_000)
    socket.destroy()
  })
})

test('an answer that takes too long is ended, plain and streamed', async () => {
  const hurried = await startServer({ answerSeconds: 1 })
  // Loaded first: that cannot be ended.
  await hurried.serving.load(await hurried.serving.find(student))
  const post = (body: string) => fetch(hurried.url + path, { method: 'POST', body })
  const plain = await post(story.replace('"stream":true', '"stream":false'))
  expect([plain.status, plain.headers.get('x-should-retry')]).toEqual([504, 'false'])
  expect((await plain.json()).error).toMatchObject({ code: 'answer_timeout', type: 'server_error' })
  const streamed = await (await post(story)).text()
  expect(streamed).toContain('"content":')
  expect(streamed.split('\n\n').slice(-3)).toEqual([expect.stringContaining('answer_timeout'), 'data: [DONE]', ''])
  await hurried.idle()
  expect(hurried.log).toMatchObject([
    { level: 'error', status: 504, finish_reason: 'aborted', code: 'answer_timeout', failure: expect.any(String) },
    { level: 'error', status: 200, finish_reason: 'aborted', code: 'answer_timeout', failure: expect.any(String) },
  ])
  await hurried.close()
})
