import crypto from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { type Generated, Kysely, SqliteDialect, type Transaction } from 'kysely'
import { EndonymError } from '../core/error.ts'

/** What a chat waits for from its person, other than a question to the model. */
export type Mode =
  | { kind: 'chat' }
  | { kind: 'naming' }
  | { kind: 'correcting'; turn: number }
  /** A question for two models of a session. */
  | { kind: 'asking'; session: string }
  /** Somebody came by the link of a session, and has not agreed to anything yet. */
  | { kind: 'invited'; session: string }

type Schema = {
  people: { id: string; secret: string; consented_at: string | null }
  chats: {
    id: string
    is_group: number
    /** BCP-47 of the language that the models speak here. */
    language: string | null
    mode_json: string
    gone: number
  }
  updates: {
    seq: Generated<number>
    id: string
    /** The rest is null when it has been answered: all that is remembered then is that it came. */
    chat: string | null
    order: number | null
    update_json: string | null
    /** What must be known if it is taken up again. */
    notes_json: string | null
    /** `new`: to be answered. `answered`: what it is answered with is written down, and is being sent. */
    state: 'new' | 'answered' | 'done'
    received_at: string
  }
  /** What is sent: written down before it is. */
  messages: {
    seq: Generated<number>
    update_seq: number
    nth: number
    message_json: string | null
    /** `open`: it is being written, and what is seen of it is not the whole. `sending`: the platform may have it or not. */
    state: 'open' | 'ready' | 'sending' | 'sent' | 'remove'
    platform_id: string | null
  }
  turns: {
    seq: Generated<number>
    chat: string
    person: string
    question: string
    answer: string
    model: string
    created_at: string
  }
  /** What people said of single answers, as it was given to the server. */
  marks: {
    id: string
    turn: number
    person: string
    thumb: string | null
    flags_json: string
    correction: string | null
  }
  raters: { person: string; session: string; token: string; name: string; language: string; standing: number }
  tasks: {
    seq: Generated<number>
    person: string
    session: string
    task: string
    kind: string
    receipts_json: string
    scales_json: string
    shown_at: string
  }
}

export type BotStore = Kysely<Schema>
export type BotTransaction = Transaction<Schema>
export type MessageRow = {
  seq: number
  nth: number
  message_json: string | null
  state: string
  platform_id: string | null
}

/**
 * Opens a bot's own database: who agreed to what, conversations, and what was received and sent.
 *
 * @throws EndonymError `database_unusable`
 */
export function openBotStore(file: string): BotStore {
  try {
    const sqlite = new Sqlite(file, { timeout: 10_000 })
    sqlite.pragma('journal_mode = WAL')
    sqlite.pragma('synchronous = NORMAL')
    sqlite.pragma('foreign_keys = ON')
    // What was deleted is overwritten, and does not stay in the file's free pages.
    sqlite.pragma('secure_delete = ON')
    sqlite.exec(tables)
    return new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) })
  } catch (cause) {
    throw new EndonymError(
      'database_unusable',
      `The bot's database ${file} cannot be opened: ${(cause as Error).message}.`,
      {
        cause,
      },
    )
  }
}

const tables = `
CREATE TABLE IF NOT EXISTS people (id TEXT PRIMARY KEY, secret TEXT NOT NULL, consented_at TEXT);
CREATE TABLE IF NOT EXISTS chats (
  id TEXT PRIMARY KEY, is_group INTEGER NOT NULL, language TEXT, mode_json TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS updates (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, chat TEXT, "order" REAL, update_json TEXT, notes_json TEXT,
  state TEXT NOT NULL, received_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS updates_waiting ON updates (chat, "order") WHERE state != 'done';
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, update_seq INTEGER NOT NULL REFERENCES updates ON DELETE CASCADE, nth INTEGER NOT NULL,
  message_json TEXT, state TEXT NOT NULL, platform_id TEXT, UNIQUE (update_seq, nth));
CREATE TABLE IF NOT EXISTS turns (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, chat TEXT NOT NULL, person TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
  model TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS turns_of_chat ON turns (chat);
CREATE TABLE IF NOT EXISTS marks (
  id TEXT PRIMARY KEY, turn INTEGER NOT NULL UNIQUE, person TEXT NOT NULL, thumb TEXT, flags_json TEXT NOT NULL, correction TEXT);
CREATE TABLE IF NOT EXISTS raters (
  person TEXT NOT NULL, session TEXT NOT NULL, token TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL,
  standing INTEGER NOT NULL, PRIMARY KEY (person, session));
CREATE TABLE IF NOT EXISTS tasks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, session TEXT NOT NULL, task TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  receipts_json TEXT NOT NULL, scales_json TEXT NOT NULL, shown_at TEXT NOT NULL);
`

/** Somebody who writes; the secret is what the server knows them by, and tells it nothing. Nothing is kept of them before they agree. */
export type Person = { id: string; secret: string; consented: boolean }

export async function personOf(store: BotStore, id: string): Promise<Person> {
  const row = await store.selectFrom('people').selectAll().where('id', '=', id).executeTakeFirst()
  if (row) return { id, secret: row.secret, consented: row.consented_at !== null }
  return { id, secret: crypto.randomBytes(24).toString('base64url'), consented: false }
}

export type Chat = { id: string; group: boolean; language: string | undefined; mode: Mode }

export async function chatOf(store: BotStore, id: string, group: boolean): Promise<Chat> {
  const row = await store.selectFrom('chats').selectAll().where('id', '=', id).executeTakeFirst()
  const mode = row ? (JSON.parse(row.mode_json) as Mode) : ({ kind: 'chat' } as const)
  return { id, group, language: row?.language ?? undefined, mode }
}

/** Writes a chat down as it is from now on. */
export async function saveChat(store: BotStore, { id, group, language, mode }: Chat): Promise<void> {
  const said = { language: language ?? null, mode_json: JSON.stringify(mode) }
  await store
    .insertInto('chats')
    .values({ id, is_group: group ? 1 : 0, ...said, gone: 0 })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(said))
    .execute()
}

/** How much is kept of a person here. */
export type Kept = { turns: number; marks: number; raters: number; tasks: number }

export async function keptOf(store: BotStore, person: string): Promise<Kept> {
  const count = async (table: 'turns' | 'marks' | 'raters' | 'tasks'): Promise<number> => {
    const { n } = await store
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('person', '=', person)
      .executeTakeFirstOrThrow()
    return Number(n)
  }
  return {
    turns: await count('turns'),
    marks: await count('marks'),
    raters: await count('raters'),
    tasks: await count('tasks'),
  }
}

/** Deletes what is kept of a person here, and of their own chat with the bot; that an update came stays known, by its id alone. */
export async function deletePerson(store: BotStore, person: string, chat?: string): Promise<void> {
  for (const table of ['turns', 'marks', 'raters', 'tasks'] as const) {
    await store.deleteFrom(table).where('person', '=', person).execute()
  }
  await store.deleteFrom('people').where('id', '=', person).execute()
  if (chat !== undefined) await store.deleteFrom('chats').where('id', '=', chat).execute()
}
