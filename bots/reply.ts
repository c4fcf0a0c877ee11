import type { Outbox } from './outbox.ts'
import type { Address, Button, Outgoing, Platform, Update } from './platform.ts'
import type { Voice } from './speech.ts'
import { splitText } from './split.ts'
import type { BotTransaction } from './store.ts'
import { createStream, type Stream } from './stream.ts'

/** What an update is answered with, as it is put together. Nothing of it is sent, and nothing changes, before all is there; an answer that is being written is the exception. */
export type Reply = {
  readonly voice: Voice
  /** Speaks another language from here on. */
  speak(voice: Voice): void
  /** Adds one of the bot's own sentences. */
  say(key: string, values?: Record<string, string | number>, buttons?: readonly Button[]): void
  /** Adds a text, in as many messages as it needs. @param tag BCP-47 of its language */
  text(text: string, options?: { tag?: string | undefined; buttons?: readonly Button[]; answer?: boolean }): void
  /** Adds a change of what is stored: it is made when the reply is written down. */
  change(change: (store: BotTransaction) => Promise<void>): void
  /** Shows an answer as it grows. `end` waits until what is being shown is shown; then the whole is added by `text`. */
  stream(tag: string | undefined): Stream
  commit(): Promise<void>
}

export type ReplyDeps = { outbox: Outbox; platform: Platform; update: Update; seq: number; voice: Voice }

export function createReply({ outbox, platform, update, seq, ...deps }: ReplyDeps): Reply {
  let { voice } = deps
  const messages: Outgoing[] = []
  const changes: ((store: BotTransaction) => Promise<void>)[] = []
  const to: Address = { chat: update.chat, group: update.group }
  const replyTo = update.group && update.message !== undefined ? update.message : undefined
  const add = (message: Outgoing) =>
    messages.push({ ...message, ...(messages.length === 0 && replyTo !== undefined && { replyTo }) })

  const text: Reply['text'] = (text, { tag = voice.tag, buttons, answer } = {}) => {
    const parts = splitText(text, platform.longest, tag)
    const below = buttons && { buttons, menu: voice.say('bot.choose') }
    const isLong = (parts.at(-1)?.length ?? 0) > (platform.longestAboveButtons ?? platform.longest)
    for (const [i, part] of parts.entries()) {
      add({ text: part, ...(answer && { answer }), ...(i === parts.length - 1 && !isLong && below) })
    }
    if (below && isLong) add({ text: below.menu, ...below })
  }

  return {
    get voice() {
      return voice
    },
    speak: (other) => {
      voice = other
    },
    say: (key, values, buttons) => text(voice.say(key, values), buttons ? { buttons } : {}),
    text,
    change: (change) => void changes.push(change),
    stream: (tag) =>
      createStream({
        outbox,
        platform,
        to,
        seq,
        first: messages.length,
        tag,
        ...(messages.length === 0 && replyTo !== undefined && { replyTo }),
      }),
    commit: () =>
      outbox.commit(seq, messages, async (store) => {
        for (const change of changes) await change(store)
      }),
  }
}
