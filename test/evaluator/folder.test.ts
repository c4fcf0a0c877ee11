import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFolder } from '../../evaluator/folder.ts'
import { parquet } from './dataset-server.ts'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-folder-'))
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

function put(file: string, content: string | Buffer): string {
  const place = path.join(dir, file)
  fs.mkdirSync(path.dirname(place), { recursive: true })
  fs.writeFileSync(place, content)
  return place
}

const rows = [
  { id: 1, text: 'O gato dorme.' },
  { id: 2, text: 'Chove.' },
]
const columns = ['id', 'text']

describe('openFolder', () => {
  it.each(['owner/set/glg_Latn/test/0.parquet', 'datasets/owner/set/glg_Latn/test/0.parquet'])(
    'reads parquet files where the hub would have them: %s',
    async (file) => {
      put(file, parquet(rows))
      expect(await openFolder(dir).rows('owner/set', 'glg_Latn', 'test', { columns })).toEqual(rows)
      expect(await openFolder(dir).rows('owner/set', 'glg_Latn', 'test', { columns, limit: 1 })).toEqual([rows[0]])
      expect(await openFolder(dir).configs('owner/set')).toEqual(['glg_Latn'])
    },
  )

  it.each(['owner/set/gl/test.jsonl', 'owner/set/gl/test/a.jsonl'])('reads JSONL: %s', async (file) => {
    put(file, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n\n`)
    expect(await openFolder(dir).rows('owner/set', 'gl', 'test', { columns })).toEqual(rows)
  })

  it('reads several files in the order of their numbers', async () => {
    for (const nth of [10, 2, 1]) put(`owner/set/gl/test/${nth}.parquet`, parquet([{ id: nth, text: 'x' }]))
    const found = await openFolder(dir).rows('owner/set', 'gl', 'test', { columns })
    expect(found.map(({ id }) => id)).toEqual([1, 2, 10])
  })

  it('says what is not there, and what cannot be read', async () => {
    put('owner/set/gl/test.jsonl', '{"id": 1}\nnot JSON\n')
    const cut = put('owner/cut/gl/test/0.parquet', parquet(rows).subarray(0, -6))
    const read = (dataset: string, config: string) => openFolder(dir).rows(dataset, config, 'test', { columns })
    await expect(read('owner/other', 'gl')).rejects.toMatchObject({
      code: 'hub_dataset_unknown',
      message: expect.stringContaining(path.join(dir, 'owner/other')),
    })
    await expect(read('owner/set', 'pt')).rejects.toMatchObject({ code: 'hub_dataset_unknown' })
    await expect(read('owner/set', 'gl')).rejects.toMatchObject({
      message: expect.stringMatching(/^Line 2 of .* is not/),
    })
    await expect(read('owner/cut', 'gl')).rejects.toMatchObject({
      code: 'hub_dataset_unreadable',
      message: expect.stringContaining(cut),
    })
  })
})
