import fs from 'node:fs'
import readline from 'node:readline'
import { sql } from 'kysely'
import { z } from 'zod'
import { EndonymError, messageOf } from '../core/error.ts'
import { sha256 } from '../core/hash.ts'
import type { Store } from '../data/database.ts'
import type { NewCompletion } from '../data/schema.ts'

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
  const input = fs.createReadStream(file)
  try {
    for await (const line of readline.createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      signal?.throwIfAborted()
      lines++
      if (line.trim() === '') continue
      waiting.push(parse(line, file, lines))
      if (waiting.length >= batch) await write()
    }
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause
    throw new EndonymError('file_unreadable', `The recording ${file} cannot be read: ${cause.message}.`, {
      cause,
      exitCode: 2,
    })
  } finally {
    input.destroy()
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
