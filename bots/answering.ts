import { EndonymError } from '../core/error.ts'
import { sha256 } from '../core/hash.ts'
import type { Api, ChatMessage } from './api.ts'
import type { Moment } from './scene.ts'
import type { BotStore } from './store.ts'

/** Tokens of an answer at most. */
const longestAnswer = 600

/** Turns of a conversation that are looked at; a small model's context holds fewer. */
const mostTurns = 50

/** With fewer turns it may fit. */
const tooLong = new Set(['context_length_exceeded', 'request_too_large'])

/** An answer that was begun and not ended is asked for again. */
const cutOff = new Set(['server_unreachable', 'server_stopping', 'model_crashed'])
const mostAttempts = 3

/** Answers a question by the language's model, within the chat's conversation. */
export type Answer = (moment: Moment, language: string, question: string) => Promise<void>

/**
 * A conversation is kept as turns, a question with its answer. The model gets as many as it can take in, the newest; how many that is, its refusals and the answers that were cut off before their time tell.
 */
export function createAnswering({ store, api, stopped }: { store: BotStore; api: Api; stopped: AbortSignal }): Answer {
  return async (moment, language, question) => {
    const { chat, update, reply, person } = moment
    const kept = await store
      .selectFrom('turns')
      .selectAll()
      .where('chat', '=', chat.id)
      .orderBy('seq', 'desc')
      .limit(mostTurns)
      .execute()
    let turns = kept.reverse()
    const stream = reply.stream(language)
    const seed = Number.parseInt(sha256(update.id).slice(0, 8), 16)
    const ask = () => {
      const messages: ChatMessage[] = turns.flatMap(({ question, answer }) => [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ])
      const request = { model: language, messages: [...messages, { role: 'user' as const, content: question }], seed }
      return api.chat({ ...request, maxTokens: longestAnswer }, { onText: stream.show, signal: stopped })
    }
    const typing = moment.typing()
    let attempts = 0
    try {
      for (;;) {
        const said = await ask().catch((error: unknown) => {
          const code = error instanceof EndonymError ? error.code : 'defect'
          if (tooLong.has(code) && turns.length > 0) return undefined
          if (cutOff.has(code) && attempts++ < mostAttempts) return 'again'
          throw error
        })
        if (said === 'again') continue
        // Where the conversation has filled the context, the answer was cut off before its time.
        const cut = said?.finish === 'length' && said.tokens !== undefined && said.tokens < longestAnswer
        if (!said || (cut && turns.length > 0)) {
          turns = turns.slice(Math.ceil(turns.length / 4))
          continue
        }
        await stream.end()
        const text = said.text.trim()
        if (text === '') reply.say('rate.empty-answer')
        else reply.text(text, { tag: language, answer: true })
        if (said.finish === 'length') reply.say('chat.cut-off')
        const first = turns[0]?.seq
        reply.change(async (store) => {
          // What the model cannot take in any more is of no use here either.
          const old = store.deleteFrom('turns').where('chat', '=', chat.id)
          await (first === undefined ? old : old.where('seq', '<', first)).execute()
          if (text === '') return
          const turn = { chat: chat.id, person: person.id, question, answer: text, model: said.model }
          await store
            .insertInto('turns')
            .values({ ...turn, created_at: update.at })
            .execute()
        })
        return
      }
    } catch (error) {
      await stream.end()
      throw error
    } finally {
      typing()
    }
  }
}
