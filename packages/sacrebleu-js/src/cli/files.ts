import fs from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { trimEnd } from '../text.ts'
import { UsageError } from './arguments.ts'

/** A text file's lines without the white space at their ends; only a line feed ends a line. Files that end in `.gz` are unpacked. */
export function readLines(file: string, encoding: string): string[] {
  let bytes: Buffer
  try {
    bytes = fs.readFileSync(file)
    if (file.endsWith('.gz')) bytes = gunzipSync(bytes)
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}.`)
  }
  return lines(decode(bytes, encoding, file)).map(trimEnd)
}

/** The systems on the standard input, tab-separated. There, as in Python, a carriage return ends a line too. */
export function readSystems(encoding: string): string[][] {
  const text = decode(fs.readFileSync(0), encoding, 'The standard input').replaceAll(/\r\n?/gu, '\n')
  const [first = '', ...rest] = lines(text)
  const systems = trimEnd(first)
    .split('\t')
    .map((segment) => [segment])
  for (const line of rest) {
    const segments = trimEnd(line).split('\t')
    if (segments.length !== systems.length) {
      throw new UsageError('FATAL: the number of tab-delimited fields in the input stream differ across lines.', 17)
    }
    for (const [i, segment] of segments.entries()) systems[i]?.push(trimEnd(segment))
  }
  return systems
}

/** A file's references: one, or as many as are separated by tabs; the last keeps what tabs are left. */
export function readReferences(file: string, count: number, encoding: string): string[][] {
  const streams: string[][] = Array.from({ length: count }, () => [])
  for (const [i, line] of readLines(file, encoding).entries()) {
    const parts = line.split('\t')
    const fields =
      count === 1
        ? [line]
        : [...parts.slice(0, count - 1), ...(parts.length >= count ? [parts.slice(count - 1).join('\t')] : [])]
    if (fields.length !== count) {
      throw new UsageError(`FATAL: line ${i + 1}: expected ${count} fields, but found ${fields.length}.`, 17)
    }
    for (const [stream, field] of fields.entries()) streams[stream]?.push(field)
  }
  return streams
}

function lines(text: string): string[] {
  const found = text.split('\n')
  if (found.at(-1) === '') found.pop()
  return found
}

function decode(bytes: Buffer, encoding: string, name: string): string {
  const decoder = createDecoder(encoding)
  try {
    return decoder.decode(bytes)
  } catch {
    throw new UsageError(`${name} is not encoded in ${encoding}: convert it, or name its encoding with --encoding.`)
  }
}

function createDecoder(encoding: string) {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  } catch {
    throw new UsageError(
      `There is no encoding "${encoding}": give one that the Encoding standard names, such as utf-8 or iso-8859-2.`,
    )
  }
}
