import crypto from 'node:crypto'
import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { sha256 } from '../../core/hash.ts'
import type { Store } from '../../data/database.ts'
import type { Language } from '../../data/language.ts'
import { resolveLanguage } from '../../data/languages.ts'
import type { SessionRow } from '../../data/schema.ts'
import { type SessionSettings, type SessionWishes, sessionSettings } from './settings.ts'

/** Native speakers judging models of one language. */
export type Session = {
  /** Unguessable, since whoever has it may rate. */
  id: string
  language: Language
  settings: SessionSettings
  /** ISO 8601, as all times. */
  createdAt: string
  /** When its organiser ended it. */
  closedAt?: string
}

/** `early` before it opens, `closed` after it has been. */
export type SessionState = 'early' | 'open' | 'closed'

export type Sessions = {
  /** Makes a session. The secret, by which the organiser is known, is given once: the database has its hash alone. @throws EndonymError `session_invalid` */
  create(language: Language, wishes: SessionWishes): Promise<{ session: Session; secret: string }>
  /** @throws EndonymError `session_not_found` */
  find(id: string): Promise<Session>
  /** Newest first. */
  list(): Promise<Session[]>
  /** Whether this is the organiser's secret of that session. */
  isOrganiser(id: string, secret: string): Promise<boolean>
  /** Gives an organiser who lost it another secret; the old one holds no longer. @throws EndonymError `session_not_found` */
  newSecret(id: string): Promise<string>
  /** Ends a session, or opens it again. @throws EndonymError `session_not_found` */
  close(id: string, closed: boolean): Promise<Session>
  /** Deletes a session and all that was given in it. @throws EndonymError `session_not_found` */
  remove(id: string): Promise<void>
}

/**
 * Sessions on table `sessions`.
 *
 * @example const { session } = await createSessions(store).create(resolveLanguage('gl'), { name: 'Spring', models: ['gl@a', 'gl@b'] })
 */
export function createSessions(store: Store): Sessions {
  const rowOf = async (id: string): Promise<SessionRow> => {
    const row = await store.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
    if (row) return row
    throw new EndonymError('session_not_found', `There is no session "${id}": "endonym sessions" lists them.`, {
      exitCode: 2,
    })
  }
  const find = async (id: string): Promise<Session> => sessionOf(await rowOf(id))
  return {
    find,
    create: async (language, wishes) => {
      const settings = parseSettings(wishes)
      const secret = newSecret()
      const row: SessionRow = {
        id: crypto.randomBytes(9).toString('base64url'),
        name: settings.name,
        language: language.iso3,
        settings_json: JSON.stringify(settings),
        organiser_hash: sha256(secret),
        created_at: new Date().toISOString(),
        closed_at: null,
      }
      await store.insertInto('sessions').values(row).execute()
      return { session: sessionOf(row), secret }
    },
    list: async () =>
      (await store.selectFrom('sessions').selectAll().orderBy('created_at', 'desc').execute()).map(sessionOf),
    isOrganiser: async (id, secret) => {
      const { organiser_hash } = await rowOf(id)
      return crypto.timingSafeEqual(Buffer.from(organiser_hash), Buffer.from(sha256(secret)))
    },
    newSecret: async (id) => {
      await rowOf(id)
      const secret = newSecret()
      await store
        .updateTable('sessions')
        .set({ organiser_hash: sha256(secret) })
        .where('id', '=', id)
        .execute()
      return secret
    },
    close: async (id, closed) => {
      await rowOf(id)
      const closed_at = closed ? new Date().toISOString() : null
      await store.updateTable('sessions').set({ closed_at }).where('id', '=', id).execute()
      return find(id)
    },
    remove: async (id) => {
      await rowOf(id)
      await store.deleteFrom('sessions').where('id', '=', id).execute()
    },
  }
}

/** @throws EndonymError `session_invalid` with what is wrong, in a sentence */
export function parseSettings(wishes: unknown): SessionSettings {
  const parsed = sessionSettings.safeParse(wishes)
  if (parsed.success) return parsed.data
  throw new EndonymError('session_invalid', `The session cannot be so: ${z.prettifyError(parsed.error)}`, {
    exitCode: 2,
    cause: parsed.error,
  })
}

export function stateOf({ settings, closedAt }: Session, now = Date.now()): SessionState {
  if (closedAt !== undefined || (settings.closesAt !== undefined && now >= Date.parse(settings.closesAt))) {
    return 'closed'
  }
  return settings.opensAt !== undefined && now < Date.parse(settings.opensAt) ? 'early' : 'open'
}

/** What raters agree to, by which it is known that they agreed to this text and no other. */
export const consentHash = ({ settings }: Session): string =>
  settings.consent === undefined ? 'default' : sha256(settings.consent)

function sessionOf({ id, language, settings_json, created_at, closed_at }: SessionRow): Session {
  return {
    id,
    language: resolveLanguage(language),
    settings: parseSettings(JSON.parse(settings_json)),
    createdAt: created_at,
    ...(closed_at !== null && { closedAt: closed_at }),
  }
}

const newSecret = (): string => crypto.randomBytes(24).toString('base64url')
