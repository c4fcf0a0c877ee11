import { autoRetry } from '@grammyjs/auto-retry'
import { apiThrottler } from '@grammyjs/transformer-throttler'
import { Bot, Api as BotApi, GrammyError, HttpError, InlineKeyboard } from 'grammy'
import type { Update as TelegramUpdate, UserFromGetMe } from 'grammy/types'
import { EndonymError } from '../core/error.ts'
import { markUp } from './markup.ts'
import { type Address, type Button, MovedError, type Outgoing, type Platform } from './platform.ts'
import { readUpdate } from './telegram/update.ts'

/** UTF-16 units of a message (https://core.telegram.org/bots/api#sendmessage). */
const longest = 4096

/** Milliseconds between two changes of a message: about one a second in a chat, twenty a minute in a group (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). */
const editEvery = ({ group }: Address): number => (group ? 4000 : 1100)

export type Telegram = {
  platform: Platform
  /** What Telegram says of the bot. */
  me: UserFromGetMe
  bot: Bot
  /** An update as the core takes it; none where it is not for the bot. */
  read(update: TelegramUpdate): ReturnType<typeof readUpdate>
}

/**
 * Asks Telegram who the token's bot is.
 *
 * Requests go through grammY's throttler, which keeps to Telegram's limits, and its auto-retry, which waits as long as a 429 says. Updates do not go through its runner: that tells Telegram that updates have come before
 * they are written down.
 *
 * @throws EndonymError `token_invalid`, `platform_unreachable`
 */
export async function openTelegram(
  token: string,
  { apiRoot, stopped }: { apiRoot?: string | undefined; stopped: AbortSignal },
): Promise<Telegram> {
  if (!/^\d+:[\w-]{20,}$/.test(token)) {
    throw new EndonymError(
      'token_invalid',
      'TELEGRAM_BOT_TOKEN is no token of Telegram: @BotFather gives one that looks like 123456789:AAF… when you send it /newbot.',
      { exitCode: 2 },
    )
  }
  const client = apiRoot === undefined ? {} : { client: { apiRoot } }
  // Asked without grammY's own repetitions, which would wait for a network for as long as there is none.
  const botInfo = await new BotApi(token, client.client).getMe().catch((error: unknown) => {
    if (error instanceof GrammyError && [401, 404].includes(error.error_code)) {
      throw new EndonymError(
        'token_invalid',
        'Telegram does not know the token in TELEGRAM_BOT_TOKEN. Was all of it copied, and was it not revoked? @BotFather shows it when you send it /mybots.',
        { exitCode: 2 },
      )
    }
    throw new EndonymError('platform_unreachable', `Telegram cannot be reached: ${reasonOf(error)}.`)
  })
  const bot = new Bot(token, { ...client, botInfo })
  const throttle = apiThrottler()
  // What is not a message does not count for Telegram's limits.
  bot.api.config.use((prev, method, payload, signal) =>
    method === 'sendChatAction' ? prev(method, payload, signal) : throttle(prev, method, payload, signal),
  )
  bot.api.config.use(autoRetry())
  return {
    platform: platformOn(bot.api, soonAfter(stopped)),
    me: botInfo,
    bot,
    read: (update) => readUpdate(update, botInfo),
  }
}

/** Why a request failed, without what it said or the token. */
export function reasonOf(error: unknown): string {
  if (error instanceof GrammyError) return `${error.error_code} ${error.description}`
  if (error instanceof HttpError) return 'no connection'
  return error instanceof Error ? error.message : String(error)
}

/** Milliseconds in which what is being sent may come to its end when the bot is stopped. */
const grace = 5000

/** Fires some time after another signal: what is waiting for a 429 or a network ends then, and is sent when the bot starts again. */
function soonAfter(signal: AbortSignal): AbortSignal {
  const later = new AbortController()
  signal.addEventListener('abort', () => setTimeout(() => later.abort(), grace).unref(), { once: true })
  return later.signal
}

