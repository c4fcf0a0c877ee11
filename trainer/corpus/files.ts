import fs from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { asyncBufferFromFile } from 'hyparquet'
import { EndonymError, messageOf } from '../../core/error.ts'
import type { CorpusOptions, Document } from './corpus.ts'
import { readParquet } from './parquet.ts'

/** Plain text that is longer is taken for several documents: a book, or a file that holds a whole corpus. In characters. */
const documentMost = 20_000

const readable = /\.(?:(txt|jsonl|ndjson)(\.gz|\.zst)?|parquet)$/i

/**
 * The documents of a file or of all files under a folder, in the order of their names.
 *
 * A line of JSONL and a row of parquet are a document each. A txt file is one, or several, cut where lines are empty (or at line ends), where it is long.
 */
export async function* readFiles(place: string, options: CorpusOptions): AsyncGenerator<Document> {
  let files = 0
  for await (const file of under(place)) {
    options.signal?.throwIfAborted()
    files++
    const name = path.relative(path.dirname(place), file)
    try {
      if (/\.parquet$/i.test(file)) yield* readParquet(await asyncBufferFromFile(file), name, options)
      else if (/\.txt(\.gz|\.zst)?$/i.test(file)) yield* readText(open(file), name)
      else yield* readLines(open(file), name, options)
    } catch (cause) {
      if (cause instanceof EndonymError || options.signal?.aborted) throw cause
      throw new EndonymError('corpus_unreadable', `${file} cannot be read: ${messageOf(cause).replace(/\.$/, '')}.`, {
        cause,
      })
    }
  }
  if (files === 0) {
    throw new EndonymError(
      'corpus_missing',
      `There is no text in ${place}: it is looked for in files that end in .txt, .jsonl or .parquet (.txt and .jsonl also as .gz or .zst).`,
      { exitCode: 2 },
    )
  }
}

/** Bytes of the text in a file or folder, packed files as they lie there; 0 where there is none. */
export function bytesUnder(place: string): number {
  const { isDirectory, size } = kindOf(place)
  if (!isDirectory) return size
  return fs
    .readdirSync(place, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || readable.test(entry.name)))
    .reduce((sum, entry) => sum + bytesUnder(path.join(place, entry.name)), 0)
}

function kindOf(place: string): { isDirectory: boolean; size: number } {
  const found = fs.statSync(place, { throwIfNoEntry: false })
  return { isDirectory: found?.isDirectory() === true, size: found?.size ?? 0 }
}

async function* under(place: string): AsyncGenerator<string> {
  if ((await fs.promises.stat(place)).isFile()) {
    yield place
    return
  }
  const entries = await fs.promises.readdir(place, { withFileTypes: true })
  entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  for (const entry of entries) {
    const inside = path.join(place, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) yield* under(inside)
    else if (readable.test(entry.name)) yield inside
  }
}

function open(file: string): Readable {
  const bytes = fs.createReadStream(file, { highWaterMark: 1 << 18 })
  if (!/\.(gz|zst)$/i.test(file)) return bytes.setEncoding('utf8')
  const unpacked = /\.gz$/i.test(file) ? zlib.createGunzip() : zlib.createZstdDecompress()
  bytes.on('error', (error) => unpacked.destroy(error))
  return bytes.pipe(unpacked).setEncoding('utf8')
}

async function* readText(stream: Readable, name: string): AsyncGenerator<Document> {
  let waiting = ''
  let part = 0
  const document = (text: string): Document => ({ text, origin: part++ === 0 ? name : `${name}, part ${part}` })
  for await (const piece of stream) {
    waiting += (piece as string).replaceAll('\r\n', '\n')
    while (waiting.length > 2 * documentMost) {
      const cut = placeToCut(waiting)
      yield document(waiting.slice(0, cut))
      waiting = waiting.slice(cut)
    }
  }
  if (waiting.trim() !== '') yield document(waiting)
}

/** Behind the last empty line of the first part of a text; else behind its last line, sentence or blank. */
function placeToCut(text: string): number {
  const first = text.slice(0, documentMost)
  for (const end of ['\n\n', '\n', '. ', ' ']) {
    const at = first.lastIndexOf(end)
    if (at > documentMost / 4) return at + end.length
  }
  // Never between the halves of a surrogate pair.
  return /[\ud800-\udbff]$/.test(first) ? documentMost - 1 : documentMost
}

async function* readLines(stream: Readable, name: string, { field }: CorpusOptions): AsyncGenerator<Document> {
  let number = 0
  for await (const line of linesOf(stream)) {
    number++
    if (line.trim() !== '')
      yield { text: fieldOf(line, field, `line ${number} of ${name}`), origin: `${name}:${number}` }
  }
}

/** Not by `readline`, which lets errors of its input pass by. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of stream) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest
}

function fieldOf(line: string, field: string, where: string): string {
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch (cause) {
    throw new EndonymError('corpus_unreadable', `The ${where} is not JSON.`, { cause })
  }
  const text = (row as Record<string, unknown> | null)?.[field]
  if (typeof text === 'string') return text
  throw new EndonymError(
    'corpus_unreadable',
    `The ${where} has no text in the field "${field}". Name the field that holds it: --set field=NAME. It has: ${Object.keys(row ?? {}).join(', ')}.`,
    { exitCode: 2 },
  )
}
