import crypto from 'node:crypto'
import type { Update as TelegramUpdate } from 'grammy/types'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { longestBody } from '../listen.ts'
import { isSame } from '../secret.ts'

/** What Telegram shows with each update, so that nobody else's are taken. It follows from the token, and so is the same after a restart. */
export function webhookSecret(token: string): string {
  return crypto.createHmac('sha256', token).update('endonym webhook').digest('base64url')
}

/** Where Telegram delivers updates: `POST` to any path. @param take resolves when the update is on the disk */
export function telegramWebhook(secret: string, take: (update: TelegramUpdate) => Promise<void>): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .post('*', async (c, next) => {
      // Before anything of the body is read.
      if (!isSame(c.req.header('x-telegram-bot-api-secret-token') ?? '', secret))
        return c.text('Not from Telegram.', 401)
      return next()
    })
    .post('*', bodyLimit({ maxSize: longestBody }), async (c) => {
      const update = await c.req.json<TelegramUpdate>().catch(() => undefined)
      if (typeof update?.update_id !== 'number') return c.text('This is no update.', 400)
      await take(update)
      return c.body(null, 200)
    })
}
