import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openBotStore } from '../../bots/store.ts'
import { createRandom } from '../../core/random.ts'
import { type SessionServer, startSessionServer } from '../server/session-server.ts'
import { acquaint } from './acquaint.ts'
import { type Command, startBotCommand } from './command.ts'
import {
  appSecret,
  deliver,
  messageFrom,
  notification,
  phone,
  startGraphServer,
  token,
  verifyToken,
} from './graph-server.ts'
import { newFolder, until } from './start.ts'
import { startTelegramServer, type TelegramServer } from './telegram-server.ts'

let server: SessionServer
let telegram: TelegramServer
let running: Command | undefined
const home = newFolder()
beforeEach(async () => {
  const speak = (messages: { content: string }[]) => ({
    pieces: ['I ', 'heard ', `${messages.at(-1)?.content}.`],
    ms: 60,
  })
  server = await startSessionServer({ alpha: speak }, { language: 'gl' })
  telegram = await startTelegramServer()
})
afterEach(async () => {
  running?.child.kill('SIGKILL')
  await running?.ended
  await telegram.close()
  await server.close()
})

const start = (args: string[] = [], token = telegram.token): Command =>
  startBotCommand(['telegram', '--home', home, '--server', server.url, '--api-root', telegram.url, ...args], {
    TELEGRAM_BOT_TOKEN: token,
  })

describe('the command', () => {
  test('wants a token, checks it, and says what it would do; no output has the token', async () => {
    const ended = async (command: Command): Promise<[unknown, string]> => [await command.ended, command.output()]
    expect(await ended(start([], ''))).toEqual([
      2,
      expect.stringContaining(
        'Put the token that @BotFather gave you into the environment variable TELEGRAM_BOT_TOKEN',
      ),
    ])
    expect(await ended(start([], 'abc'))).toEqual([2, expect.stringContaining('is no token of Telegram')])
    const wrong = '987654321:AAnotTheTokenThatItShouldBe_atAll'
    const [code, said] = await ended(start([], wrong))
    expect([code, said]).toEqual([2, expect.stringContaining('Telegram does not know the token')])
    const [dry, text] = await ended(start(['--dry-run']))
    expect([dry, text]).toEqual([
      0,
      expect.stringMatching(/The token is good\. @endonym_bot answers in galego, with the models of http/),
    ])
    expect(said + text).not.toMatch(/AAFake|AAnot/)
    expect(telegram.calls.map(({ method }) => method)).toEqual(['getMe', 'getMe'])
  })

  test('killed at 20 random points of a conversation of 50 messages, it answers each exactly once', async () => {
    const random = createRandom('kill -9')
    running = start()
    telegram.write('/start')
    await until(() => telegram.seen().some(({ text }) => text.includes('Do you agree?')))
    telegram.press('agree')
    await until(() => telegram.seen().some(({ text }) => text.includes('Desde agora falo')))
    // Its commands are registered in each language of the interface.
    expect(
      telegram.calls.filter(({ method }) => method === 'setMyCommands').map(({ body }) => body.language_code),
    ).toEqual([undefined, 'es', 'fr', 'ar', 'gl'])

    const questions = Array.from({ length: 50 }, (_, i) => `question ${i + 1}`)
    const answersTo = (question: string) =>
      telegram.messages.filter(({ text }) => text === `I heard ${question}.`).length
    let asked = 0
    const ask = (): void => void telegram.write(questions[asked++] ?? '')
    ask()
    let kills = 0
    let killAt = Date.now() + 300 + random.int(2500)
    await until(
      () => {
        if (asked < questions.length && answersTo(questions[Math.max(0, asked - 2)] ?? '') > 0) ask()
        if (kills < 20 && Date.now() > killAt) {
          kills++
          running?.child.kill('SIGKILL')
          running = start()
          // From before the first request of the new process to well into its answers.
          killAt = Date.now() + 600 + random.int(4500)
        }
        return kills === 20 && asked === 50 && questions.every((question) => answersTo(question) > 0)
      },
      300_000,
      'An answer to each message',
    )
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(questions.map(answersTo)).toEqual(questions.map(() => 1))
    // In the order in which they were asked.
    const order = telegram.messages
      .map(({ text }) => /^I heard question (\d+)\.$/.exec(text)?.[1])
      .filter((n) => n !== undefined)
    expect(order).toEqual(questions.map((_, i) => String(i + 1)))
    // What a kill between Telegram's acceptance and our note of it can leave behind, and nothing else.
    const others = telegram.messages
      .filter(({ text }) => !/^I heard|Do you agree|Desde agora/.test(text))
      .map(({ text }) => text)
    expect(others.every((text) => text === '…' || 'I heard question'.startsWith(text))).toBe(true)
    expect(others.length).toBeLessThan(6)
    expect(telegram.impatient).toBe(0)
    running?.child.kill('SIGINT')
    expect(await running?.ended).toBe(0)
    running = undefined
  }, 330_000)
})

