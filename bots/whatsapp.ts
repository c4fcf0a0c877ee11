import { setTimeout as sleep } from 'node:timers/promises'
import { WhatsAppAPI } from 'whatsapp-api-js'
import {
  ActionButtons,
  ActionList,
  Body,
  Button,
  Interactive,
  Language,
  ListSection,
  Row,
  Template,
  Text,
} from 'whatsapp-api-js/messages'
import type { ClientMessage } from 'whatsapp-api-js/types'
import { z } from 'zod'
import { EndonymError } from '../core/error.ts'
import { markUp } from './markup.ts'
import type { Outgoing, Platform, Button as PlatformButton } from './platform.ts'
import { splitText } from './split.ts'

/** The version of Meta's Graph API whose shapes these are. */
const version = 'v23.0'

/** What Meta allows: a text has 4,096 characters, of which some are kept for marks; the text above buttons 1,024 (https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages). */
const longest = 4000
const longestAboveButtons = 1024
const mostButtons = 3
const longestButton = 20
const mostRows = 10
const longestRow = 24
const longestDescription = 72

/** Hours for which a person may be written to after they wrote (https://developers.facebook.com/docs/whatsapp/pricing#customer-service-windows); some minutes are kept for what is under way. */
const window = 24 * 3600_000 - 5 * 60_000

/** Milliseconds between two messages, whoever they are for: 80 a second are allowed. */
const every = 15

/** Milliseconds in which WhatsApp says that it has a message. */
const confirmsWithin = 15_000

export type WhatsAppOptions = {
  token: string
  /** "Phone number ID", which is not the number. */
  phone: string
  /** A template that Meta has approved, with its language, for people who are answered after a day: `answer_ready:en`. */
  template?: string | undefined
  apiRoot?: string | undefined
  stopped: AbortSignal
  log(line: string): void
}

export type WhatsApp = {
  platform: Platform
  /** As people see it: `+34 600 000 000`. */
  number: string
  name: string
}

/**
 * Asks Meta for the number that the bot answers on.
 *
 * Messages are made and sent by whatsapp-api-js; its webhook is not used, since it takes one message of a notification where there may be several, and answers before anything could be written down.
 *
 * @throws EndonymError `token_invalid`, `platform_unreachable`
 */
export async function openWhatsApp(options: WhatsAppOptions): Promise<WhatsApp> {
  const { token, phone, apiRoot = 'https://graph.facebook.com', stopped } = options
  const request: typeof fetch = async (url, init) =>
    fetch(String(url).replace('https://graph.facebook.com', apiRoot.replace(/\/+$/, '')), {
      ...init,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(30_000)]),
    })
  const url = `https://graph.facebook.com/${version}/${encodeURIComponent(phone)}?fields=display_phone_number,verified_name`
  const response = await request(url, { headers: { authorization: `Bearer ${token}` } }).catch((cause: unknown) => {
    throw new EndonymError('platform_unreachable', 'WhatsApp (graph.facebook.com) cannot be reached.', { cause })
  })
  const found = known.safeParse(await response.json().catch(() => undefined))
  if (!found.success) throw notKnown(response.status)
  const client = new WhatsAppAPI({ token, v: version, secure: false, ponyfill: { fetch: request } })
  return {
    platform: platformOn(client, options),
    number: found.data.display_phone_number,
    name: found.data.verified_name ?? '',
  }
}

const known = z.object({ display_phone_number: z.string(), verified_name: z.string().optional() })

function notKnown(status: number): EndonymError {
  if (status >= 500)
    return new EndonymError('platform_unreachable', `WhatsApp answers ${status} just now. Try again later.`)
  const wrong =
    status === 401
      ? 'does not know the token in WHATSAPP_TOKEN: a temporary one holds for a day, one of a system user for as long as you choose'
      : 'knows no number of the id in WHATSAPP_PHONE_ID that this token is for: it is the "Phone number ID" beside the number, and not the number'
  return new EndonymError(
    'token_invalid',
    `WhatsApp ${wrong}. Both are at developers.facebook.com, under WhatsApp, API Setup.`,
    { exitCode: 2 },
  )
}

