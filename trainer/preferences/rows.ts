import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { createRandom } from '../../core/random.ts'
import type { Store } from '../../data/database.ts'
import type { Language } from '../../data/language.ts'
import { readJsonl } from '../../evaluator/folder.ts'
import { dpoRows, ktoRows, leftOutText } from '../../evaluator/sessions/preference-rows.ts'
import { readPreferences } from '../../evaluator/sessions/preferences.ts'
import { createSessions } from '../../evaluator/sessions/sessions.ts'
import type { Message } from '../../models/runtime.ts'
import type { LabelRow, PairRow } from '../engine.ts'
import { type Method, methods } from './settings.ts'

/** Rows of preferences, and what is known of where they came from. */
export type PreferenceRows = {
  rows: PairRow[] | LabelRow[]
  method: Method
  /** The sessions' language; none of a file. */
  language?: Language
  /** How many people preferred each model's answers: 0 where only those of people or of others were. */
  preferred: Map<string, number>
  /** What was left out, for people. */
  notes: string[]
}

const message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
const said = (role: Message['role']) =>
  z.union([z.string().transform((content): Message[] => [{ role, content }]), z.array(message).min(1)])
const model = z.string().nullish()
const shapes = {
  dpo: z.object({
    prompt: said('user'),
    chosen: said('assistant'),
    rejected: said('assistant'),
    chosen_model: model,
    rejected_model: model,
    agreed: z.number().default(1),
  }),
  kto: z.object({
    prompt: said('user'),
    completion: said('assistant'),
    label: z.boolean(),
    model,
    agreed: z.number().default(1),
  }),
} as const

/**
 * Reads what people prefer: of sessions by their ids, whose votes are taken together, or of files as `endonym sessions export --as dpo|kto` writes them (JSONL in TRL's formats).
 *
 * @param asked how it is to be learned; where nobody says, as the files' rows are, and from sessions by DPO.
 * @throws EndonymError `session_not_found`, `rows_invalid`, `no_rows`, `languages_differ`
 */
export async function readPreferenceRows(
  store: Store,
  sources: readonly string[],
  asked?: Method,
): Promise<PreferenceRows> {
  const files = sources.filter((source) => source.endsWith('.jsonl'))
  if (files.length > 0 && files.length < sources.length) {
    throw new EndonymError(
      'usage',
      'Name sessions or files, not both: votes on the same answers are counted together.',
      {
        exitCode: 2,
      },
    )
  }
  const read = files.length > 0 ? await ofFiles(files, asked) : await ofSessions(store, sources, asked ?? 'dpo')
  if (read.rows.length > 0) return read
  throw new EndonymError(
    'no_rows',
    [`There is nothing to train on by ${read.method.toUpperCase()} in ${sources.join(', ')}.`, ...read.notes].join(' '),
    { exitCode: 2 },
  )
}

async function ofSessions(store: Store, ids: readonly string[], method: Method): Promise<PreferenceRows> {
  const sessions = await Promise.all(ids.map((id) => createSessions(store).find(id)))
  const languages = new Map(sessions.map(({ language }) => [language.iso3, language]))
  if (languages.size > 1) {
    throw new EndonymError(
      'languages_differ',
      `These sessions are on ${[...languages.values()].map(({ name }) => name).join(' and ')}: train on one language at a time.`,
      { exitCode: 2 },
    )
  }
  const [language] = languages.values()
  const preferences = await readPreferences(store, sessions)
  const { rows, leftOut } = method === 'dpo' ? dpoRows(preferences) : ktoRows(preferences)
  const note = leftOutText(leftOut)
  return { ...plain(method, rows), ...(language && { language }), notes: note === undefined ? [] : [note] }
}

async function ofFiles(files: readonly string[], asked: Method | undefined): Promise<PreferenceRows> {
  const read = await Promise.all(files.map(async (file) => ({ file, values: await readJsonl(file) })))
  const all = read.flatMap(({ file, values }) => values.map((value, i) => ({ value, at: `row ${i + 1} of ${file}` })))
  const first = all[0]?.value
  const method =
    asked ?? methods.find((name) => shapes[name].safeParse(first).success) ?? (first === undefined ? 'dpo' : undefined)
  if (!method) {
    throw new EndonymError(
      'rows_invalid',
      `The rows of ${files.join(', ')} have neither "prompt", "chosen", "rejected" (DPO) nor "prompt", "completion", "label" (KTO).`,
      { exitCode: 2 },
    )
  }
  const rows = all.map(({ value, at }) => {
    const parsed = shapes[method].safeParse(value)
    if (parsed.success) return parsed.data
    throw new EndonymError(
      'rows_invalid',
      `${at} is no row for ${method.toUpperCase()}: ${z.prettifyError(parsed.error)}`,
      {
        exitCode: 2,
      },
    )
  })
  return { ...plain(method, rows), notes: [] }
}

type Read = z.output<typeof shapes.dpo> | z.output<typeof shapes.kto>

/** The columns that are trained on, and whose answers were preferred. */
function plain(method: Method, rows: readonly Read[]): Omit<PreferenceRows, 'notes'> {
  const preferred = new Map<string, number>()
  for (const row of rows) {
    const [better, worse] =
      'chosen' in row ? [row.chosen_model, row.rejected_model] : row.label ? [row.model] : [null, row.model]
    if (better) preferred.set(better, (preferred.get(better) ?? 0) + row.agreed)
    if (worse) preferred.set(worse, preferred.get(worse) ?? 0)
  }
  return {
    method,
    preferred,
    rows: rows.map((row) =>
      'chosen' in row
        ? { prompt: row.prompt, chosen: row.chosen, rejected: row.rejected }
        : { prompt: row.prompt, completion: row.completion, label: row.label },
    ) as PairRow[] | LabelRow[],
  }
}

/**
 * Shuffles rows and holds some out: all rows on some questions, so that nothing of what is measured was trained on. Where there are fewer than four questions, none is held out.
 *
 * @param share of the questions
 */
export function splitRows<Row extends { prompt: Message[] }>(
  rows: readonly Row[],
  share: number,
  seed: number,
): { train: Row[]; heldOut: Row[] } {
  const random = createRandom(`preferences ${seed}`)
  const question = ({ prompt }: Row) => prompt.find(({ role }) => role === 'user')?.content ?? ''
  const questions = random.fork('questions').shuffle([...new Set(rows.map(question))])
  const held = new Set(
    share === 0 || questions.length < fewestQuestions
      ? []
      : questions.slice(0, Math.max(1, Math.round(questions.length * share))),
  )
  const shuffled = random.fork('rows').shuffle(rows)
  return {
    train: shuffled.filter((row) => !held.has(question(row))),
    heldOut: shuffled.filter((row) => held.has(question(row))),
  }
}

const fewestQuestions = 4
