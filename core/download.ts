import fs from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EndonymError, messageOf } from './error.ts'
import { commitFile, diskFull, formatBytes, freeSpace, writeError } from './files.ts'
import { sha256File } from './hash.ts'
import { type Progress, silent } from './progress.ts'

export type DownloadOptions = {
  /** What the file must be. Without it only the length is checked. */
  sha256?: string
  headers?: Record<string, string>
  /** Told the bytes that the file has, those of earlier tries included. */
  progress?: Progress
  signal?: AbortSignal
  /** Tries in a row that may bring not one byte. (4) */
  tries?: number
  /** Milliseconds before the second try; doubled for each further one. (500) */
  delay?: number
  /** Milliseconds without a byte after which a connection counts as lost. (60,000) */
  stall?: number
}

/**
 * Downloads a file so that it is either whole or not there.
 *
 * What has arrived is kept in `<file>.part` and continued by the next call, in this process or a later one, with a Range request that holds only while the
 * server's file is the same (If-Range); a server that knows no ranges starts over. Lost connections are tried again with growing pauses.
 * At the end the SHA-256 is checked, the bytes are on disk, and the file gets its name. Two processes must not download the same file at once.
 *
 * @throws EndonymError `network`, `http_status`, `download_corrupt`, `disk_full`, `not_writable`, `stopped`
 * @example await download('https://example.org/model.gguf', '/tmp/model.gguf', { sha256, progress })
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const { sha256, signal, tries = 4, delay = 500 } = options
  if (sha256 && (await sha256OrNone(file)) === sha256) return
  const part = `${file}.part`
  for (let failures = 0; ; ) {
    const before = await sizeOf(part)
    try {
      await fetchRest(url, part, options)
      break
    } catch (error) {
      const size = await sizeOf(part)
      if (signal?.aborted)
        throw new EndonymError(
          'stopped',
          `The download of ${place(url)} was stopped. The same command goes on from ${formatBytes(size)}.`,
          { cause: error },
        )
      if (!(error instanceof Fault)) throw writeError(error, part)
      failures = size > before ? 1 : failures + 1
      if (failures >= tries) throw error.sentence(url, size)
      await sleep(error.wait ?? delay * 2 ** (failures - 1), undefined, signal ? { signal } : {}).catch(() => {})
    }
  }
  if (sha256) {
    const actual = await sha256File(part)
    if (actual !== sha256) {
      await discard(part)
      throw new EndonymError(
        'download_corrupt',
        `What was downloaded from ${place(url)} is not the file that it should be: its SHA-256 is ${actual}, not ${sha256}. It was deleted; run the same command again.`,
      )
    }
  }
  try {
    await commitFile(part, file)
  } catch (error) {
    throw writeError(error, file)
  }
  await fs.rm(notes(part), { force: true })
}

/**
 * Fetches a small JSON document, with the same tries and the same sentences as `download`.
 *
 * @throws EndonymError `network`, `http_status`, `not_json`, `stopped`
 */
export async function downloadJson(
  url: string,
  options: Omit<DownloadOptions, 'sha256' | 'progress'> = {},
): Promise<unknown> {
  const { headers = {}, signal, tries = 4, delay = 500 } = options
  for (let failures = 1; ; failures++) {
    try {
      const response = await request(
        url,
        headers,
        AbortSignal.any([AbortSignal.timeout(30_000), ...(signal ? [signal] : [])]),
      )
      return parseJson(url, await response.text())
    } catch (error) {
      if (signal?.aborted)
        throw new EndonymError('stopped', `The request to ${place(url)} was stopped.`, { cause: error })
      if (error instanceof EndonymError) throw error
      const fault = error instanceof Fault ? error : new Fault(error)
      if (failures >= tries) throw fault.sentence(url, 0)
      await sleep(fault.wait ?? delay * 2 ** (failures - 1), undefined, signal ? { signal } : {}).catch(() => {})
    }
  }
}

function parseJson(url: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EndonymError('not_json', `${place(url)} did not answer with JSON. Check the address.`, { cause })
  }
}

/** Something that may pass: the connection, or a server that is busy. */
class Fault extends Error {
  readonly wait: number | undefined

  constructor(cause: unknown, wait?: number) {
    super(reason(cause), { cause })
    this.wait = wait
  }

  sentence(url: string, kept: number): EndonymError {
    const keeps = kept > 0 ? ` What has arrived (${formatBytes(kept)}) is kept.` : ''
    return new EndonymError(
      'network',
      `${place(url)} could not be reached or broke off (${this.message}). Check the connection and run the same command again.${keeps}`,
      { cause: this.cause },
    )
  }
}

/** What lies behind fetch's "fetch failed". */
function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = (inner as NodeJS.ErrnoException | undefined)?.code
  return messageOf(inner) || code || 'no answer'
}