function platformOn(client: WhatsAppAPI, { phone, template, stopped, log }: WhatsAppOptions): Platform {
  /** When a person last wrote. */
  const heard = new Map<string, number>()
  let nextAt = 0
  const turn = async (): Promise<void> => {
    const now = Date.now()
    nextAt = Math.max(now, nextAt) + every
    if (nextAt - now > every) await sleep(nextAt - now - every, undefined, { signal: stopped })
  }

  const post = async (chat: string, message: ClientMessage, key?: string): Promise<string> => {
    for (let attempt = 0; ; attempt++) {
      await turn()
      let waits: number | undefined
      const sending = /^\d+$/.test(chat)
        ? client.sendMessage(phone, chat, message, undefined, key)
        : client.sendMessage(phone, { bsuid: chat }, message, undefined, key)
      const response: unknown = await sending.catch((error: unknown) => {
        stopped.throwIfAborted()
        // It may have come or not; WhatsApp's next notification says so.
        throw new EndonymError('unsure', `WhatsApp was cut off: ${error instanceof Error ? error.message : error}.`)
      })
      const sent = accepted.safeParse(response)
      if (sent.success) return sent.data.messages[0]?.id ?? ''
      const { code, message: why } = refused.parse(response).error
      if (code === 131047) throw new EndonymError('window_closed', 'The person wrote more than a day ago.')
      if (gone.has(code)) throw new EndonymError('chat_gone', `WhatsApp cannot deliver there (${code}).`)
      if (expired.has(code)) {
        log(
          `WhatsApp does not take the token any more (${code}): put a new one into WHATSAPP_TOKEN and start the bot again. What is not answered waits.`,
        )
        waits = 60_000
      } else if (passing.has(code)) {
        // As Meta advises for its limits: 4 to the power of the attempt, in seconds.
        waits = Math.min(4 ** attempt * 1000, 60_000)
      }
      if (waits === undefined) throw new EndonymError('platform_refused', `WhatsApp refused it: ${code} ${why}.`)
      await sleep(waits, undefined, { signal: stopped })
    }
  }

  return {
    name: 'whatsapp',
    longest,
    longestAboveButtons,
    confirmsWithin,
    // Meta delivers again for a week.
    remembers: 8,
    send: async ({ chat, at }, message, key) => {
      const last = Math.max(heard.get(chat) ?? 0, at === undefined ? 0 : Date.parse(at))
      if (Date.now() - last > window) throw new EndonymError('window_closed', 'The person wrote more than a day ago.')
      return post(chat, messageOf(message), key)
    },
    invite: async ({ chat }) => {
      const [name, language = 'en'] = template?.split(':') ?? []
      if (name) await post(chat, new Template(name, new Language(language)))
    },
    typing: async ({ message }) => {
      if (message !== undefined) await client.markAsRead(phone, message, 'text').catch(() => {})
    },
    heard: ({ chat, at }) => void heard.set(chat, Math.max(heard.get(chat) ?? 0, Date.parse(at))),
    seen: async ({ message }) => {
      if (message !== undefined) await client.markAsRead(phone, message).catch(() => {})
    },
  }
}

const accepted = z.object({ messages: z.array(z.object({ id: z.string() })).min(1) })
const refused = z.object({
  error: z
    .object({ code: z.number(), message: z.string().default('') })
    .catch({ code: -1, message: 'an answer that is none' }),
})

/** Codes of Meta's errors (https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes): who cannot be reached, what passes, and tokens that hold no longer. */
const gone = new Set([131021, 131026, 131030, 131050])
const passing = new Set([1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 133004])
const expired = new Set([0, 10, 190, 131005])

/** Up to three short answers are buttons below the text; more, or longer ones, a list that opens. */
function messageOf({ text, buttons = [], menu = 'Menu', answer }: Outgoing): ClientMessage {
  const body = answer ? marked(text) : literal(text)
  const [first, ...rest] = buttons.slice(0, mostRows)
  if (!first) return new Text(body.length <= 4096 ? body : text)
  const fits = buttons.length <= mostButtons && buttons.every(({ label }) => label.length <= longestButton)
  if (fits) {
    const button = ({ label, data }: PlatformButton) => new Button(data, label)
    return new Interactive(new ActionButtons(button(first), ...rest.map(button)), new Body(body))
  }
  const row = ({ label, data }: PlatformButton) => {
    const title = shortened(label, longestRow)
    return title === label ? new Row(data, title) : new Row(data, title, shortened(label, longestDescription))
  }
  const section = new ListSection(undefined, row(first), ...rest.map(row))
  return new Interactive(new ActionList(shortened(menu, longestButton), section), new Body(body))
}

function shortened(label: string, most: number): string {
  return label.length <= most ? label : `${splitText(label, most - 1)[0]}…`
}

const signs = { bold: '*', italic: '_', code: '`', pre: '```' } as const

/** Markdown in WhatsApp's own marks, and what looks like one of these without being meant as it. */
function marked(source: string): string {
  const { text, entities } = markUp(source)
  let body = ''
  let last = 0
  for (const { type, offset, length } of entities) {
    const inner = text.slice(offset, offset + length)
    body += `${literal(text.slice(last, offset))}${signs[type]}${inner}${signs[type]}`
    last = offset + length
  }
  return body + literal(text.slice(last))
}

/** A mark counts where a word begins right after it: a word joiner (U+2060), which is not seen, keeps it a letter like others. */
function literal(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}])([*_~`]+)(?=\S)/gu, '$1\u2060')
}
