import type { Api } from './api.ts'
import type { Moment } from './scene.ts'
import { type BotStore, deletePerson, type Kept, keptOf, type Person } from './store.ts'

export type Privacy = {
  tell(moment: Moment): void
  askForget(moment: Moment): void
  /** Deletes all that is kept of somebody, here and at the server, and shows what was there and what is there now. */
  forget(moment: Moment): Promise<void>
  /** The same for somebody who is no more, with nobody to show it to. */
  erase(person: string, chat: string | undefined): Promise<void>
}

/** What is kept of somebody: here, and at the server. */
type Counts = Kept & { votes: number; feedback: number }

/** `/privacy` and `/forget`. */
export function createPrivacy({ store, api }: { store: BotStore; api: Api }): Privacy {
  const ratersOf = (person: string) =>
    store.selectFrom('raters').select(['session', 'token']).where('person', '=', person).execute()

  /** Of feedback the server tells a number only when it deletes it; before that, what was given is known here. */
  const count = async (
    person: string,
    raters: readonly { session: string; token: string }[],
    feedback?: number,
  ): Promise<Counts> => {
    const kept = await keptOf(store, person)
    let votes = 0
    for (const rater of raters) votes += await api.given(rater)
    return { ...kept, votes, feedback: feedback ?? kept.marks }
  }
  const eraseThere = async (
    { secret }: Pick<Person, 'secret'>,
    raters: readonly { session: string; token: string }[],
  ) => {
    for (const rater of raters) await api.forgetRater(rater)
    return api.forgetFeedback(secret)
  }

  return {
    tell: ({ reply }) => reply.say('bot.privacy'),
    askForget: ({ reply }) => {
      const { voice } = reply
      reply.say('bot.forget-sure', {}, [
        { label: voice.say('bot.forget-yes'), data: 'forget' },
        { label: voice.say('bot.forget-no'), data: 'keep' },
      ])
    },
    forget: async ({ person, chat, seq, reply }) => {
      const noted = await store.selectFrom('updates').select('notes_json').where('seq', '=', seq).executeTakeFirst()
      // After an interruption some of it is gone already: what there was has been noted.
      const notes = noted?.notes_json ? (JSON.parse(noted.notes_json) as Notes) : undefined
      const raters = notes?.raters ?? (await ratersOf(person.id))
      const secret = notes?.secret ?? person.secret
      const before = notes?.before ?? (await count(person.id, raters))
      const note: Notes = { before, raters, secret }
      await store
        .updateTable('updates')
        .set({ notes_json: JSON.stringify(note) })
        .where('seq', '=', seq)
        .execute()
      await eraseThere({ secret }, raters)
      await store.transaction().execute((store) => deletePerson(store, person.id, chat.group ? undefined : chat.id))
      // Asked again, the server has nothing left to delete.
      const after = await count(person.id, raters, await api.forgetFeedback(secret))
      const { voice } = reply
      const line = (key: string, what: keyof Counts) =>
        voice.say('bot.forgotten-line', { what: voice.say(key), before: before[what], after: after[what] })
      reply.text(
        [
          voice.say('bot.forgotten'),
          '',
          line('bot.kept-turns', 'turns'),
          line('bot.kept-votes', 'votes'),
          line('bot.kept-feedback', 'feedback'),
          line('bot.kept-raters', 'raters'),
          '',
          voice.say('bot.forgotten-rest'),
        ].join('\n'),
      )
    },
    erase: async (id, chat) => {
      const row = await store.selectFrom('people').select('secret').where('id', '=', id).executeTakeFirst()
      if (row) await eraseThere(row, await ratersOf(id))
      await store.transaction().execute((store) => deletePerson(store, id, chat))
    },
  }
}

type Notes = { before: Counts; raters: { session: string; token: string }[]; secret: string }
