import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { webhookSecret } from '../../bots/telegram/webhook.ts'
import { createRandom } from '../../core/random.ts'
import { type SessionServer, startSessionServer } from '../server/session-server.ts'
import { acquaint } from './acquaint.ts'
import { deliver, type GraphServer, messageFrom, notification, signatureOf, startGraphServer } from './graph-server.ts'
import { allAnswered, type RunningBot, startTelegramBot, startWhatsAppBot, until } from './start.ts'
import { startTelegramServer, type TelegramServer } from './telegram-server.ts'

type Json = ReturnType<typeof JSON.parse>

let server: SessionServer
let bot: RunningBot
let graph: GraphServer
let telegram: TelegramServer
beforeEach(async () => {
  const speak = (messages: { content: string }[]) => ({ pieces: [`I heard ${messages.at(-1)?.content}.`] })
  server = await startSessionServer({ alpha: speak }, { language: 'gl' })
  graph = await startGraphServer()
  telegram = await startTelegramServer()
})
afterEach(async () => {
  await bot.stop()
  await graph.close()
  await telegram.close()
  await server.close()
})

/** Does something with each, so many at once. */
async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of rest) await work(item)
    }),
  )
}
async function allDone(ms: number): Promise<void> {
  await until(() => allAnswered(bot), ms, 'The end of all updates')
}

describe('WhatsApp', () => {
  test('1,000 messages come twice, out of order, and once more after a restart: each is answered once', async () => {
    const random = createRandom('flood')
    const people = Array.from({ length: 100 }, (_, i) => `346${String(i).padStart(8, '0')}`)
    bot = await startWhatsAppBot(graph, server.url)
    await acquaint(bot.store, people)
    const messages: Json[] = Array.from({ length: 1000 }, (_, i) =>
      messageFrom(`message ${i}`, { from: people[i % 100] }),
    )
    const once = (body: Json) => async () => expect(await deliver(bot.port, body)).toBe(200)
    // Duplicates, among them some in one notification and some at the same time, in any order.
    const deliveries = random.shuffle([
      ...messages.map((one) => notification([one])),
      ...messages.map((one) => notification([one, one])),
    ])
    await each(deliveries, 20, (body) => once(body)())
    await allDone(120_000)
    const { folder } = bot
    await bot.stop()
    bot = await startWhatsAppBot(graph, server.url, { folder })
    await each(random.shuffle(messages), 20, (one) => once(notification([one]))())
    await allDone(60_000)
    const answers = graph.sent.map(({ to, body }) => `${to} ${body.text?.body}`).sort()
    expect(answers).toEqual(messages.map(({ from, text }) => `${from} I heard ${text.body}.`).sort())
    expect(bot.log.join('\n')).not.toMatch(/not answered|given up/)
  }, 240_000)

  test('five seconds of 500 requests a second, a third of them forged: each message is answered once, and none that was forged', async () => {
    const people = Array.from({ length: 50 }, (_, i) => `346${String(i).padStart(8, '0')}`)
    bot = await startWhatsAppBot(graph, server.url)
    await acquaint(bot.store, people)
    const messages: Json[] = Array.from({ length: 250 }, (_, i) =>
      messageFrom(`message ${i}`, { from: people[i % 50] }),
    )
    const statuses = new Map<number, number>()
    const started = performance.now()
    const sent: Promise<void>[] = []
    for (let i = 0; i < 2500; i++) {
      const due = started + i * 2
      if (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, due - performance.now()))
      const isForged = i % 3 === 2
      const body = JSON.stringify(
        notification([isForged ? messageFrom(`forged ${i}`, { from: people[i % 50] }) : messages[i % 250]]),
      )
      const headers = isForged ? { 'x-hub-signature-256': signatureOf(body, 'another secret') } : {}
      sent.push(
        deliver(bot.port, body, headers).then((status) => void statuses.set(status, (statuses.get(status) ?? 0) + 1)),
      )
    }
    await Promise.all(sent)
    expect(Object.fromEntries(statuses)).toEqual({ 200: 1667, 401: 833 })
    await allDone(60_000)
    const texts = graph.sent.map(({ body }) => body.text.body)
    expect(texts.sort()).toEqual(messages.map(({ text }) => `I heard ${text.body}.`).sort())
  }, 120_000)
})

describe('Telegram', () => {
  const post = async (body: string, secret: string | undefined) => {
    const headers = {
      'content-type': 'application/json',
      ...(secret !== undefined && { 'x-telegram-bot-api-secret-token': secret }),
    }
    const response = await fetch(`http://127.0.0.1:${bot.port}/telegram`, { method: 'POST', headers, body })
    await response.arrayBuffer()
    return response.status
  }
  const updateOf = (i: number, chat: number): Json => ({
    update_id: 5000 + i,
    message: {
      message_id: 100 + i,
      date: 1_790_000_000,
      chat: { id: chat, type: 'private' },
      from: { id: chat, is_bot: false, first_name: 'U' },
      text: `message ${i}`,
    },
  })

  test('a webhook takes updates that show its secret alone, each once, however often and in whichever order they come', async () => {
    bot = await startTelegramBot(telegram, server.url, { webhook: true })
    const secret = webhookSecret(telegram.token)
    expect(telegram.webhook).toEqual({ url: 'https://bot.example/telegram', secret })
    const people = Array.from({ length: 40 }, (_, i) => String(500 + i))
    await acquaint(bot.store, people)
    const updates = Array.from({ length: 120 }, (_, i) => updateOf(i, 500 + (i % 40)))
    for (const wrong of [undefined, '', 'x', secret.slice(1), `${secret}x`, secret.toLowerCase()]) {
      expect(await post(JSON.stringify(updateOf(9999, 501)), wrong)).toBe(401)
    }
    expect(await post(`{"update_id":"${'x'.repeat(5 << 20)}"}`, secret).catch(() => 413)).toBe(413)
    expect(await post('{', secret)).toBe(400)
    const random = createRandom('telegram')
    await each(random.shuffle([...updates, ...updates, ...updates]), 16, async (update) => {
      expect(await post(JSON.stringify(update), secret)).toBe(200)
    })
    await allDone(120_000)
    await each(random.shuffle(updates), 16, async (update) => void (await post(JSON.stringify(update), secret)))
    await allDone(10_000)
    const answers = telegram.messages.map(({ chat, text }) => `${chat} ${text}`).sort()
    expect(answers).toEqual(updates.map(({ message }) => `${message.chat.id} I heard ${message.text}.`).sort())
    expect(telegram.calls.filter(({ status }) => status !== 200)).toEqual([])
  }, 180_000)
})
