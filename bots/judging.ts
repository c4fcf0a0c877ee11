import { sha256 } from '../core/hash.ts'
import type { Api } from './api.ts'
import type { Moment } from './scene.ts'
import { type BotStore, saveChat } from './store.ts'

/** What is wrong with an answer, as the server has it, with the words for it. */
const flags = {
  wrong_language: 'shared.wrong-language',
  not_natural: 'shared.not-natural',
  wrong_fact: 'shared.wrong-fact',
  harmful: 'shared.harmful',
} as const

export type Judging = {
  /** Offers to judge the last answer. */
  rate(moment: Moment): Promise<void>
  /** A press of one of its buttons. */
  mark(moment: Moment, what: 'thumb' | 'flag', turn: string, value: string): Promise<void>
  /** Asks how the last answer should have been, or takes it. */
  correct(moment: Moment, text: string): Promise<void>
  correction(moment: Moment, turn: number, text: string): Promise<void>
}

type Mark = { thumb: string | null; flags: readonly string[]; correction: string | null }

/** `/rate` and `/correct`: what people say of single answers goes to the server as feedback, each time whole, so that the last word holds. */
export function createJudging({ store, api }: { store: BotStore; api: Api }): Judging {
  const lastTurn = async ({ chat, person }: Moment) =>
    store
      .selectFrom('turns')
      .select('seq')
      .where('chat', '=', chat.id)
      .where('person', '=', person.id)
      .orderBy('seq', 'desc')
      .executeTakeFirst()

  /** Says something more of an answer, beside what was said before. */
  const give = async (moment: Moment, turn: number, change: (before: Mark) => Mark): Promise<void> => {
    const { chat, person, reply } = moment
    const turns = await store
      .selectFrom('turns')
      .selectAll()
      .where('chat', '=', chat.id)
      .where('seq', '<=', turn)
      .orderBy('seq')
      .execute()
    const judged = turns.at(-1)
    if (!judged || judged.seq !== turn || judged.person !== person.id) return reply.say('bot.nothing-to-rate')
    const row = await store.selectFrom('marks').selectAll().where('turn', '=', turn).executeTakeFirst()
    const before: Mark = {
      thumb: row?.thumb ?? null,
      flags: JSON.parse(row?.flags_json ?? '[]'),
      correction: row?.correction ?? null,
    }
    const mark = change(before)
    // The same after an interruption: it is made of who says it of what.
    const id = row?.id ?? uuidOf(`${person.secret} ${turn}`)
    await api.feedback({
      id,
      model: judged.model,
      ...(mark.thumb !== null && { thumb: mark.thumb }),
      flags: mark.flags,
      ...(mark.correction !== null && { correction: mark.correction }),
      conversation: turns.flatMap(({ question, answer }) => [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ]),
      person: person.secret,
    })
    const said = { thumb: mark.thumb, flags_json: JSON.stringify(mark.flags), correction: mark.correction }
    reply.change(async (store) => {
      await store
        .insertInto('marks')
        .values({ id, turn, person: person.id, ...said })
        .onConflict((conflict) => conflict.column('turn').doUpdateSet(said))
        .execute()
      await saveChat(store, { ...chat, mode: { kind: 'chat' } })
    })
    reply.say('chat.thanks')
  }

  const correction: Judging['correction'] = (moment, turn, text) =>
    give(moment, turn, (before) => ({ ...before, correction: text.slice(0, 20_000) }))
  return {
    rate: async (moment) => {
      const { reply } = moment
      const turn = await lastTurn(moment)
      if (!turn) return reply.say('bot.nothing-to-rate')
      const { voice } = reply
      reply.say('bot.rate', {}, [
        { label: `👍 ${voice.say('chat.good')}`, data: `thumb:${turn.seq}:up` },
        { label: `👎 ${voice.say('chat.bad')}`, data: `thumb:${turn.seq}:down` },
        ...Object.entries(flags).map(([flag, key]) => ({ label: voice.say(key), data: `flag:${turn.seq}:${flag}` })),
      ])
    },
    mark: (moment, what, turn, value) =>
      give(moment, Number(turn), (before) => {
        if (what === 'thumb') return { ...before, thumb: value === 'up' ? 'up' : 'down' }
        return value in flags ? { ...before, flags: [...new Set([...before.flags, value])] } : before
      }),
    correct: async (moment, text) => {
      const { chat, reply } = moment
      const turn = await lastTurn(moment)
      if (!turn) return reply.say('bot.nothing-to-rate')
      if (text !== '') return correction(moment, turn.seq, text)
      reply.change((store) => saveChat(store, { ...chat, mode: { kind: 'correcting', turn: turn.seq } }))
      reply.say('bot.correct')
    },
    correction,
  }
}

/** A UUID (version 8, RFC 9562) that follows from a text. */
function uuidOf(text: string): string {
  const hex = sha256(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
