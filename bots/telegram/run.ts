import { GrammyError } from 'grammy'
import type { Update as TelegramUpdate } from 'grammy/types'
import { EndonymError } from '../../core/error.ts'
import { interfaceLanguages } from '../../data/messages.ts'
import type { Bot } from '../bot.ts'
import { listenWebhook } from '../listen.ts'
import { commands } from '../scene.ts'
import type { Voice } from '../speech.ts'
import { reasonOf, type Telegram } from '../telegram.ts'
import { allowedUpdates } from './update.ts'
import { telegramWebhook, webhookSecret } from './webhook.ts'

export type RunTelegramOptions = {
  token: string
  /** Public address at which Telegram delivers updates; without one they are asked for. */
  webhook?: { url: string; host: string; port: number } | undefined
  stopped: AbortSignal
  log(line: string): void
}

/** Tells Telegram what the bot can do, in each language that the interface has, for the menu beside the text field. */
export async function registerCommands({ bot }: Telegram, speak: (tag: string) => Promise<Voice>): Promise<void> {
  for (const tag of interfaceLanguages) {
    const voice = await speak(tag)
    const list = commands.map((command) => ({
      command,
      description: voice.say(`bot.command-${command}`).slice(0, 256),
    }))
    await bot.api.setMyCommands(list, tag === 'en' ? {} : { language_code: tag })
  }
}

/** Hands updates to the bot until it is stopped: by long polling, or from a webhook. An update is acknowledged when it has been written down. */
export async function runTelegram(telegram: Telegram, core: Bot, options: RunTelegramOptions): Promise<void> {
  const { token, webhook, stopped, log } = options
  const { bot } = telegram
  const take = async (update: TelegramUpdate): Promise<void> => {
    const read = telegram.read(update)
    if (read) await core.receive(read)
  }
  if (!webhook) return poll(telegram, take, stopped)
  const secret = webhookSecret(token)
  const listening = await listenWebhook(telegramWebhook(secret, take), webhook)
  try {
    await bot.api.setWebhook(webhook.url, { secret_token: secret, allowed_updates: allowedUpdates })
    log(`Telegram delivers to ${webhook.url}; this machine listens on ${webhook.host}:${listening.port}.`)
    await new Promise<void>((resolve) => {
      if (stopped.aborted) resolve()
      stopped.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    await listening.stop()
  }
}

/** grammY's own loop asks for the next updates, which acknowledges those before, only when these have been handled. */
async function poll(
  { bot }: Telegram,
  take: (update: TelegramUpdate) => Promise<void>,
  stopped: AbortSignal,
): Promise<void> {
  bot.use((context) => take(context.update))
  // What cannot be written down must not be acknowledged: the bot ends, and gets it again.
  bot.catch(({ error }) => {
    throw error
  })
  const stop = (): void => void bot.stop().catch(() => {})
  stopped.addEventListener('abort', stop, { once: true })
  try {
    await bot.start({ allowed_updates: [...allowedUpdates] })
  } catch (error) {
    if (stopped.aborted) return
    if (error instanceof GrammyError && error.error_code === 409) {
      throw new EndonymError(
        'bot_elsewhere',
        'Another program asks Telegram for this bot’s updates: a bot runs in one place at a time.',
      )
    }
    if (error instanceof GrammyError)
      throw new EndonymError('platform_unreachable', `Telegram refused it: ${reasonOf(error)}.`)
    throw error
  } finally {
    stopped.removeEventListener('abort', stop)
  }
}
