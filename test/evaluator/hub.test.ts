import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { flores } from '../../evaluator/benchmarks/flores.ts'
import { openHub } from '../../evaluator/hub.ts'
import { serveDataSets } from './dataset-server.ts'
import { english, galician, klingon } from './languages.ts'

const texts = {
  eng_Latn: ['The cat sleeps.', 'Rain falls on the town.', 'Nobody knows.'],
  glg_Latn: ['O gato dorme.', 'A chuvia cae sobre a vila.', 'Ninguén o sabe.'],
}

const startHub = () =>
  serveDataSets({
    'openlanguagedata/flores_plus': Object.fromEntries(
      Object.entries(texts).map(([config, sentences]) => [
        config,
        { devtest: sentences.map((text, i) => ({ id: i + 1, text, url: 'x'.repeat(1000) })) },
      ]),
    ),
  })

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
    const kept = fs.existsSync(path.join(cache, 'datasets')) ? fs.readdirSync(path.join(cache, 'datasets')) : []
    expect(kept.filter((name) => !/-none\.json/.test(name))).toEqual([])
  })

  it('explains a network that is not there, and a file that breaks off', async () => {
    const away = openHub({ cache, endpoint: 'http://127.0.0.1:1' })
    await expect(away.rows('a/b', 'c', 'd', { columns })).rejects.toMatchObject({ code: 'network' })
    hub.state.cut = true
    const broken = open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    await expect(broken).rejects.toMatchObject({ code: expect.stringMatching(/^(network|hub_dataset_unreadable)$/) })
    expect(fs.existsSync(path.join(cache, 'datasets'))).toBe(false)
  })

  it('explains a parquet file that was cut off', async () => {
    hub.state.truncated = true
    const failure = open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    await expect(failure).rejects.toMatchObject({
      code: 'hub_dataset_unreadable',
      message: expect.stringMatching(
        /^The data set .* cannot be read, because its parquet file is damaged, cut off .*\.$/,
      ),
    })
  })

  it.each(['', '.sha256'])('fetches a damaged file of its cache again (%s)', async (end) => {
    const read = () => open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    const rows = await read()
    const folder = path.join(cache, 'datasets')
    const [name] = fs.readdirSync(folder).filter((each) => each.endsWith('.json'))
    const file = path.join(folder, name + end)
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/[0-9a-f]/, 'x'))
    hub.requests.length = 0
    expect(await read()).toEqual(rows)
    expect(hub.requests.length).toBeGreaterThan(0)
    hub.requests.length = 0
    expect(await read()).toEqual(rows)
    expect(hub.requests).toEqual([])
  })

  it('takes fewer rows from a cache that has them all', async () => {
    await open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns })
    hub.requests.length = 0
    const two = await open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'devtest', { columns, limit: 2 })
    expect(two.map(({ text }) => text)).toEqual(texts.glg_Latn.slice(0, 2))
    expect(hub.requests).toEqual([])
  })

  it('knows without a network that a split is not there', async () => {
    const split = () => open().rows('openlanguagedata/flores_plus', 'glg_Latn', 'train', { columns })
    await expect(split()).rejects.toMatchObject({ code: 'hub_dataset_unknown' })
    hub.state.status = 503
    await expect(split()).rejects.toMatchObject({ code: 'hub_dataset_unknown', message: /no parquet files/ })
    hub.state.status = 403
    await expect(split()).rejects.toMatchObject({ code: 'hub_dataset_gated' })
  })

  it('lists the configurations, and without the hub those that it knew', async () => {
    expect(await open().configs('openlanguagedata/flores_plus')).toEqual(['eng_Latn', 'glg_Latn'])
    hub.state.status = 500
    expect(await open().configs('openlanguagedata/flores_plus')).toEqual(['eng_Latn', 'glg_Latn'])
    hub.state.status = 403
    await expect(open().configs('owner/gated')).rejects.toMatchObject({ code: 'hub_dataset_gated' })
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
