import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { adapter, startServer, student, type TestServer } from '../server/start.ts'
import { acquaint } from './acquaint.ts'
import { allAnswered, type RunningBot, startTelegramBot, until } from './start.ts'
import { startTelegramServer, type TelegramServer } from './telegram-server.ts'

vi.setConfig({ testTimeout: 240_000 })

let server: TestServer
let telegram: TelegramServer
let bot: RunningBot
beforeAll(async () => {
  server = await startServer()
  telegram = await startTelegramServer()
  bot = await startTelegramBot(telegram, server.url, { patience: 60 })
}, 60_000)
afterAll(async () => {
  await bot.stop()
  await telegram.close()
  await server.close()
})

test('a conversation in two languages with a real model, longer than the model’s context', async () => {
  const done = async () => (await allAnswered(bot)) && telegram.pending.length === 0
  const say = async (text: string): Promise<string[]> => {
    const before = telegram.seen().length
    telegram.write(text)
    await until(() => telegram.pending.length === 0, 30_000)
    await until(done, 200_000, `An answer to ${text.slice(0, 40)}`)
    return telegram
      .seen()
      .slice(before)
      .map(({ text }) => text)
  }
  const turns = () => bot.store.selectFrom('turns').selectAll().orderBy('seq').execute()
  await acquaint(bot.store, ['77'])
  const [galician = ''] = await say('Que é unha lingua? Dio en poucas palabras.')
  expect(galician.length).toBeGreaterThan(2)
  expect(await turns()).toMatchObject([
    { question: 'Que é unha lingua? Dio en poucas palabras.', answer: galician, model: student },
  ])

  expect((await say('/language euskara')).join()).toMatch(/euskara/)
  const [basque = ''] = await say('Zer moduz? Esan labur.')
  expect(basque.length).toBeGreaterThan(2)
  expect(await turns()).toMatchObject([{ question: 'Zer moduz? Esan labur.', answer: basque, model: adapter }])

  // The test's context holds 1,024 tokens: whole turns go, the oldest first, until the question fits.
  const long = 'Hitz asko dira honetan. '.repeat(50)
  await say(`${long}Bai?`)
  await say(`${long}Ez?`)
  const kept = await turns()
  expect(kept.at(-1)?.question).toContain('Ez?')
  expect(kept.at(-1)?.answer).not.toBe('')
  expect(kept.map(({ question }) => question)).not.toContain('Zer moduz? Esan labur.')
  expect(telegram.calls.filter(({ status }) => status === 429)).toEqual([])
  const asked = server.log.filter(({ path }) => path === '/v1/chat/completions')
  expect(asked.some(({ code }) => code === 'context_length_exceeded')).toBe(true)
})
