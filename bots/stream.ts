import { EndonymError } from '../core/error.ts'
import { type Outbox, placeholder } from './outbox.ts'
import type { Address, Platform } from './platform.ts'
import { splitText } from './split.ts'

/** An answer that is seen as it grows. */
export type Stream = {
  /** What there is of it so far. */
  show(text: string): void
  /** Shows no more, and waits for what is under way. @throws EndonymError where nobody is left to show anything to */
  end(): Promise<void>
}

export type StreamDeps = {
  outbox: Outbox
  platform: Platform
  to: Address
  /** The update that is answered, and which of its messages the answer begins with. */
  seq: number
  first: number
  /** The message that the first one refers to. */
  replyTo?: string
  /** BCP-47 of the answer's language. */
  tag: string | undefined
}

/**
 * Shows an answer by changing messages: a message is sent with a placeholder, and changed to what there is at the pace that the platform allows. What came in between is never shown by itself. Nothing is shown where messages
 * cannot be changed.
 */
export function createStream({ outbox, platform, to, seq, first, replyTo, tag }: StreamDeps): Stream {
  const { editEvery, edit, longest } = platform
  if (!editEvery || !edit) return { show: () => {}, end: async () => {} }
  const every = editEvery(to)
  /** What is seen of each message. */
  const shown: string[] = []
  let parts: string[] = []
  let last = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let showing: Promise<void> | undefined
  let over = false
  let failure: unknown

  const lacking = (): number => parts.findIndex((part, i) => part !== shown[i])
  /** Makes one step: one message is sent or changed. */
  const step = async (): Promise<void> => {
    const i = lacking()
    const part = parts[i]
    if (part === undefined) return
    const isNew = shown[i] === undefined
    const refers = i === 0 && replyTo !== undefined ? { replyTo } : {}
    const id = await outbox.open(seq, first + i, to, { text: placeholder, ...refers })
    if (!isNew) await edit(to, id, { text: part, answer: true })
    shown[i] = isNew ? placeholder : part
    last = performance.now()
  }
  const failed = (error: unknown): void => {
    over = true
    // Other refusals, such as that of a message that the person has deleted, are met again when the whole is sent.
    if (error instanceof EndonymError && ['chat_gone', 'account_deleted', 'chat_moved'].includes(error.code))
      failure = error
  }
  const schedule = (): void => {
    if (timer || showing || over || lacking() < 0) return
    timer = setTimeout(
      () => {
        timer = undefined
        showing = step()
          .catch(failed)
          .finally(() => {
            showing = undefined
            schedule()
          })
      },
      Math.max(0, last + every - performance.now()),
    )
  }
  return {
    show: (text) => {
      if (text.trim() === '') return
      parts = splitText(text, longest, tag)
      schedule()
    },
    end: async () => {
      over = true
      clearTimeout(timer)
      await showing
      if (failure) throw failure
    },
  }
}
