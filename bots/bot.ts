import { createAnswering } from './answering.ts'
import type { Api } from './api.ts'
import { createComparing } from './comparing.ts'
import { createInbox, type Received } from './inbox.ts'
import { createJudging } from './judging.ts'
import { createOutbox } from './outbox.ts'
import type { Platform, Update } from './platform.ts'
import { createPrivacy } from './privacy.ts'
import { createReply } from './reply.ts'
import { createScene } from './scene.ts'
import { createSpeech, type Voice } from './speech.ts'
import { type BotStore, chatOf, personOf } from './store.ts'
import { createWorker } from './worker.ts'

/** Seconds for which a platform shows that somebody writes. */
const typingLasts = 4

/** Chats that are answered at once; the server has a queue of its own. */
const parallelChats = 64

export type Bot = {
  /** Takes an update from the platform. When it resolves it is on the disk, and the platform may be told so. */
  receive(update: Update): Promise<void>
  /** The platform has told that it has a message. */
  confirm(key: string, id: string): Promise<void>
  /** Goes on where the last process ended. */
  resume(): Promise<void>
  /** Resolves when nothing is being answered. */
  idle(): Promise<void>
}

export type BotDeps = {
  store: BotStore
  platform: Platform
  api: Api
  stopped: AbortSignal
  /** Gets sentences for whoever runs the bot; never what people wrote. */
  log(line: string): void
}

/**
 * A bot: updates come in from a platform, are written down, and are answered through the server's HTTP API. It knows of no platform in particular.
 *
 * @example const bot = createBot({ store: openBotStore(file), platform, api: createApi({ server }), stopped, log: console.error }); await bot.receive(update)
 */
export function createBot({ store, platform, api, stopped, log }: BotDeps): Bot {
  const inbox = createInbox(store)
  const outbox = createOutbox(store, platform)
  const speech = createSpeech(api)
  const privacy = createPrivacy({ store, api })
  const scene = createScene({
    api,
    privacy,
    answer: createAnswering({ store, api, stopped }),
    comparing: createComparing({ store, api, stopped }),
    judging: createJudging({ store, api }),
    stopped,
    log,
  })

  /** The first of these languages that the interface has, else English. */
  const voiceIn = async (...tags: readonly (string | undefined)[]): Promise<Voice> => {
    for (const tag of tags) {
      if (tag === undefined) continue
      const voice = await speech(tag)
      if (voice.tag !== 'en' || /^en\b/.test(tag)) return voice
    }
    return speech('en')
  }

  const answer = async ({ update, seq }: Received): Promise<void> => {
    void platform.seen(update)
    const chat = await chatOf(store, update.chat, update.group)
    const person = await personOf(store, update.person)
    const voice = await voiceIn(chat.language, update.locale)
    const reply = createReply({ outbox, platform, update, seq, voice })
    const typing = (): (() => void) => {
      void platform.typing(update)
      const timer = setInterval(() => void platform.typing(update), typingLasts * 1000)
      return () => clearInterval(timer)
    }
    await scene({ update, seq, chat, person, reply, voiceOf: (tag) => voiceIn(tag, update.locale), typing })
    await reply.commit()
  }

  const worker = createWorker({
    inbox,
    outbox,
    platform,
    answer,
    forget: ({ person, chat, group }) => privacy.erase(person, group ? undefined : chat),
    parallel: parallelChats,
    stopped,
    log,
  })
  return {
    receive: async (update) => {
      const { what, chat } = update
      const isNew = await inbox.receive(update)
      if (!isNew) return
      platform.heard?.(update)
      if (what.kind === 'gone') return inbox.drop(chat)
      if (what.kind === 'moved') {
        await inbox.move(chat, what.to)
        return worker.wake(what.to)
      }
      worker.wake(chat)
    },
    confirm: outbox.confirmed,
    resume: worker.resume,
    idle: worker.idle,
  }
}
