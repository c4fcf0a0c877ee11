import crypto from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { longestBody } from '../listen.ts'
import { isSame } from '../secret.ts'

export type WhatsAppWebhookDeps = {
  appSecret: string
  /** What the organiser typed at Meta as "verify token". */
  verifyToken: string
  /** Resolves when what came is on the disk. @returns false where it is nothing of WhatsApp's */
  take(body: unknown): Promise<boolean>
}

/** Where WhatsApp delivers: `GET` is Meta's handshake, `POST` a notification, signed with the app's secret over the bytes of its body. */
export function whatsAppWebhook({ appSecret, verifyToken, take }: WhatsAppWebhookDeps): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('*', (c) => {
      const { 'hub.mode': mode, 'hub.verify_token': token = '', 'hub.challenge': challenge = '' } = c.req.query()
      if (mode !== 'subscribe' || !isSame(token, verifyToken)) return c.text('The verify token is another one.', 403)
      return c.text(challenge)
    })
    .post('*', bodyLimit({ maxSize: longestBody }), async (c) => {
      const bytes = Buffer.from(await c.req.arrayBuffer())
      const signature = `sha256=${crypto.createHmac('sha256', appSecret).update(bytes).digest('hex')}`
      if (!isSame(c.req.header('x-hub-signature-256') ?? '', signature)) return c.text('Not from WhatsApp.', 401)
      const body = readJson(bytes)
      if (body === undefined || !(await take(body))) return c.text('This is no notification.', 400)
      return c.body(null, 200)
    })
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
