import fs from 'node:fs'
import readline from 'node:readline'
import zlib from 'node:zlib'
import { sql } from 'kysely'
import { z } from 'zod'
import { EndonymError, messageOf } from '../core/error.ts'
import { sha256 } from '../core/hash.ts'
import type { Store } from '../data/database.ts'
import type { NewCompletion } from '../data/schema.ts'
import type { RunWish } from './distill.ts'
import { scales } from './recipe.ts'

/** Lines written in one transaction. */
const batch = 200

const tokens = z.int().nonnegative()
const lineSchema = z.strictObject({
  hash: z.string(),
  kind: z.string(),
  source: z.string(),
  request: z.json(),
  response: z.json(),
  prompt_tokens: tokens,
  completion_tokens: tokens,
  seconds: z.number().nonnegative(),
  price: z.number().nonnegative(),
  created_at: z.iso.datetime(),
})

/** A line of a recording: a row of table `completions`. */
export type RecordingLine = z.infer<typeof lineSchema>

const headerSchema = z.strictObject({
  /** Version of the format. */
  recording: z.literal(1),
  /** For people: what this is, and how it was made. */
  about: z.string(),
  recipe: z.string(),
  /** ISO 639-3. */
  language: z.string(),
  scale: z.enum(scales),
  /** The settings of the recipe, all of them. */
  options: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Under what names the answers are remembered. */
  teacher: z.string(),
  translator: z.string(),
})

/** The first line of a recording: what it is, and what a run must be to be answered by it. Older recordings have none. */
export type RecordingHeader = z.infer<typeof headerSchema>

/** The header of a run's recording. */
export async function headerOf(store: Store, run: string): Promise<RecordingHeader> {
  const { options_json, recipe, language, created_at } = await store
    .selectFrom('runs')
    .select(['options_json', 'recipe', 'language', 'created_at'])
    .where('id', '=', run)
    .executeTakeFirstOrThrow()
  const wish = JSON.parse(options_json) as Pick<RunWish, 'scale' | 'options'>
  const asked = async (kind: string) => {
    const row = await store
      .selectFrom('completions')
      .select('source')
      .where('kind', '=', kind)
      .where(
        sql<boolean>`hash in (select each.value from examples, json_each(examples.requests_json) as each where examples.run = ${run})`,
      )
      .limit(1)
      .executeTakeFirst()
    return row?.source ?? 'nobody'
  }
  const teacher = await asked('teacher')
  return {
    recording: 1,
    about: `What ${teacher} answered for the run ${run}, begun on ${created_at.slice(0, 10)}.`,
    recipe,
    language,
    scale: wish.scale,
    options: wish.options as RecordingHeader['options'],
    teacher,
    translator: await asked('translation'),
  }
}

/** The header of a recording. @throws EndonymError `file_unreadable`, `recording_damaged` */
export async function readRecordingHeader(file: string): Promise<RecordingHeader> {
  for await (const line of linesOf(file)) {
    try {
      return headerSchema.parse(JSON.parse(line))
    } catch (cause) {
      throw new EndonymError(
        'recording_damaged',
        `${file} cannot be replayed: its first line does not say what it is a recording of. Make one with: endonym runs <id> --export-memory FILE.`,
        { cause, exitCode: 2 },
      )
    }
  }
  throw new EndonymError('recording_damaged', `${file} is empty.`, { exitCode: 2 })
}

/** The lines of a text file, which may be compressed. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const input = fs.createReadStream(file)
  const text = file.endsWith('.gz') ? input.pipe(zlib.createGunzip()) : input
  input.on('error', (error) => text.destroy(error))
  try {
    yield* readline.createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause || 'errno' in cause)) throw cause
    throw new EndonymError('file_unreadable', `The recording ${file} cannot be read: ${cause.message}.`, {
      cause,
      exitCode: 2,
    })
  } finally {
    input.destroy()
  }
}

/**
 * What teachers, translators and models under test answered for a run, as a recording that another home can replay: what its examples were made from, and whatever else was asked while it ran.
 * In constant memory.
 */
export async function* recordingOf(store: Store, run: string): AsyncGenerator<RecordingLine> {
  const { status, created_at, updated_at } = await store
    .selectFrom('runs')
    .select(['status', 'created_at', 'updated_at'])
    .where('id', '=', run)
    .executeTakeFirstOrThrow()
  const ended = status === 'done' ? updated_at : new Date().toISOString()
  const query = store
    .selectFrom('completions')
    .selectAll()
    .where(
      sql<boolean>`hash in (
        select each.value from examples, json_each(examples.requests_json) as each where examples.run = ${run}
        union select hash from completions where created_at between ${created_at} and ${ended}
      )`,
    )
    .orderBy('hash')
  for await (const row of query.stream()) {
    const { request_json, response_json, ...fields } = row
    yield { ...fields, request: JSON.parse(request_json), response: JSON.parse(response_json) }
  }
}

/**
 * Puts a recording back into memory; what is there already stays as it is, so doing it twice changes nothing.
 *
 * Each line's hash is checked against its request: a recording that was edited cannot answer for another question.
 *
 * @returns how many lines it has, and how many were new.
 * @throws EndonymError `file_unreadable`, `recording_damaged` with the number of the line; the lines before it are in.
 */
export async function importRecording(
  store: Store,
  file: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<{ lines: number; added: number }> {
  let place = 0
  let lines = 0
  let added = 0
  let waiting: NewCompletion[] = []
  const write = async () => {
    const rows = waiting
    waiting = []
    if (rows.length === 0) return
    const { numInsertedOrUpdatedRows = 0n } = await store
      .insertInto('completions')
      .values(rows)
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .executeTakeFirst()
    added += Number(numInsertedOrUpdatedRows)
  }
  try {
    for await (const line of linesOf(file)) {
      signal?.throwIfAborted()
      place++
      if (place === 1 && line.startsWith('{"recording":')) continue
      lines++
      if (line.trim() === '') continue
      waiting.push(parse(line, file, place))
      if (waiting.length >= batch) await write()
    }
  } finally {
    await write()
  }
  return { lines, added }
}

function parse(line: string, file: string, number: number): NewCompletion {
  try {
    const { request, response, ...fields } = lineSchema.parse(JSON.parse(line))
    const hash = sha256({ kind: fields.kind, source: fields.source, request })
    if (hash !== fields.hash) throw new Error('its hash is not that of its request')
    return { ...fields, request_json: JSON.stringify(request), response_json: JSON.stringify(response) }
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)
    throw new EndonymError('recording_damaged', `Line ${number} of ${file} is no line of a recording: ${reason}.`, {
      cause,
    })
  }
}
