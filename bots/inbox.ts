import { sql } from 'kysely'
import { gather } from '../core/gather.ts'
import type { Update } from './platform.ts'
import type { BotStore, BotTransaction } from './store.ts'

/** An update that was written down. */
export type Received = { seq: number; state: 'new' | 'answered'; update: Update }

/** What has come in and is not answered yet. */
export type Inbox = {
  /** Writes an update down, once. When it resolves the platform may forget it. @returns whether it was new */
  receive(update: Update): Promise<boolean>
  /** The first of a chat's updates that is not done. */
  next(chat: string): Promise<Received | undefined>
  /** Chats in which something is not done. */
  waiting(): Promise<string[]>
  /** Forgets all of an update but that it came. */
  done(seq: number): Promise<void>
  /** Lets a chat rest whose person is gone: nothing more is sent there. */
  drop(chat: string): Promise<void>
  /** Gives a chat another id. */
  move(chat: string, to: string): Promise<void>
  /** Forgets ids of updates that do not come again. */
  prune(days: number): Promise<void>
}

/** Updates on table `updates`. Those that come at once are committed at once, so that a flood costs a few writes to the disk a second. */
export function createInbox(store: BotStore): Inbox {
  const receive = gather<Update, boolean>(500, (updates) => onDisk(store, (store) => write(store, updates)))
  const done = { state: 'done', chat: null, order: null, update_json: null, notes_json: null } as const
  return {
    receive,
    next: async (chat) => {
      const row = await store
        .selectFrom('updates')
        .select(['seq', 'state', 'update_json'])
        .where('chat', '=', chat)
        .where('state', '!=', 'done')
        // What is being sent is sent before anything else is answered.
        .orderBy('state')
        .orderBy('order')
        .orderBy('seq')
        .executeTakeFirst()
      if (!row || row.state === 'done' || row.update_json === null) return undefined
      return { seq: row.seq, state: row.state, update: JSON.parse(row.update_json) as Update }
    },
    waiting: async () => {
      const rows = await store.selectFrom('updates').select('chat').distinct().where('state', '!=', 'done').execute()
      return rows.flatMap(({ chat }) => (chat === null ? [] : [chat]))
    },
    done: (seq) =>
      store.transaction().execute(async (store) => {
        await store.deleteFrom('messages').where('update_seq', '=', seq).execute()
        await store.updateTable('updates').set(done).where('seq', '=', seq).execute()
      }),
    drop: (chat) =>
      store.transaction().execute(async (store) => {
        const open = store.selectFrom('updates').select('seq').where('chat', '=', chat)
        await store.deleteFrom('messages').where('update_seq', 'in', open).execute()
        await store.updateTable('updates').set(done).where('chat', '=', chat).execute()
        await store.updateTable('chats').set({ gone: 1 }).where('id', '=', chat).execute()
      }),
    move: (chat, to) =>
      store.transaction().execute(async (store) => {
        const rows = await store.selectFrom('updates').select(['seq', 'update_json']).where('chat', '=', chat).execute()
        for (const { seq, update_json } of rows) {
          const update = { ...JSON.parse(update_json ?? '{}'), chat: to }
          await store
            .updateTable('updates')
            .set({ chat: to, update_json: JSON.stringify(update) })
            .where('seq', '=', seq)
            .execute()
        }
        await store.updateTable('turns').set({ chat: to }).where('chat', '=', chat).execute()
        await store.deleteFrom('chats').where('id', '=', to).execute()
        await store.updateTable('chats').set({ id: to }).where('id', '=', chat).execute()
      }),
    prune: async (days) => {
      const before = new Date(Date.now() - days * 24 * 3600_000).toISOString()
      await store.deleteFrom('updates').where('state', '=', 'done').where('received_at', '<', before).execute()
    },
  }
}

/** Of somebody who has not agreed to it, nothing is stored that they wrote; only that they did. A link's session and presses of buttons are the bot's own words. */
function withoutWords(update: Update): Update {
  const { what } = update
  if (what.kind === 'text') return { ...update, what: { kind: 'text', text: '' } }
  if (what.kind === 'command' && what.name !== 'start') return { ...update, what: { ...what, argument: '' } }
  return update
}

/** Does something in a transaction that is on the disk when it resolves, so that a power cut cannot take it back. All else that is written only has to outlive this process, which costs no waiting for the disk. */
function onDisk<T>(store: BotStore, work: (store: BotTransaction) => Promise<T>): Promise<T> {
  return store.connection().execute(async (store) => {
    await sql`PRAGMA synchronous = FULL`.execute(store)
    try {
      return await store.transaction().execute(work)
    } finally {
      await sql`PRAGMA synchronous = NORMAL`.execute(store)
    }
  })
}

async function write(store: BotTransaction, updates: readonly Update[]): Promise<boolean[]> {
  const people = [...new Set(updates.map(({ person }) => person))]
  const agreed = await store
    .selectFrom('people')
    .select('id')
    .where('id', 'in', people)
    .where('consented_at', 'is not', null)
    .execute()
  const consented = new Set(agreed.map(({ id }) => id))
  const isNew: boolean[] = []
  for (const update of updates) {
    const kept = consented.has(update.person) ? update : withoutWords(update)
    const { numInsertedOrUpdatedRows } = await store
      .insertInto('updates')
      .values({
        id: update.id,
        chat: update.chat,
        order: update.order,
        update_json: JSON.stringify(kept),
        notes_json: null,
        state: 'new',
        received_at: new Date().toISOString(),
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    isNew.push(numInsertedOrUpdatedRows === 1n)
  }
  const heard = updates.filter(({ what }) => what.kind !== 'gone').map(({ chat }) => chat)
  if (heard.length > 0) {
    await store.updateTable('chats').set({ gone: 0 }).where('gone', '=', 1).where('id', 'in', heard).execute()
  }
  return isNew
}
