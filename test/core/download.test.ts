import crypto from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { download, downloadJson } from '../../core/download.ts'
import { smallDisk } from '../disk.ts'

const bytes = crypto.randomBytes(3_000_000)
const sha256 = crypto.createHash('sha256').update(bytes).digest('hex')
const quick = { delay: 5 }

let folder: string
let file: string
let server: http.Server
let url: string
/** What the server was asked, and how it answers the n-th request. */
let asked: http.IncomingHttpHeaders[]
let answer: (request: http.IncomingMessage, response: http.ServerResponse, n: number) => void

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'download-'))
  file = path.join(folder, 'model.gguf')
  asked = []
  answer = (request, response) => serve(request, response)
  server = http.createServer((request, response) => {
    asked.push(request.headers)
    answer(request, response, asked.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.gguf`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  fs.rmSync(folder, { recursive: true })
})

/** Answers as a file server does; `cut` ends the connection after that many bytes of the body. */
function serve(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  {
    cut,
    etag = '"one"',
    ranges = true,
    body = bytes,
  }: { cut?: number; etag?: string; ranges?: boolean; body?: Buffer } = {},
): void {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  const same = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
  const start = ranges && same && range ? Number(range[1]) : 0
  if (start >= body.length) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
    return
  }
  response.writeHead(start > 0 ? 206 : 200, {
    etag,
    'content-length': body.length - start,
    ...(start > 0 && { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }),
  })
  if (cut === undefined) response.end(body.subarray(start))
  else response.write(body.subarray(start, start + cut), () => setTimeout(() => response.destroy(), 20))
}

const left = () => fs.readdirSync(folder).sort()

describe('a whole download', () => {
  test('has the right bytes, tells progress in bytes, and leaves nothing beside it', async () => {
    const events: number[] = []
    await download(url, file, { sha256, progress: ({ done, total }) => events.push(done, total ?? -1) })
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
    expect(events.slice(-2)).toEqual([bytes.length, bytes.length])
    expect(left()).toEqual(['model.gguf'])
  })

  test('that is there already with its SHA-256 asks the server nothing', async () => {
    fs.writeFileSync(file, bytes)
    await download(url, file, { sha256 })
    expect(asked).toHaveLength(0)
  })

  test('of an unknown length ends where the body ends', async () => {
    answer = (_, response) => response.writeHead(200).end(bytes)
    await download(url, file)
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
  })
})

describe('a connection that breaks', () => {
  test('is taken up where it broke, as often as it takes', async () => {
    answer = (request, response, n) => serve(request, response, n < 6 ? { cut: 500_000 } : {})
    await download(url, file, { sha256, tries: 2, ...quick })
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
    const starts = asked.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]))
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    expect(starts.at(-1)).toBeGreaterThan(1_000_000)
    expect(asked.at(-1)?.['if-range']).toBe('"one"')
  })

  test('that brings nothing more ends in a sentence; the next call goes on from what is kept', async () => {
    answer = (request, response, n) => (n === 1 ? serve(request, response, { cut: 1_000_000 }) : response.destroy())
    const failed = download(url, file, { sha256, tries: 2, ...quick })
    await expect(failed).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('is kept') })
    const kept = fs.statSync(`${file}.part`).size
    expect(kept).toBeGreaterThan(0)
    answer = (request, response) => serve(request, response)
    await download(url, file, { sha256 })
    expect(asked.at(-1)?.range).toBe(`bytes=${kept}-`)
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
  })

  test('to a server that knows no ranges starts over', async () => {
    answer = (request, response, n) => serve(request, response, { ranges: false, ...(n === 1 && { cut: 1_000_000 }) })
    await download(url, file, { sha256, ...quick })
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
  })

  test('to a file that has changed meanwhile starts over, and does not mix the two', async () => {
    const other = crypto.randomBytes(2_000_000)
    answer = (request, response, n) =>
      n === 1 ? serve(request, response, { cut: 1_000_000 }) : serve(request, response, { etag: '"two"', body: other })
    await download(url, file, quick)
    expect(fs.readFileSync(file).equals(other)).toBe(true)
  })

  test('to a server that answers with another range than was asked for starts over', async () => {
    answer = (request, response, n) => {
      if (n === 1) serve(request, response, { cut: 1_000_000 })
      else if (n === 2)
        response
          .writeHead(206, { 'content-range': `bytes 5-${bytes.length - 1}/${bytes.length}` })
          .end(bytes.subarray(5))
      else serve(request, response)
    }
    await download(url, file, { sha256, ...quick })
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
  })

  test('after the last byte, before the name was given, needs no byte more', async () => {
    fs.writeFileSync(`${file}.part`, bytes)
    await download(url, file, { sha256 })
    expect(asked).toHaveLength(1)
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
  })

  test('that stalls is given up', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 10))
    const failed = download(url, file, { tries: 1, stall: 100, ...quick })
    await expect(failed).rejects.toMatchObject({ code: 'network' })
  })

  test('because the server is busy is tried again', async () => {
    answer = (request, response, n) => (n < 3 ? response.writeHead(503).end() : serve(request, response))
    await download(url, file, { sha256, ...quick })
    expect(asked).toHaveLength(3)
  })
})

describe('what cannot succeed is one sentence', () => {
  test('wrong bytes: nothing is kept, so that the next call starts anew', async () => {
    answer = (request, response) => serve(request, response, { body: crypto.randomBytes(bytes.length) })
    await expect(download(url, file, { sha256 })).rejects.toMatchObject({ code: 'download_corrupt' })
    expect(left()).toEqual([])
    answer = (request, response) => serve(request, response)
    await download(url, file, { sha256 })
    expect(asked.at(-1)?.range).toBeUndefined()
  })

  test.each([
    [404, 'There is nothing at'],
    [401, 'HF_TOKEN'],
    [403, 'HF_TOKEN'],
    [400, 'HTTP 400'],
  ])('HTTP %i is not tried again', async (status, sentence) => {
    answer = (_, response) => response.writeHead(status).end('no')
    const failed = download(`${url}?token=secret`, file, { headers: { authorization: 'Bearer secret' } })
    const error = await failed.then(
      () => undefined,
      (error: Error) => error,
    )
    expect(error).toMatchObject({ code: 'http_status', message: expect.stringContaining(sentence) })
    expect(error?.message).not.toContain('secret')
    expect(asked).toHaveLength(1)
    expect(left()).toEqual([])
  })

  test('nobody listens', async () => {
    const nobody = 'http://127.0.0.1:9321/x'
    await expect(download(nobody, file, { tries: 2, ...quick })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/127\.0\.0\.1:9321\/x could not be reached.*Check the connection/),
    })
    await expect(downloadJson(nobody, { tries: 1 })).rejects.toMatchObject({ code: 'network' })
  })

  test('the person stops it: what has arrived is kept', async () => {
    const stop = new AbortController()
    answer = (_, response) => response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1e6))
    const failed = download(url, file, { signal: stop.signal, progress: ({ done }) => done === 1e6 && stop.abort() })
    await expect(failed).rejects.toMatchObject({ code: 'stopped', message: expect.stringContaining('1.0 MB') })
    expect(fs.statSync(`${file}.part`).size).toBe(1e6)
  })

  test('the folder is a file', async () => {
    fs.writeFileSync(file, '')
    await expect(download(url, path.join(file, 'x'))).rejects.toMatchObject({ code: 'not_writable' })
  })
})

describe('a full disk', () => {
  test('is told before the first byte where the length is known, with what is missing', async (context) => {
    using disk = smallDisk(context, 1)
    const failed = download(url, path.join(disk.folder, 'x'), { sha256 })
    await expect(failed).rejects.toMatchObject({ code: 'disk_full', message: expect.stringContaining('2.0 MB more') })
  })

  test('keeps what has arrived, and goes on when there is room', async (context) => {
    using disk = smallDisk(context, 2)
    const target = path.join(disk.folder, 'x')
    answer = (request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
      const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/*` }
      response.writeHead(start > 0 ? 206 : 200, start > 0 ? range : {}).end(bytes.subarray(start))
    }
    await expect(download(url, target, { sha256 })).rejects.toMatchObject({ code: 'disk_full' })
    expect(fs.statSync(`${target}.part`).size).toBeGreaterThan(1_900_000)
    disk.resize(8)
    await download(url, target, { sha256 })
    expect(Number(/\d+/.exec(asked.at(-1)?.range ?? '')?.[0])).toBeGreaterThan(1_900_000)
    expect(fs.readFileSync(target).equals(bytes)).toBe(true)
  })
})
