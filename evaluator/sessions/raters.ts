import crypto from 'node:crypto'
import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { sha256 } from '../../core/hash.ts'
import type { Store } from '../../data/database.ts'
import type { RaterRow } from '../../data/schema.ts'
import { consentHash, type Session } from './sessions.ts'
import { ageBands, channels, proficiencies } from './settings.ts'
import { readTurns, type TaskTurn } from './turns.ts'
import { readVote, type Vote } from './votes.ts'

const word = (most: number) => z.string().trim().max(most).optional()

/** What raters say of themselves, which is little, and that they agree. */
export const raterProfile = z.object({
  consentHash: z.string().max(64),
  nickname: word(60),
  proficiency: z.enum(proficiencies).optional(),
  dialect: word(80),
  ageBand: z.enum(ageBands).optional(),
  channel: z.enum(channels).default('web'),
})
export type RaterProfile = z.input<typeof raterProfile>

/** Somebody who judges, under a name that says nothing. */
export type Rater = {
  id: string
  session: string
  channel: (typeof channels)[number]
  nickname: string | null
  proficiency: string | null
  dialect: string | null
  ageBand: string | null
  createdAt: string
}

/** A task that a rater has judged. */
export type Given = { task: string; kind: 'battle' | 'rating'; turns: Omit<TaskTurn, 'receipts'>[]; vote: Vote }

export type Raters = {
  /** Lets somebody in who agreed to the session's text. The token, by which they are known, is given once. @throws EndonymError `consent_missing` */
  join(session: Session, profile: RaterProfile): Promise<{ rater: Rater; token: string }>
  /** The session's rater of that token. @throws EndonymError `rater_unknown` */
  find(session: string, token: string): Promise<Rater>
  list(session: string): Promise<Rater[]>
  /** All that a rater gave, for themself: in their own order, without a model's name. */
  given(rater: Rater): Promise<Given[]>
  /** Deletes a rater with all that they gave. @returns how much that was */
  forget(rater: Rater): Promise<{ votes: number; tasks: number }>
}

/** Raters on table `raters`. */
export function createRaters(store: Store): Raters {
  return {
    join: async (session, profile) => {
      const { consentHash: agreed, ...said } = raterProfile.parse(profile)
      if (agreed !== consentHash(session)) {
        throw new EndonymError('consent_missing', 'Nobody rates without having agreed to the text of this session.')
      }
      const token = crypto.randomBytes(24).toString('base64url')
      const row: RaterRow = {
        id: crypto.randomBytes(8).toString('hex'),
        session: session.id,
        token_hash: sha256(token),
        channel: said.channel,
        nickname: said.nickname || null,
        proficiency: said.proficiency ?? null,
        dialect: said.dialect || null,
        age_band: said.ageBand ?? null,
        consent_hash: agreed,
        created_at: new Date().toISOString(),
      }
      await store.insertInto('raters').values(row).execute()
      return { rater: raterOf(row), token }
    },
    find: async (session, token) => {
      const row = await store
        .selectFrom('raters')
        .selectAll()
        .where('token_hash', '=', sha256(token))
        .where('session', '=', session)
        .executeTakeFirst()
      if (row) return raterOf(row)
      throw new EndonymError('rater_unknown', 'Nobody of that token rates in this session.')
    },
    list: async (session) =>
      (await store.selectFrom('raters').selectAll().where('session', '=', session).execute()).map(raterOf),
    given: async ({ id }) => {
      const rows = await store
        .selectFrom('votes')
        .innerJoin('tasks', 'tasks.id', 'votes.task')
        .selectAll('votes')
        .select(['tasks.kind', 'tasks.turns_json'])
        .where('votes.rater', '=', id)
        .orderBy('votes.received_at')
        .execute()
      return rows.map((row) => ({
        task: row.task,
        kind: row.kind,
        turns: readTurns(row.turns_json).map(({ question, left, right }) => ({ question, left, right })),
        vote: readVote(row),
      }))
    },
    forget: ({ id }) =>
      store.transaction().execute(async (store) => {
        const count = async (table: 'votes' | 'tasks') => {
          const { n } = await store
            .selectFrom(table)
            .select(({ fn }) => fn.countAll<number>().as('n'))
            .where('rater', '=', id)
            .executeTakeFirstOrThrow()
          return Number(n)
        }
        const deleted = { votes: await count('votes'), tasks: await count('tasks') }
        await store.deleteFrom('raters').where('id', '=', id).execute()
        return deleted
      }),
  }
}

function raterOf({ id, session, channel, nickname, proficiency, dialect, age_band, created_at }: RaterRow): Rater {
  return { id, session, channel, nickname, proficiency, dialect, ageBand: age_band, createdAt: created_at }
}
