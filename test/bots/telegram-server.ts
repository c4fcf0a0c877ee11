import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** What was parsed, in whatever shape it came. */
type Json = ReturnType<typeof JSON.parse>

/** A message as it is seen in a chat now. */
export type SeenMessage = {
  id: number
  chat: number
  text: string
  entities: Json[]
  buttons: { text: string; data: string }[]
  replyTo?: number
  /** Times of sending and of each change, in milliseconds. */
  at: number[]
  deleted: boolean
}

export type Call = { method: string; body: Json; at: number; status: number }

export type TelegramServer = {
  url: string
  token: string
  calls: Call[]
  messages: SeenMessage[]
  /** Updates that were not acknowledged, and how often each was handed out. */
  pending: Json[]
  handedOut: Map<number, number>
  /** Seconds that 429s have demanded, and requests that came too early after one. */
  impatient: number
  webhook: { url: string; secret: string } | undefined
  /** Chats that have blocked the bot. */
  blocked: Set<number>
  deactivated: Set<number>
  migrated: Map<number, number>
  /** Answers requests of a method in another way, as long as it gives one. */
  fault: ((method: string, body: Json) => { status: number; body: Json } | undefined) | undefined
  /** Whether 429s are given to who exceeds Telegram's limits. */
  strict: boolean
  push(update: Json): number
  /** An update in which somebody writes. */
  write(text: string, more?: Json): number
  press(data: string, more?: Json): number
  /** Messages of a chat that stand. */
  seen(chat?: number): SeenMessage[]
  close(): Promise<void>
}

const me = {
  id: 4242,
  is_bot: true,
  first_name: 'Endonym',
  username: 'endonym_bot',
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
}

/**
 * Stands in for Telegram's Bot API (https://core.telegram.org/bots/api): its paths, its shapes, its errors, how `getUpdates` acknowledges, and its limits: 4096 units of UTF-16, one message a second in a chat on the
 * average, twenty a minute in a group, thirty a second in all. telegram-test-api knows no edits, limits, webhooks' secrets or blocked chats, so it would prove little here.
 */