function platformOn(api: BotApi, ended: AbortSignal): Platform {
  // grammY's type of a signal is an older one's, which lacks what it does not use.
  const signal = ended as Parameters<BotApi['deleteMessage']>[2]
  /** What Telegram says against the marks must not cost the words. */
  const sendMarked = async <T>(
    message: Outgoing,
    send: (shown: ReturnType<typeof markUp>) => Promise<T>,
  ): Promise<T> => {
    const marked = shown(message)
    try {
      return await send(marked)
    } catch (error) {
      const isMarks = error instanceof EndonymError && error.code === 'platform_refused' && marked.entities.length > 0
      if (!isMarks) throw error
      return send({ text: message.text, entities: [] })
    }
  }
  return {
    name: 'telegram',
    longest,
    editEvery,
    // Telegram keeps updates for a day. After a quiet week their numbers begin anew, so they must not be remembered for longer.
    remembers: 6,
    send: async ({ chat }, message) => {
      const other = {
        link_preview_options: { is_disabled: true },
        ...keyboard(message.buttons),
        ...(message.replyTo !== undefined && {
          reply_parameters: { message_id: Number(message.replyTo), allow_sending_without_reply: true },
        }),
      }
      const sent = await sendMarked(message, ({ text, entities }) =>
        refusals(api.sendMessage(Number(chat), text, { ...other, entities }, signal)),
      )
      return String(sent.message_id)
    },
    edit: async ({ chat }, id, message) => {
      const other = { link_preview_options: { is_disabled: true }, ...keyboard(message.buttons) }
      await sendMarked(message, ({ text, entities }) =>
        refusals(api.editMessageText(Number(chat), Number(id), text, { ...other, entities }, signal)),
      ).catch((error: unknown) => {
        if (!(error instanceof EndonymError) || error.code !== 'message_same') throw error
      })
    },
    remove: async ({ chat }, id) => void (await refusals(api.deleteMessage(Number(chat), Number(id), signal))),
    typing: async ({ chat, group }) => {
      if (!group) await api.sendChatAction(Number(chat), 'typing').catch(() => {})
    },
    seen: async ({ query }) => {
      if (query !== undefined) await api.answerCallbackQuery(query).catch(() => {})
    },
  }
}

/** Of a model's answer, Markdown is shown as what it means; of the bot's own words nothing is. Marks are told apart from the text, so that nothing needs to be escaped. */
function shown({ text, answer }: Outgoing): ReturnType<typeof markUp> {
  return answer ? markUp(text) : { text, entities: [] }
}

/** Labels of one row together at most; more do not fit on a phone. */
const rowLength = 26

function keyboard(buttons: readonly Button[] | undefined) {
  if (!buttons || buttons.length === 0) return {}
  const keyboard = new InlineKeyboard()
  let length = 0
  for (const { label, data } of buttons) {
    if (length > 0 && length + label.length > rowLength) {
      keyboard.row()
      length = 0
    }
    keyboard.text(label, data)
    length += label.length
  }
  return { reply_markup: keyboard }
}

/** Turns Telegram's refusals into those that mean something to every platform. */
async function refusals<T>(request: Promise<T>): Promise<T> {
  try {
    return await request
  } catch (error) {
    if (!(error instanceof GrammyError)) throw error
    const { error_code: status, description, parameters } = error
    const refused = (code: string) => new EndonymError(code, `Telegram refused it: ${status} ${description}.`)
    if (parameters.migrate_to_chat_id !== undefined) throw new MovedError(String(parameters.migrate_to_chat_id))
    if (/deactivated/i.test(description)) throw refused('account_deleted')
    if (status === 403 || /chat not found|PEER_ID_INVALID/i.test(description)) throw refused('chat_gone')
    if (/message is not modified/i.test(description)) throw refused('message_same')
    if (/message to edit not found|message can't be edited|MESSAGE_ID_INVALID/i.test(description))
      throw refused('message_gone')
    throw refused('platform_refused')
  }
}
