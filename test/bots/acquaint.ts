import type { BotStore } from '../../bots/store.ts'

/** People who have agreed already and speak a language. @param ids of them, and of their chats with the bot */
export async function acquaint(store: BotStore, ids: readonly string[], language = 'gl'): Promise<void> {
  await store.transaction().execute(async (store) => {
    for (const id of ids) {
      const consented_at = '2026-11-01T00:00:00.000Z'
      await store
        .insertInto('people')
        .values({ id, secret: `secret of ${id} that is long enough`, consented_at })
        .execute()
      await store
        .insertInto('chats')
        .values({ id, is_group: 0, language, mode_json: '{"kind":"chat"}', gone: 0 })
        .execute()
    }
  })
}