test('WhatsApp: killed at 10 random points of 30 messages, it answers each exactly once, as WhatsApp tells what it has', async () => {
  const graph = await startGraphServer()
  const port = await freePort()
  const random = createRandom('kill -9 of WhatsApp')
  const env = {
    WHATSAPP_TOKEN: token,
    WHATSAPP_PHONE_ID: phone,
    WHATSAPP_APP_SECRET: appSecret,
    WHATSAPP_VERIFY_TOKEN: verifyToken,
  }
  const args = ['whatsapp', '--home', home, '--server', server.url, '--api-root', graph.url, '--port', String(port)]
  /** Delivers as Meta does: again and again, until it is taken. */
  let over = false
  const insist = async (body: unknown): Promise<void> => {
    while (!over && (await deliver(port, body).catch(() => 0)) !== 200) await sleep(300)
  }
  let unanswered = 0
  graph.accepted = async ({ id, to, body }) => {
    const status = {
      id,
      status: 'sent',
      timestamp: '1',
      recipient_id: to,
      biz_opaque_callback_data: body.biz_opaque_callback_data,
    }
    void sleep(200).then(() => insist(notification([], { statuses: [status] })))
    // A wide gap between acceptance and the answer that tells of it, in which many of the kills fall.
    unanswered++
    await sleep(random.int(400))
    unanswered--
  }
  const store = openBotStore(path.join(home, 'bot-whatsapp.db'))
  await acquaint(store, ['34611111111'])
  await store.destroy()
  try {
    running = startBotCommand(args, env)
    const questions = Array.from({ length: 30 }, (_, i) => `question ${i + 1}`)
    const answersTo = (question: string) => graph.texts().filter((text) => text === `I heard ${question}.`).length
    const delivering: Promise<void>[] = []
    let kills = 0
    let inGap = 0
    let killAt = Date.now() + 3000
    await until(
      () => {
        if (delivering.length < 30 && delivering.length < graph.sent.length + 2) {
          const timestamp = String(Math.floor(Date.now() / 1000) + delivering.length)
          delivering.push(insist(notification([messageFrom(questions[delivering.length] ?? '', { timestamp })])))
        }
        if (kills < 10 && Date.now() > killAt) {
          kills++
          if (unanswered > 0) inGap++
          running?.child.kill('SIGKILL')
          running = startBotCommand(args, env)
          killAt = Date.now() + 1500 + random.int(2500)
        }
        return kills === 10 && questions.every((question) => answersTo(question) > 0)
      },
      150_000,
      'An answer to each message',
    )
    await sleep(3000)
    expect(questions.map(answersTo)).toEqual(questions.map(() => 1))
    // Otherwise nothing was tried.
    expect(inGap).toBeGreaterThan(0)
  } finally {
    over = true
    running?.child.kill('SIGKILL')
    await running?.ended
    running = undefined
    await graph.close()
  }
}, 180_000)

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
