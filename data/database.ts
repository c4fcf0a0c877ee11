import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { EndonymError } from '../core/error.ts'
import * as spine from './migrations/001-spine.ts'
import * as stageCounts from './migrations/003-stage-counts.ts'
import * as batches from './migrations/004-batches.ts'
import * as keys from './migrations/005-keys.ts'
import * as aliases from './migrations/006-aliases.ts'
import * as sessions from './migrations/007-sessions.ts'
import { preparedOnce } from './prepared.ts'
import type { Schema } from './schema.ts'

export type Store = Kysely<Schema>

/**
 * Opens the database, and brings its tables up to date.
 *
 * SQLite in WAL mode: readers never wait for the writer, and what a transaction has committed survives `kill -9`.
 *
 * @param file a path, or `:memory:`.
 * @throws EndonymError `database_unusable`, `database_newer`
 * @example const store = await openStore(home.database); …; await store.destroy()
 */
export async function openStore(file: string): Promise<Store> {
  let sqlite: Sqlite.Database
  try {
    sqlite = new Sqlite(file, { timeout: 10_000 })
    sqlite.pragma('journal_mode = WAL')
    sqlite.pragma('synchronous = NORMAL')
    sqlite.pragma('foreign_keys = ON')
  } catch (cause) {
    throw new EndonymError('database_unusable', `The database ${file} cannot be opened: ${(cause as Error).message}.`, {
      cause,
    })
  }
  const store = new Kysely<Schema>({ dialect: new SqliteDialect({ database: preparedOnce(sqlite) }) })
  const migrator = new Migrator({
    db: store,
    provider: {
      getMigrations: async () => ({
        '001-spine': spine,
        '003-stage-counts': stageCounts,
        '004-batches': batches,
        '005-keys': keys,
        '006-aliases': aliases,
        '007-sessions': sessions,
      }),
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error) {
    await store.destroy()
    throw new EndonymError(
      'database_newer',
      `The database ${file} was not written by this version of Endonym: ${error instanceof Error ? error.message : error}.`,
      { cause: error },
    )
  }
  return store
}
