import { EndonymError } from '../core/error.ts'

/** What somebody did in a chat, as every platform tells it. */
export type Update = {
  /** The platform's own id: by it an update that comes again is known. */
  id: string
  /** Which of two updates of a chat was first, the lower one. */
  order: number
  chat: string
  group: boolean
  person: string
  /** BCP-47 of the person's app, where the platform tells it. */
  locale?: string
  /** ISO 8601, by the platform's clock. */
  at: string
  /** The message, for answers that refer to it. */
  message?: string
  /** What the platform wants to hear of again: a press of a button. */
  query?: string
  what: What
}

/** Things that are no text, which the bot cannot read. */
export type Media = 'voice' | 'picture' | 'sticker' | 'file'

export type What =
  | { kind: 'text'; text: string }
  | { kind: 'command'; name: string; argument: string }
  | { kind: 'button'; data: string }
  | { kind: 'media'; media: Media }
  /** The person blocked the bot, or took it out of the group. */
  | { kind: 'gone' }
  /** The group has another id from now on. */
  | { kind: 'moved'; to: string }

export type Button = { label: string; data: string }

/** A message of the bot. */
export type Outgoing = {
  text: string
  buttons?: readonly Button[]
  /** The message that it answers, where several people speak. */
  replyTo?: string
  /** What opens a list of the buttons, where there are too many to show. */
  menu?: string
  /** Of a model: it must not come twice, and its marks of Markdown are shown as what they mean. */
  answer?: boolean
}

/** Where a message goes. */
export type Address = {
  chat: string
  group: boolean
  /** When the person wrote what is answered. */
  at?: string
}

/**
 * A platform on which people chat. Failures that mean something to every platform are `EndonymError`s with these codes:
 * `chat_gone` (blocked, left or never was), `account_deleted`, `chat_moved` (`MovedError`), `message_gone` (it cannot be edited any more), `unsure` (it was sent or not),
 * `window_closed` (the person must write first); `platform_refused` for all else that will not pass.
 */
export type Platform = {
  name: 'telegram' | 'whatsapp'
  /** UTF-16 units of a message at most. */
  longest: number
  /** The same of a text above buttons, where that is less. */
  longestAboveButtons?: number
  /** Milliseconds between two changes of a message while it is written; none where messages cannot be changed. */
  editEvery?: (to: Address) => number
  /**
   * Sends a message that was not sent before, as far as the platform lets us know.
   *
   * @param key of the message in the bot's store, by which the platform may tell us later that it was sent
   * @returns the platform's id of it
   */
  send(to: Address, message: Outgoing, key: string): Promise<string>
  /** Changes a message; one that says so already is left. */
  edit?(to: Address, id: string, message: Outgoing): Promise<void>
  remove?(to: Address, id: string): Promise<void>
  /** Milliseconds in which the platform tells that it has a message, by its key: so long the outbox waits before it sends what it may have sent. Left out where it does not tell. */
  confirmsWithin?: number
  /** Asks a person to write first, where only that is allowed. */
  invite?(to: Address): Promise<void>
  /** Shows that the bot writes; never fails. */
  typing(update: Update): Promise<void>
  /** Learns that somebody wrote, where it counts when they did. */
  heard?(update: Update): void
  /** Shows that an update is being looked at; never fails. */
  seen(update: Update): Promise<void>
  /** Days for which updates may come again, for so long their ids are kept. */
  remembers: number
}

/** A group has another id from now on. */
export class MovedError extends EndonymError {
  readonly to: string

  constructor(to: string) {
    super('chat_moved', 'The group has another id now.')
    this.to = to
  }
}
