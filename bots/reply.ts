import { type Outbox, placeholder } from './outbox.ts'
import type { Address, Button, Outgoing, Platform, Update } from './platform.ts'
import type { Voice } from './speech.ts'
import { splitText } from './split.ts'
import type { BotTransaction } from './store.ts'

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
  stream(tag: string | undefined): { show(text: string): void; end(): Promise<void> }
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
    for (const [i, part] of parts.entries()) {
      add({ text: part, ...(answer && { answer }), ...(buttons && i === parts.length - 1 && { buttons }) })
    }
  }

  const stream = (tag: string | undefined): ReturnType<Reply['stream']> => {
    const { editEvery, edit, longest } = platform
    if (!editEvery || !edit) return { show: () => {}, end: async () => {} }
    const every = editEvery(to)
    const first = messages.length
    const shown: string[] = []
    let latest = ''
    let last = Number.NEGATIVE_INFINITY
    let timer: NodeJS.Timeout | undefined
    let showing: Promise<void> | undefined
    let failed: unknown
    const showAll = async (): Promise<void> => {
      for (const [i, part] of splitText(latest, longest, tag).entries()) {
        if (shown[i] === part) continue
        const answers = first + i === 0 && replyTo !== undefined ? { replyTo } : {}
        const known = shown[i] !== undefined
        const id = await outbox.open(seq, first + i, to, { text: placeholder, ...answers })
        if (known) {
          await edit(to, id, { text: part, answer: true })
          shown[i] = part
        } else shown[i] = placeholder
        last = performance.now()
        // One message at a time: the next one comes after the pause.
        break
      }
    }
    const schedule = (): void => {
      if (timer || showing || failed || latest === '') return
      timer = setTimeout(
        () => {
          timer = undefined
          showing = showAll()
            .catch((error: unknown) => {
              failed = error
            })
            .finally(() => {
              showing = undefined
              if (latest !== '' && !ended && splitText(latest, longest, tag).some((part, i) => part !== shown[i]))
                schedule()
            })
        },
        Math.max(0, last + every - performance.now()),
      )
    }
    let ended = false
    return {
      show: (text) => {
        latest = text
        schedule()
      },
      end: async () => {
        ended = true
        clearTimeout(timer)
        await showing
        if (failed) throw failed
      },
    }
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
    stream,
    commit: () =>
      outbox.commit(seq, messages, async (store) => {
        for (const change of changes) await change(store)
      }),
  }
}
