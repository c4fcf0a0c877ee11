import type { Bot } from '../bot.ts'
import { listenWebhook } from '../listen.ts'
import { readNotification } from './update.ts'
import { whatsAppWebhook } from './webhook.ts'

export type RunWhatsAppOptions = {
  phone: string
  appSecret: string
  verifyToken: string
  host: string
  port: number
  stopped: AbortSignal
  log(line: string): void
}

/** Takes what WhatsApp delivers until it is stopped. A notification is acknowledged when all its messages have been written down. */
export async function runWhatsApp(core: Bot, options: RunWhatsAppOptions): Promise<void> {
  const { phone, appSecret, verifyToken, host, port, stopped, log } = options
  const take = async (body: unknown): Promise<boolean> => {
    const read = readNotification(body, phone)
    if (!read) return false
    await Promise.all(read.updates.map((update) => core.receive(update)))
    for (const { id, key, status, error } of read.statuses) {
      if (status === 'failed') log(`WhatsApp could not deliver a message: error ${error ?? 'unknown'}.`)
      else if (key !== undefined) await core.confirm(key, id)
    }
    return true
  }
  const listening = await listenWebhook(whatsAppWebhook({ appSecret, verifyToken, take }), { host, port })
  log(`This machine listens on ${host}:${listening.port} for what WhatsApp delivers.`)
  try {
    await new Promise<void>((resolve) => {
      if (stopped.aborted) resolve()
      stopped.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    await listening.stop()
  }
}