/** One request; what it brings is appended to `part`. Returns when the part is complete. */
async function fetchRest(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { headers = {}, progress = silent, signal, stall = 60_000, sha256 } = options
  let have = await sizeOf(part)
  const validator = await fs.readFile(notes(part), 'utf8').catch(() => '')
  // Without a validator only the SHA-256 can tell whether the pieces belong together.
  if (!validator && !sha256) have = 0
  const idle = new AbortController()
  const timer = setTimeout(() => idle.abort(new Error('no byte came for a while')), stall)
  try {
    const response = await request(
      url,
      {
        ...headers,
        'accept-encoding': 'identity',
        ...(have > 0 && { range: `bytes=${have}-`, ...(validator && { 'if-range': validator }) }),
      },
      AbortSignal.any([idle.signal, ...(signal ? [signal] : [])]),
    )
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
    if (response.status === 416) {
      // Asked for what follows the last byte: the part is whole, or belongs to another file.
      if (range && Number(range[2]) === have) return
      await discard(part)
      throw new Fault(new Error('the file there has changed'), 0)
    }
    if (response.status !== 206) have = 0
    else if (Number(range?.[1]) !== have) {
      await discard(part)
      throw new Fault(new Error('another range came than was asked for'), 0)
    }
    const length = response.headers.get('content-length')
    const total = range && range[2] !== '*' ? Number(range[2]) : length === null ? undefined : have + Number(length)
    if (response.status === 200) await note(part, response)
    if (total !== undefined) {
      const free = await freeSpace(path.dirname(part))
      if (free < total - have) throw diskFull(part, total - have - free)
    }
    await append(response, part, have, total, (done) => {
      timer.refresh()
      progress({ stage: 'download', done, ...(total !== undefined && { total }), unit: 'bytes' })
    })
  } finally {
    clearTimeout(timer)
  }
}

/** Sends the request; gives back 200, 206 and 416, and throws for everything else. */
async function request(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { headers, signal })
  } catch (error) {
    throw new Fault(error)
  }
  if ([200, 206, 416].includes(response.status)) return response
  await response.body?.cancel()
  const { status } = response
  if (status === 429 || status === 408 || status >= 500) {
    const after = Number(response.headers.get('retry-after') ?? Number.NaN)
    throw new Fault(
      new Error(`HTTP ${status} ${response.statusText}`.trim()),
      after > 0 ? Math.min(after, 60) * 1000 : undefined,
    )
  }
  throw new EndonymError('http_status', statusSentence(url, status))
}

function statusSentence(url: string, status: number): string {
  if (status === 401 || status === 403)
    return `${place(url)} may not be read (HTTP ${status}). Ask its owner for access, or accept its terms on its page, and set HF_TOKEN to a token that has it.`
  if (status === 404 || status === 410) return `There is nothing at ${place(url)} (HTTP ${status}). Check the address.`
  return `${place(url)} answered with HTTP ${status}. Check the address.`
}

/** Writes the body behind the first `have` bytes of the part. */
async function append(
  response: Response,
  part: string,
  have: number,
  total: number | undefined,
  tell: (done: number) => void,
): Promise<void> {
  if (!response.body) throw new Fault(new Error('an empty answer'))
  const handle = await fs.open(part, have > 0 ? 'r+' : 'w')
  let done = have
  try {
    const chunks = response.body.getReader()
    for (;;) {
      const { done: ended, value } = await chunks.read().catch((error: unknown) => {
        throw new Fault(error)
      })
      if (ended) break
      await writeAll(handle, value, done).catch((error: unknown) => {
        void chunks.cancel().catch(() => {})
        throw writeError(error, part, total === undefined ? undefined : total - done)
      })
      done += value.length
      tell(done)
    }
  } finally {
    await handle.close()
  }
  if (total !== undefined && done !== total) throw new Fault(new Error(`${done} of ${total} bytes came`))
}

/** A write may take fewer bytes than it is given, as one on a disk that is nearly full does. */
async function writeAll(handle: fs.FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

/** Where the validator of a part is kept: a strong ETag, else Last-Modified. */
function notes(part: string): string {
  return `${part}.etag`
}

async function note(part: string, response: Response): Promise<void> {
  const etag = response.headers.get('etag')
  const validator = etag && !etag.startsWith('W/') ? etag : response.headers.get('last-modified')
  // The old bytes go first: they must never stand beside the new validator.
  await fs.rm(part, { force: true })
  if (validator) await fs.writeFile(notes(part), validator)
  else await fs.rm(notes(part), { force: true })
}

async function discard(part: string): Promise<void> {
  await fs.rm(part, { force: true })
  await fs.rm(notes(part), { force: true })
}

/** The address without what may be secret in it: user, password and query. */
function place(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

async function sizeOf(file: string): Promise<number> {
  return await fs.stat(file).then(
    (stat) => stat.size,
    () => 0,
  )
}

async function sha256OrNone(file: string): Promise<string | undefined> {
  return await sha256File(file).catch(() => undefined)
}
