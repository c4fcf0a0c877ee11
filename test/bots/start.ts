import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createApi } from '../../bots/api.ts'
import { type Bot, createBot } from '../../bots/bot.ts'
import { type BotStore, openBotStore } from '../../bots/store.ts'
import { runTelegram } from '../../bots/telegram/run.ts'
import { openTelegram } from '../../bots/telegram.ts'
import { runWhatsApp } from '../../bots/whatsapp/run.ts'
import { openWhatsApp } from '../../bots/whatsapp.ts'
import { appSecret, type GraphServer, phone, token, verifyToken } from './graph-server.ts'
import type { TelegramServer } from './telegram-server.ts'

export type RunningBot = {
  core: Bot
  store: BotStore
  log: string[]
  /** The folder with its database, which stays for the next one. */
  folder: string
  /** Where a webhook is listened to. */
  port: number
  stop(): Promise<void>
}

export const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-bot-'))

/** A bot as `endonym bot telegram` starts it, in this process. */
export async function startTelegramBot(
  telegram: TelegramServer,
  server: string,
  options: { folder?: string; webhook?: boolean; patience?: number; key?: string } = {},
): Promise<RunningBot> {
  const { folder = newFolder() } = options
  const stopping = new AbortController()
  const stopped = stopping.signal
  const log: string[] = []
  const say = (line: string) => void log.push(line)
  const store = openBotStore(path.join(folder, 'bot.db'))
  const api = createApi({
    server,
    channel: 'telegram',
    signal: stopped,
    patience: options.patience ?? 3,
    key: options.key,
  })
  const connected = await openTelegram(telegram.token, { apiRoot: telegram.url, stopped })
  const core = createBot({ store, platform: connected.platform, api, stopped, log: say })
  await core.resume()
  const webhook = options.webhook ? { url: 'https://bot.example/telegram', host: '127.0.0.1', port: 0 } : undefined
  const running = runTelegram(connected, core, { token: telegram.token, webhook, stopped, log: say })
  running.catch((error: unknown) => say(`ended: ${error}`))
  if (webhook) await until(() => log.some((line) => line.includes('listens on')))
  return runningBot({ core, store, log, folder }, { running, stopping })
}

function runningBot(
  bot: Pick<RunningBot, 'core' | 'store' | 'log' | 'folder'>,
  { running, stopping }: { running: Promise<void>; stopping: AbortController },
): RunningBot {
  const { core, store, log } = bot
  return {
    ...bot,
    port: Number(/listens on [\d.]+:(\d+)/.exec(log.join('\n'))?.[1] ?? 0),
    stop: async () => {
      stopping.abort(new Error('The test is over.'))
      await running
      await core.idle()
      await store.destroy()
    },
  }
}

/** Whether a bot has answered all updates that it has received. */
export async function allAnswered({ store }: Pick<RunningBot, 'store'>): Promise<boolean> {
  const { n } = await store
    .selectFrom('updates')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('state', '!=', 'done')
    .executeTakeFirstOrThrow()
  return n === 0
}

/** Waits until something is so. */
export async function until(is: () => boolean | Promise<boolean>, ms = 20_000, what = 'It'): Promise<void> {
  const end = performance.now() + ms
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`${what} did not come about within ${ms} ms: ${is}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A bot as `endonym bot whatsapp` starts it, in this process. */
export async function startWhatsAppBot(
  graph: GraphServer,
  server: string,
  options: { folder?: string; template?: string } = {},
): Promise<RunningBot> {
  const { folder = newFolder(), template } = options
  const stopping = new AbortController()
  const stopped = stopping.signal
  const log: string[] = []
  const say = (line: string) => void log.push(line)
  const store = openBotStore(path.join(folder, 'bot.db'))
  const api = createApi({ server, channel: 'whatsapp', signal: stopped, patience: 3 })
  const { platform } = await openWhatsApp({ token, phone, apiRoot: graph.url, template, stopped, log: say })
  const core = createBot({ store, platform, api, stopped, log: say })
  await core.resume()
  const running = runWhatsApp(core, { phone, appSecret, verifyToken, host: '127.0.0.1', port: 0, stopped, log: say })
  running.catch((error: unknown) => say(`ended: ${error}`))
  await until(() => log.some((line) => line.includes('listens on')))
  return runningBot({ core, store, log, folder }, { running, stopping })
}
