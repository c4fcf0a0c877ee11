import { setTimeout as sleep } from 'node:timers/promises'
import { EndonymError } from '../core/error.ts'
import type { Address, Outgoing, Platform } from './platform.ts'
import type { BotStore, BotTransaction, MessageRow } from './store.ts'

/** What is seen of an answer before there is any of it. */
export const placeholder = '…'

/** What an update is answered with: written down before it is sent. */
export type Outbox = {
  /** The message on which an answer is shown while it is written; after an interruption the one that was there. @returns the platform's id */
  open(update: number, nth: number, to: Address, first: Outgoing): Promise<string>
  /** Writes down what is to be sent, and that nothing else is to be done for this update. What is seen of earlier attempts becomes this, or goes away. */
  commit(update: number, messages: readonly Outgoing[], change: (store: BotTransaction) => Promise<void>): Promise<void>
  /** The platform has told that it has a message. @param key as it was sent with */
  confirmed(key: string, id: string): Promise<void>
  /** Sends what is not sent yet, in its order. @throws EndonymError `window_closed` when the person has been asked to write first */
  deliver(update: number, to: Address): Promise<void>
}

/**
 * Messages on table `messages`. Between a platform's acceptance of a message and our note of it a process can end, and no platform takes a key that would make it refuse the second one. What cannot be undone is
 * therefore kept small: where messages can be changed an answer is first sent as "…" and then changed, which may be done twice; elsewhere the bot waits for the platform to tell what became of it (`confirmed`).
 */
export function createOutbox(store: BotStore, platform: Platform): Outbox {
  const rows = (update: number): Promise<MessageRow[]> =>
    store
      .selectFrom('messages')
      .select(['seq', 'nth', 'message_json', 'state', 'platform_id'])
      .where('update_seq', '=', update)
      .orderBy('nth')
      .execute()
  const set = async (seq: number, values: Partial<Pick<MessageRow, 'platform_id'>> & { state: Row['state'] }) => {
    await store.updateTable('messages').set(values).where('seq', '=', seq).execute()
  }

  const open: Outbox['open'] = async (update, nth, to, first) => {
    const known = (await rows(update)).find((row) => row.nth === nth)
    if (known?.platform_id) return known.platform_id
    if (!known) {
      const row = { update_seq: update, nth, message_json: null, state: 'open', platform_id: null } as const
      await store.insertInto('messages').values(row).execute()
    }
    const seq = known?.seq ?? (await rows(update)).find((row) => row.nth === nth)?.seq ?? 0
    const id = await platform.send(to, first, String(seq))
    await set(seq, { state: 'open', platform_id: id })
    return id
  }

  const send = async (row: MessageRow, to: Address): Promise<void> => {
    const message = JSON.parse(row.message_json ?? '{}') as Outgoing
    const { edit } = platform
    if (edit && (message.answer || row.platform_id)) {
      const id = row.platform_id ?? (await placed(row, to, message))
      try {
        await edit(to, id, message)
      } catch (error) {
        // Whoever deletes what was written so far gets it once more, whole.
        if (!(error instanceof EndonymError) || error.code !== 'message_gone') throw error
        await platform.send(to, message, String(row.seq))
      }
      return set(row.seq, { state: 'sent' })
    }
    for (let { state } = row; ; state = 'sending') {
      const known = state === 'sending' ? await confirmation(row.seq) : undefined
      if (known !== undefined) return set(row.seq, { state: 'sent' })
      await set(row.seq, { state: 'sending' })
      try {
        const id = await platform.send(to, message, String(row.seq))
        return await set(row.seq, { state: 'sent', platform_id: id })
      } catch (error) {
        if (!(error instanceof EndonymError) || error.code !== 'unsure') {
          if (error instanceof EndonymError && error.code !== 'stopped') await set(row.seq, { state: 'ready' })
          throw error
        }
      }
    }
  }
  /** Waits for the platform to tell that it has a message. */
  const confirmation = async (seq: number): Promise<string | undefined> => {
    const end = Date.now() + (platform.confirmsWithin ?? 0)
    for (;;) {
      const row = await store.selectFrom('messages').select('platform_id').where('seq', '=', seq).executeTakeFirst()
      if (row?.platform_id) return row.platform_id
      if (Date.now() >= end) return undefined
      await sleep(200)
    }
  }
  const placed = async (row: MessageRow, to: Address, { replyTo }: Outgoing): Promise<string> => {
    const id = await platform.send(to, { text: placeholder, ...(replyTo && { replyTo }) }, String(row.seq))
    await set(row.seq, { state: 'ready', platform_id: id })
    return id
  }

  const inviteOnce = async (update: number, to: Address): Promise<void> => {
    const { numUpdatedRows } = await store
      .updateTable('updates')
      .set({ notes_json: JSON.stringify({ invited: true }) })
      .where('seq', '=', update)
      .where('notes_json', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows > 0n) await platform.invite?.(to)
  }

  return {
    open,
    commit: (update, messages, change) =>
      store.transaction().execute(async (store) => {
        await change(store)
        for (const [nth, message] of messages.entries()) {
          const row = { message_json: JSON.stringify(message), state: 'ready' } as const
          await store
            .insertInto('messages')
            .values({ update_seq: update, nth, platform_id: null, ...row })
            .onConflict((conflict) => conflict.columns(['update_seq', 'nth']).doUpdateSet(row))
            .execute()
        }
        await store
          .updateTable('messages')
          .set({ state: 'remove' })
          .where('update_seq', '=', update)
          .where('nth', '>=', messages.length)
          .execute()
        await store.updateTable('updates').set({ state: 'answered' }).where('seq', '=', update).execute()
      }),
    confirmed: async (key, id) => {
      await store
        .updateTable('messages')
        .set({ platform_id: id })
        .where('seq', '=', Number(key))
        .where('platform_id', 'is', null)
        .execute()
    },
    deliver: async (update, to) => {
      for (const row of await rows(update)) {
        if (row.state === 'remove') {
          if (row.platform_id) await platform.remove?.(to, row.platform_id).catch(() => {})
        } else if (row.state !== 'sent') {
          await send(row, to).catch(async (error: unknown) => {
            if (error instanceof EndonymError && error.code === 'window_closed') await inviteOnce(update, to)
            throw error
          })
        }
      }
    },
  }
}

type Row = { state: 'open' | 'ready' | 'sending' | 'sent' | 'remove' }