export async function startTelegramServer(
  token = '123456789:AAFakeTokenOfATestThatIsLongEnough_',
): Promise<TelegramServer> {
  let nextUpdate = 1000
  let nextMessage = 1
  let wake: (() => void)[] = []
  /** When a chat got its last messages; chats that were told to wait, and until when. */
  const sentAt = new Map<number, number[]>()
  const waitUntil = new Map<number, number>()

  const server = http.createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    const [, given, method = ''] = /^\/bot([^/]+)\/(\w+)/.exec(request.url ?? '') ?? []
    const answer = (status: number, body: Json): void => {
      if (method !== 'getUpdates') calls.push({ method, body: parsed, at: performance.now(), status })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const refuse = (status: number, description: string, parameters?: Json): void =>
      answer(status, { ok: false, error_code: status, description, ...(parameters && { parameters }) })
    const parsed: Json = text === '' ? {} : JSON.parse(text)
    if (given !== token) return refuse(401, 'Unauthorized')
    const fault = state.fault?.(method, parsed)
    if (fault) return answer(fault.status, fault.body)
    const ok = (result: Json): void => answer(200, { ok: true, result })

    if (method === 'getMe') return ok(me)
    if (method === 'getUpdates') {
      if (state.webhook) return refuse(409, "Conflict: can't use getUpdates method while webhook is active")
      const { offset = 0, timeout = 0, limit = 100 } = parsed
      state.pending = state.pending.filter(({ update_id }) => update_id >= offset)
      if (state.pending.length === 0 && timeout > 0) {
        await new Promise<void>((resolve) => {
          wake.push(resolve)
          request.on('close', resolve)
          response.on('close', resolve)
          setTimeout(resolve, timeout * 1000).unref()
        })
      }
      const batch = state.pending.slice(0, limit)
      for (const { update_id } of batch) handedOut.set(update_id, (handedOut.get(update_id) ?? 0) + 1)
      return ok(batch)
    }
    if (method === 'setWebhook') {
      state.webhook = { url: parsed.url, secret: parsed.secret_token }
      return ok(true)
    }
    if (method === 'deleteWebhook') {
      state.webhook = undefined
      return ok(true)
    }
    if (method === 'setMyCommands') {
      const bad = parsed.commands.some(
        ({ command, description }: Json) =>
          !/^[a-z0-9_]{1,32}$/.test(command) || description.length < 1 || description.length > 256,
      )
      return bad ? refuse(400, 'Bad Request: BOT_COMMAND_INVALID') : ok(true)
    }
    if (method === 'answerCallbackQuery' || method === 'sendChatAction') return ok(true)

    const chat = Number(parsed.chat_id)
    if (state.deactivated.has(chat)) return refuse(403, 'Forbidden: user is deactivated')
    if (state.blocked.has(chat)) return refuse(403, 'Forbidden: bot was blocked by the user')
    const moved = state.migrated.get(chat)
    if (moved !== undefined)
      return refuse(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: moved })
    const seconds = tooMuch(chat)
    if (seconds > 0) return refuse(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })

    if (method === 'deleteMessage') {
      const message = messages.find(({ id }) => id === parsed.message_id)
      if (!message || message.deleted) return refuse(400, 'Bad Request: message to delete not found')
      message.deleted = true
      return ok(true)
    }
    if (method !== 'sendMessage' && method !== 'editMessageText') return refuse(404, 'Not Found')
    if (typeof parsed.text !== 'string' || parsed.text.trim() === '')
      return refuse(400, 'Bad Request: message text is empty')
    if (parsed.text.length > 4096) return refuse(400, 'Bad Request: message is too long')
    if (!parsed.text.isWellFormed()) return refuse(400, 'Bad Request: strings must be encoded in UTF-8')
    const buttons: Json[] = (parsed.reply_markup?.inline_keyboard ?? []).flat()
    if (buttons.some(({ callback_data }) => Buffer.byteLength(callback_data) > 64))
      return refuse(400, 'Bad Request: BUTTON_DATA_INVALID')
    const shown = {
      text: parsed.text.trim(),
      entities: parsed.entities ?? [],
      buttons: buttons.map(({ text, callback_data }) => ({ text, data: callback_data })),
    }
    if (
      shown.entities.some(
        ({ offset, length }: Json) => offset < 0 || length < 1 || offset + length > parsed.text.length,
      )
    )
      return refuse(400, 'Bad Request: ENTITY_BOUNDS_INVALID')
    if (method === 'sendMessage') {
      const replyTo = parsed.reply_parameters?.message_id
      const message: SeenMessage = {
        id: nextMessage++,
        chat,
        ...shown,
        at: [performance.now()],
        deleted: false,
        ...(replyTo && { replyTo }),
      }
      messages.push(message)
      return ok(asMessage(message))
    }
    const message = messages.find(({ id }) => id === parsed.message_id)
    if (!message || message.deleted || message.chat !== chat)
      return refuse(400, 'Bad Request: message to edit not found')
    if (message.text === shown.text && JSON.stringify(message.buttons) === JSON.stringify(shown.buttons))
      return refuse(400, 'Bad Request: message is not modified')
    Object.assign(message, shown)
    message.at.push(performance.now())
    return ok(asMessage(message))
  })

  /** Seconds to wait for who writes more than Telegram lets them. */
  function tooMuch(chat: number): number {
    const now = Date.now()
    const until = waitUntil.get(chat) ?? 0
    if (now < until) {
      state.impatient++
      return Math.ceil((until - now) / 1000)
    }
    const times = (sentAt.get(chat) ?? []).filter((time) => now - time < 60_000)
    const recent = times.filter((time) => now - time < 5000).length
    const over = state.strict && (chat < 0 ? times.length >= 20 : recent >= 6)
    if (over) {
      waitUntil.set(chat, now + 2000)
      return 2
    }
    sentAt.set(chat, [...times, now])
    return 0
  }

  const calls: Call[] = []
  const messages: SeenMessage[] = []
  const handedOut = new Map<number, number>()
  const asMessage = ({ id, chat, text }: SeenMessage): Json => ({
    message_id: id,
    date: Math.floor(Date.now() / 1000),
    chat: { id: chat, type: chat < 0 ? 'supergroup' : 'private' },
    from: me,
    text,
  })
  const who = (id = 77, language = 'en') => ({ id, is_bot: false, first_name: 'Uxía', language_code: language })
  const where = (id: number) =>
    id < 0 ? { id, type: 'supergroup', title: 'Group' } : { id, type: 'private', first_name: 'Uxía' }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const state: TelegramServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    calls,
    messages,
    pending: [],
    handedOut,
    impatient: 0,
    webhook: undefined,
    blocked: new Set(),
    deactivated: new Set(),
    migrated: new Map(),
    fault: undefined,
    strict: true,
    push: (update) => {
      const update_id = nextUpdate++
      state.pending.push({ update_id, ...update })
      for (const resolve of wake.splice(0)) resolve()
      return update_id
    },
    write: (text, { chat = 77, from = chat < 0 ? 77 : chat, language, ...more } = {}) => {
      const command = /^\/\S+/.exec(text)?.[0]
      const mention = /@\w+/.exec(text)
      const entities = [
        ...(command ? [{ type: 'bot_command', offset: 0, length: command.length }] : []),
        ...(mention && !command ? [{ type: 'mention', offset: mention.index, length: mention[0].length }] : []),
      ]
      const date = Math.floor(Date.now() / 1000)
      return state.push({
        message: {
          message_id: 100_000 + nextUpdate,
          date,
          chat: where(chat),
          from: who(from, language),
          text,
          entities,
          ...more,
        },
      })
    },
    press: (data, { chat = 77, from = chat < 0 ? 77 : chat, language } = {}) => {
      const message = messages.findLast(
        ({ buttons, chat: at }) => at === chat && buttons.some((button) => button.data === data),
      )
      if (!message) throw new Error(`There is no button ${data} in chat ${chat}.`)
      return state.push({
        callback_query: {
          id: String(nextUpdate),
          from: who(from, language),
          chat_instance: '1',
          data,
          message: asMessage(message),
        },
      })
    },
    seen: (chat = 77) => messages.filter((message) => message.chat === chat && !message.deleted),
    close: async () => {
      for (const resolve of wake.splice(0)) resolve()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  wake = []
  return state
}
