import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { flores } from '../../evaluator/benchmarks/flores.ts'
import { openHub } from '../../evaluator/hub.ts'
import { english, galician, klingon } from './languages.ts'

const texts = {
  eng_Latn: ['The cat sleeps.', 'Rain falls on the town.', 'Nobody knows.'],
  glg_Latn: ['O gato dorme.', 'A chuvia cae sobre a vila.', 'Ninguén o sabe.'],
}

/** A hub on loopback that speaks the real one's wire format: the listing of a split's parquet files, and the files with range requests. */
async function startHub() {
  const files = new Map<string, Buffer>()
  const requests: { url: string; method: string; range: string | undefined; authorization: string | undefined }[] = []
  const state = { status: 200, cut: false }
  for (const [config, rows] of Object.entries(texts)) {
    const flores = parquetWriteBuffer({
      columnData: [
        { name: 'id', data: rows.map((_, i) => BigInt(i + 1)), type: 'INT64' },
        { name: 'text', data: rows, type: 'STRING' },
        { name: 'url', data: rows.map(() => 'x'.repeat(1000)), type: 'STRING' },
      ],
    })
    files.set(`/files/openlanguagedata/flores_plus/${config}/devtest/0.parquet`, Buffer.from(flores))
    for (const split of ['train', 'test']) {
      const sib = parquetWriteBuffer({
        columnData: [
          { name: 'index_id', data: rows.map((_, i) => BigInt(i)), type: 'INT64' },
          { name: 'category', data: ['health', 'geography', 'politics'], type: 'STRING' },
          { name: 'text', data: rows, type: 'STRING' },
        ],
      })
      files.set(`/files/Davlan/sib200/${config}/${split}/0.parquet`, Buffer.from(sib))
    }
  }
  const server = http.createServer((request, response) => {
    const { url = '', method = '', headers } = request
    requests.push({ url, method, range: headers.range, authorization: headers.authorization })
    if (state.status !== 200) return response.writeHead(state.status).end('{}')
    const asked = /^\/api\/datasets\/(.+)\/parquet\/(.+)$/.exec(url)
    if (asked) {
      const found = [...files.keys()].filter((file) => file.startsWith(`/files/${asked[1]}/${asked[2]}/`))
      response.writeHead(found.length > 0 ? 200 : 404, { 'content-type': 'application/json' })
      return response.end(JSON.stringify(found.map((file) => `http://${headers.host}${file}`)))
    }
    const bytes = files.get(url)
    if (!bytes) return response.writeHead(404).end()
    const range = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '')
    const start = !range ? 0 : range[1] === '' ? bytes.length - Number(range[2]) : Number(range[1])
    const end = !range || range[1] === '' || range[2] === '' ? bytes.length - 1 : Number(range[2])
    const body = bytes.subarray(start, end + 1)
    response.writeHead(range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-length': body.length,
      ...(range && { 'content-range': `bytes ${start}-${end}/${bytes.length}` }),
    })
    if (method === 'HEAD') return response.end()
    if (!state.cut) return response.end(body)
    response.write(body.subarray(0, 3))
    return response.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { endpoint, requests, state, stop }
}

let hub: Awaited<ReturnType<typeof startHub>>
let cache: string
beforeEach(async () => {
  hub = await startHub()
  cache = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-hub-'))
})
afterEach(async () => {
  await hub.stop()
  fs.rmSync(cache, { recursive: true })
})
const open = (token?: string) => openHub({ cache, endpoint: hub.endpoint, token })
const columns = ['id', 'text']

describe('openHub', () => {
  it('reads columns of a split, and the second time from its cache, without the hub', async () => {
    const rows = await open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    expect(rows).toEqual(texts.glg_Latn.map((text, i) => ({ id: i + 1, text })))
    const asked = hub.requests.length
    hub.state.status = 500
    expect(await open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })).toEqual(rows)
    expect(hub.requests).toHaveLength(asked)
  })

  it('reads no more rows than are wanted', async () => {
    const rows = await open().rows('openlanguagedata/flores_plus', 'eng_Latn', 'devtest', { columns, limit: 2 })
    expect(rows.map(({ text }) => text)).toEqual(texts.eng_Latn.slice(0, 2))
  })

  it('sends the token to the hub alone', async () => {
    await open('hf_secret').rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    expect(new Set(hub.requests.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer hf_secret']))
    const elsewhere = await startHub()
    const listing = http.createServer((_, response) =>
      response.end(
        JSON.stringify([`${elsewhere.endpoint}/files/openlanguagedata/flores_plus/glg_Latn/devtest/0.parquet`]),
      ),
    )
    await new Promise<void>((resolve) => listing.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(listing.address() as AddressInfo).port}`
    await openHub({ cache, endpoint, token: 'hf_secret' }).rows('a/b', 'c', 'd', { columns })
    expect(elsewhere.requests.map(({ authorization }) => authorization).filter(Boolean)).toEqual([])
    listing.close()
    await elsewhere.stop()
  })

  it.each([
    [401, 'hub_dataset_gated', /accept its terms/],
    [403, 'hub_dataset_gated', /HF_TOKEN/],
    [404, 'hub_dataset_unknown', /no parquet files/],
  ])('explains HTTP %i in a sentence, without the token', async (status, code, sentence) => {
    hub.state.status = status
    const failure = open('hf_secret').rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) })
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('hf_secret') })
    expect(fs.existsSync(path.join(cache, 'datasets'))).toBe(false)
  })

  it('explains a network that is not there, and a file that breaks off', async () => {
    const away = openHub({ cache, endpoint: 'http://127.0.0.1:1' })
    await expect(away.rows('a/b', 'c', 'd', { columns })).rejects.toMatchObject({ code: 'network' })
    hub.state.cut = true
    const broken = open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    await expect(broken).rejects.toMatchObject({ code: expect.stringMatching(/^(network|hub_dataset_unreadable)$/) })
    expect(fs.existsSync(path.join(cache, 'datasets'))).toBe(false)
  })
})

describe('benchmarks of the hub', () => {
  it('FLORES asks for a translation and compares it with the human one', async () => {
    const [item] = await flores(english, galician, { hub: open() }).items()
    if (!item || !('messages' in item)) throw new Error('not a chat item')
    expect(item.messages).toEqual([{ role: 'user', content: 'Translate from English to Galician:\n\nThe cat sleeps.' }])
    const [, expected, matches] = item.count({ text: 'O gato dorme.', finishReason: 'stop' })
    expect(matches).toBe(expected)
  })

  it('says when a language is not in them', async () => {
    await expect(flores(english, klingon, { hub: open() }).items()).rejects.toMatchObject({
      code: 'benchmark_lacks_language',
      message: expect.stringContaining('Klingon'),
    })
  })
})
