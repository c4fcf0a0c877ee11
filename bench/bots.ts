import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBotStore } from '../bots/store.ts'
import { webhookSecret } from '../bots/telegram/webhook.ts'
import { openHome } from '../core/home.ts'
import { residentMemory } from '../core/process.ts'
import { createRandom } from '../core/random.ts'
import { acquaint } from '../test/bots/acquaint.ts'
import { type Command, startBotCommand } from '../test/bots/command.ts'
import {
  appSecret,
  messageFrom,
  notification,
  phone,
  signatureOf,
  startGraphServer,
  token,
  verifyToken,
} from '../test/bots/graph-server.ts'
import { startTelegramServer } from '../test/bots/telegram-server.ts'
import { startModelServer } from '../test/server/model-server.ts'
import { endonymServe } from './endonym-serve.ts'
import type { BenchContext, Comparison } from './run.ts'

/** `BOT_SECONDS=10` is a short one. */
const seconds = Number(process.env.BOT_SECONDS ?? 60)
const rate = 500

/** A request to a webhook, and what it should be answered with. */
type Delivery = { body: string; headers: Record<string, string>; status: number }

/** What one platform's part of the flood is. */
type Flood = {
  name: string
  start(home: string, server: string): Command
  /** Distinct messages; each comes many times. */
  messages: number
  people: readonly string[]
  delivery(nth: number, forged: boolean): Delivery
  /** What people got, with whom. */
  answers(): string[]
  expected(nth: number): string
}

/**
 * Webhooks in a flood: 500 requests a second for a minute, of which a fifth is forged (another secret, a flipped byte) and most of the rest come again and again, in any order. The bot runs as the command does; the
 * platforms, and the models behind a real server, are stand-ins that speak the wire formats.
 */
export async function bots({ folder }: BenchContext): Promise<Comparison[]> {
  const home = openHome(fs.mkdtempSync(path.join(folder, 'home-')))
  const models = await startModelServer({ alpha: (messages) => ({ pieces: [`I heard ${messages.at(-1)?.content}.`] }) })
  const upstreams = [{ name: 'elsewhere', url: `${models.url}/v1`, models: [{ name: 'alpha', language: 'gl' }] }]
  fs.writeFileSync(path.join(home.dir, 'upstreams.json'), JSON.stringify(upstreams))
  const server = await endonymServe(home.dir, [], path.join(home.dir, 'serve.log'))
  const graph = await startGraphServer()
  const telegram = await startTelegramServer()
  try {
    const root = server.url.replace(/\/v1$/, '')
    const lines = []
    for (const flood of [whatsApp(graph), telegramFlood(telegram)]) lines.push(...(await run(flood, home.dir, root)))
    return lines
  } finally {
    await server.stop()
    await graph.close()
    await telegram.close()
    await models.close()
  }
}

function whatsApp(graph: Awaited<ReturnType<typeof startGraphServer>>): Flood {
  const people = Array.from({ length: 300 }, (_, i) => `346${String(i).padStart(8, '0')}`)
  const messages = Array.from({ length: 50 * seconds }, (_, i) =>
    messageFrom(`message ${i}`, { from: people[i % people.length] }),
  )
  const env = {
    WHATSAPP_TOKEN: token,
    WHATSAPP_PHONE_ID: phone,
    WHATSAPP_APP_SECRET: appSecret,
    WHATSAPP_VERIFY_TOKEN: verifyToken,
  }
  return {
    name: 'whatsapp',
    people,
    messages: messages.length,
    start: (home, server) =>
      startBotCommand(['whatsapp', '--home', home, '--server', server, '--api-root', graph.url, '--port', '0'], env),
    delivery: (nth, forged) => {
      const body = JSON.stringify(notification([messages[nth]]))
      const signature = signatureOf(body)
      if (!forged) return { body, headers: { 'x-hub-signature-256': signature }, status: 200 }
      // By turns another secret and a flipped byte.
      const flipped = body.replace('message ', 'massage ')
      const headers = { 'x-hub-signature-256': nth % 2 === 0 ? signature : signatureOf(flipped, 'another') }
      return { body: flipped, headers, status: 401 }
    },
    answers: () => graph.sent.map(({ to, body }) => `${to} ${body.text?.body}`),
    expected: (nth) => `${messages[nth].from} I heard message ${nth}.`,
  }
}

function telegramFlood(telegram: Awaited<ReturnType<typeof startTelegramServer>>): Flood {
  const people = Array.from({ length: 300 }, (_, i) => String(70_000 + i))
  const secret = webhookSecret(telegram.token)
  const url = 'https://bot.example/telegram'
  return {
    name: 'telegram',
    people,
    // An answer takes two requests, of which Telegram allows thirty a second.
    messages: 12 * seconds,
    start: (home, server) =>
      startBotCommand(
        ['telegram', '--home', home, '--server', server, '--api-root', telegram.url, '--webhook', url, '--port', '0'],
        {
          TELEGRAM_BOT_TOKEN: telegram.token,
        },
      ),
    delivery: (nth, forged) => {
      const id = 70_000 + (nth % people.length)
      const text = forged ? `forged ${nth}` : `message ${nth}`
      const message = {
        message_id: nth + 1,
        date: 1_790_000_000,
        chat: { id, type: 'private' },
        from: { id, is_bot: false, first_name: 'U' },
        text,
      }
      const body = JSON.stringify({ update_id: (forged ? 500_000 : 1000) + nth, message })
      return {
        body,
        headers: { 'x-telegram-bot-api-secret-token': forged ? `${secret.slice(0, -1)}_` : secret },
        status: forged ? 401 : 200,
      }
    },
    answers: () => telegram.messages.map(({ chat, text }) => `${chat} ${text}`),
    expected: (nth) => `${70_000 + (nth % people.length)} I heard message ${nth}.`,
  }
}

async function run(flood: Flood, home: string, server: string): Promise<Comparison[]> {
  const store = openBotStore(path.join(home, `bot-${flood.name}.db`))
  await acquaint(store, flood.people)
  await store.destroy()
  const bot = flood.start(home, server)
  const port = await portOf(bot)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const random = createRandom(flood.name)
  const times: number[] = []
  let wrong = 0
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMemory(bot.child.pid ?? 0))
  }, 500)
  console.log(`    ${flood.name}: ${rate} requests a second for ${seconds} seconds`)
  const total = rate * seconds
  const begun = performance.now()
  const sent: Promise<void>[] = []
  for (let i = 0; i < total; i++) {
    const due = begun + (i * 1000) / rate
    if (performance.now() < due) await sleep(due - performance.now())
    // New ones come as time goes on; the rest is what came before, in any order.
    const newest = Math.floor((i / total) * flood.messages)
    const isNew = i === 0 || newest > Math.floor(((i - 1) / total) * flood.messages)
    const { body, headers, status } = flood.delivery(
      isNew ? newest : random.int(newest + 1),
      !isNew && random.next() < 0.22,
    )
    const at = performance.now()
    sent.push(
      post(port, agent, body, headers).then((got) => {
        times.push(performance.now() - at)
        if (got !== status) wrong++
      }),
    )
  }
  await Promise.all(sent)
  const flooded = performance.now()
  const answered = () => flood.answers().filter((text) => text.includes('I heard')).length
  while (answered() < flood.messages && performance.now() - flooded < 300_000) await sleep(200)
  const drained = (performance.now() - flooded) / 1000
  await sleep(2000)
  clearInterval(watch)
  const crashed = bot.child.exitCode !== null
  bot.child.kill('SIGINT')
  await bot.ended
  agent.destroy()
  const counts = new Map<string, number>()
  for (const text of flood.answers()) counts.set(text, (counts.get(text) ?? 0) + 1)
  const expected = Array.from({ length: flood.messages }, (_, nth) => flood.expected(nth))
  const notOnce = expected.filter((text) => counts.get(text) !== 1).length
  const strange =
    [...counts.keys()].filter((text) => text.includes('I heard')).length -
    expected.filter((text) => counts.has(text)).length
  const what = (text: string) => `${flood.name}: ${text}`
  return [
    { what: what('requests'), ours: times.length, unit: '' },
    { what: what('of these a second'), ours: times.length / ((flooded - begun) / 1000), unit: '' },
    { what: what('answered with another status than they should'), ours: wrong, unit: '', most: 0 },
    { what: what('messages'), ours: expected.length, unit: '' },
    { what: what('not answered exactly once'), ours: notOnce, unit: '', most: 0 },
    { what: what('answers to what was forged'), ours: strange, unit: '', most: 0 },
    { what: what('crashes'), ours: crashed ? 1 : 0, unit: '', most: 0 },
    { what: what('a request, median'), ours: quantile(times, 0.5), unit: 'ms' },
    { what: what('a request, 99 %'), ours: quantile(times, 0.99), unit: 'ms' },
    { what: what('from the flood’s end to the last answer'), ours: drained, unit: 's' },
    { what: what('memory at most'), ours: peak / 1e6, unit: 'MB' },
  ]
}

async function portOf(bot: Command): Promise<number> {
  for (let waited = 0; waited < 30_000; waited += 100) {
    const port = /listens on [\d.]+:(\d+)/.exec(bot.output())?.[1]
    if (port) return Number(port)
    await sleep(100)
  }
  throw new Error(`The bot did not start: ${bot.output()}`)
}

/** @returns the status; 0 where the connection ended. */
function post(port: number, agent: http.Agent, body: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        path: '/',
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', ...headers },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    request.on('error', () => resolve(0))
    request.end(body)
  })
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0
