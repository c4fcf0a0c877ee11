import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import { type SessionServer, startSessionServer } from '../server/session-server.ts'
import { allAnswered, type RunningBot, startTelegramBot, until } from './start.ts'
import { type SeenMessage, startTelegramServer, type TelegramServer } from './telegram-server.ts'

type Json = ReturnType<typeof JSON.parse>

/** What the models say; a test may change it. */
let speech: (model: string, messages: { content: string }[]) => { pieces: string[]; ms?: number }
const voice = (name: string) => (messages: { content: string }[]) => speech(name, messages)
const models = { alpha: voice('alpha'), beta: voice('beta') }

let server: SessionServer
let telegram: TelegramServer
let bot: RunningBot
beforeEach(async () => {
  speech = (model, messages) => ({ pieces: [`${model[0]}: `, 'I heard ', `${messages.at(-1)?.content}.`] })
  server = await startSessionServer(models, { language: 'gl' })
  telegram = await startTelegramServer()
  bot = await startTelegramBot(telegram, server.url)
  return async () => {
    await bot.stop()
    await telegram.close()
    await server.close()
  }
})

const last = (chat?: number): SeenMessage => {
  const message = telegram.seen(chat).at(-1)
  if (!message) throw new Error('Nothing was sent.')
  return message
}
/** Waits for a message with these words. */
async function said(words: string | RegExp, chat?: number): Promise<SeenMessage> {
  const has = ({ text }: SeenMessage) => (typeof words === 'string' ? text.includes(words) : words.test(text))
  await until(() => telegram.seen(chat).some(has), 20_000, String(words))
  return telegram.seen(chat).findLast(has) as SeenMessage
}
/** Waits until nothing is under way. */
async function settled(): Promise<void> {
  await until(async () => (await allAnswered(bot)) && telegram.pending.length === 0, 30_000)
}
/** Agrees; the only language that there is is chosen then. */
async function agree(more: Json = {}): Promise<void> {
  telegram.write('/start', more)
  await said('Do you agree?', more.chat)
  telegram.press('agree', more)
  await said(/galego|Gardar/, more.chat)
}

describe('a chat', () => {
  test('asks for consent before anything is kept, and then answers in the language', async () => {
    telegram.write('My secret is a parrot.')
    const asked = await said('Do you agree?')
    expect(asked.buttons).toEqual([{ text: 'I agree', data: 'agree' }])
    await settled()
    const tables = ['people', 'turns', 'updates', 'messages', 'chats'] as const
    const kept = await Promise.all(tables.map((table) => bot.store.selectFrom(table).selectAll().execute()))
    expect(JSON.stringify(kept)).not.toMatch(/parrot|agree/)
    expect(kept[0]).toEqual([])

    telegram.press('agree')
    // The bot speaks the language that was chosen.
    await said('Desde agora falo')
    telegram.write('Ola, que tal?')
    const answer = await said('a: I heard Ola, que tal?.')
    expect(answer.replyTo).toBeUndefined()
    expect(server.models.asked.at(-1)?.messages).toEqual([{ role: 'user', content: 'Ola, que tal?' }])
    telegram.write('E logo?')
    await said('I heard E logo?.')
    expect(server.models.asked.at(-1)?.messages.map(({ content }) => content)).toEqual([
      'Ola, que tal?',
      'a: I heard Ola, que tal?.',
      'E logo?',
    ])
    telegram.write('/new')
    await said('Empezamos de novo')
    telegram.write('Outra cousa')
    await said('I heard Outra cousa')
    expect(server.models.asked.at(-1)?.messages).toHaveLength(1)
    expect(telegram.impatient).toBe(0)
    expect(telegram.calls.filter(({ status }) => status === 429)).toEqual([])
  })

  test('finds a language by any of its names, and says kindly where there is no model', async () => {
    await agree()
    telegram.write('/language')
    expect((await said('En que lingua')).buttons).toEqual([{ text: 'galego', data: 'lang:gl' }])
    telegram.write('Quechua de Cuzco xx')
    await said('Non coñezo ningunha lingua')
    telegram.write('/language Basque')
    await said(/Aínda non hai ningún modelo de .*euskara/)
    telegram.write('Galician')
    await until(() => telegram.seen().filter(({ text }) => text.includes('Desde agora falo')).length === 2)
    telegram.write('/help')
    expect((await said('/compare –')).text).toContain('/forget – borrar todo')
  })

  test('streams by changing its message, no more often than Telegram allows', async () => {
    await agree()
    speech = () => ({ pieces: 'One more word is said. '.repeat(20).match(/\S+ /g) ?? [], ms: 45 })
    telegram.write('Tell me much.')
    const whole = 'One more word is said. '.repeat(20).trim()
    const answer = await said(whole)
    await settled()
    const changes = answer.at.slice(1).map((time, i) => time - (answer.at[i] ?? 0))
    expect(changes.length).toBeGreaterThan(2)
    expect(Math.min(...changes)).toBeGreaterThan(990)
    expect(telegram.calls.filter(({ status }) => status === 429)).toEqual([])
    const shown = telegram.calls.filter(({ method }) => method === 'editMessageText').map(({ body }) => body.text)
    for (const text of shown) expect(whole.startsWith(text)).toBe(true)
    expect(telegram.calls.some(({ method, body }) => method === 'sendChatAction' && body.action === 'typing')).toBe(
      true,
    )
  })

  test('whoever deletes what is being written gets the whole once more', async () => {
    await agree()
    speech = () => ({ pieces: 'Some words of an answer. '.repeat(6).match(/\S+ /g) ?? [], ms: 100 })
    telegram.write('Tell')
    const begun = await said(/^…|^Some words/)
    begun.deleted = true
    const whole = 'Some words of an answer. '.repeat(6).trim()
    await said(whole)
    await settled()
    expect(telegram.seen().filter(({ text }) => text === whole)).toHaveLength(1)
  })

  test('splits a long answer at ends of sentences, without harm to emoji and combining marks', async () => {
    await agree()
    const sentence = 'A família 👩‍👩‍👧‍👦 foi á praia co can 🐕‍🦺 e o n\u0303 e o e\u0301 quedaron na casa. '
    const long = sentence.repeat(80).slice(0, 6000).trim()
    speech = () => ({ pieces: long.match(/.{1,200}/gsu) ?? [] })
    telegram.write('Conta')
    await until(
      () =>
        telegram
          .seen()
          .map(({ text }) => text)
          .join(' ')
          .endsWith(long.slice(-300)),
      30_000,
    )
    await settled()
    const parts = telegram
      .seen()
      .slice(-2)
      .map(({ text }) => text)
    expect(parts.join(' ')).toBe(long)
    expect(parts[0]?.length).toBeLessThanOrEqual(4096)
    expect(parts[0]?.endsWith('na casa.')).toBe(true)
  })

  test('refuses what is no text with a kind sentence', async () => {
    await agree()
    const kinds: [Json, string][] = [
      [{ voice: { file_id: 'v', duration: 2 } }, 'non podo oír'],
      [{ photo: [{ file_id: 'p', width: 1, height: 1 }] }, 'non podo ver imaxes'],
      [{ sticker: { file_id: 's' } }, 'Que bonito!'],
      [{ document: { file_id: 'd' }, caption: 'read this' }, 'non podo abrir'],
    ]
    for (const [more, words] of kinds) {
      telegram.write('', { text: undefined, ...more })
      await said(words)
    }
    expect(server.models.asked).toEqual([])
  })

  test('shows Markdown as what it means, and no other marks', async () => {
    await agree()
    speech = () => ({ pieces: ['A **bold** word, `code`, 2*3*4, snake_case and <b>none</b>.'] })
    telegram.write('Marks?')
    const answer = await said('2*3*4')
    // What Telegram says against the marks does not cost the words.
    telegram.fault = (method, { entities = [] }) =>
      method === 'editMessageText' && entities.length > 0
        ? { status: 400, body: { ok: false, error_code: 400, description: 'Bad Request: ENTITY_BOUNDS_INVALID' } }
        : undefined
    telegram.write('Again?')
    await said('A **bold** word')
    expect(answer.text).toBe('A bold word, code, 2*3*4, snake_case and <b>none</b>.')
    expect(answer.entities).toEqual([
      { type: 'bold', offset: 2, length: 4 },
      { type: 'code', offset: 13, length: 4 },
    ])
  })

  test('says so when the models are away', async () => {
    await agree()
    await server.models.close()
    telegram.write('Ola?')
    await said('Agora mesmo non chego ao modelo')
    expect(bot.log.join('\n')).toContain('was not answered')
  })

  test('asks again where the server is away or ends within an answer, and shows one answer', async () => {
    await agree()
    await bot.stop()
    let refused = 0
    const proxy = http.createServer(async (request, response) => {
      const isChat = request.url === '/v1/chat/completions'
      if (isChat && refused++ < 2) return void request.socket.destroy()
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece)
      const { headers, method = 'GET' } = request
      const { host: _, connection: __, ...kept } = headers
      const sent = http.request(server.url + request.url, { method, headers: kept }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        // The third is cut off within its stream.
        if (isChat && refused === 3)
          return void answer.once('data', (piece) => response.write(piece, () => response.destroy()))
        answer.pipe(response)
      })
      sent.end(Buffer.concat(pieces))
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    const { port } = proxy.address() as AddressInfo
    bot = await startTelegramBot(telegram, `http://127.0.0.1:${port}`, { folder: bot.folder, patience: 10 })
    speech = () => ({ pieces: 'An answer of several words.'.match(/\S+\s*/g) ?? [], ms: 20 })
    telegram.write('Ola?')
    await said('An answer of several words.')
    await settled()
    expect(telegram.seen().filter(({ text }) => text.includes('An answer'))).toHaveLength(1)
    expect(refused).toBe(4)
    proxy.closeAllConnections()
    proxy.close()
  })
})

describe('judging', () => {
  test('compares two answers blind, and the vote is in the session’s results with its channel', async () => {
    await agree()
    telegram.write('/compare')
    await said('Pregunta algo.')
    telegram.write('Cal é mellor?')
    const which = await said('Cal é mellor?')
    await until(() => last().buttons.length === 5)
    expect(last().text).not.toMatch(/alpha|beta/)
    const texts = telegram.seen().map(({ text }) => text)
    expect(texts.filter((text) => text.includes('I heard Cal é mellor?.'))).toHaveLength(2)
    expect(which).toBeDefined()
    const first = texts.find((text) => text.includes('I heard'))
    const press = last().buttons[0]?.data ?? ''
    telegram.press(press)
    await said('O teu veredicto está gardado')
    // Pressed again, it counts no more.
    telegram.press(press)
    await said('Isto xa se xulgou')
    const votes = await server.store
      .selectFrom('votes')
      .innerJoin('raters', 'raters.id', 'votes.rater')
      .selectAll()
      .execute()
    expect(votes.map(({ verdict, channel }) => [verdict, channel])).toEqual([['left', 'telegram']])

    const { createSessions } = await import('../../evaluator/sessions/sessions.ts')
    const sessions = createSessions(server.store)
    const session = (await sessions.list())[0]
    const secret = await sessions.newSecret(session?.id ?? '')
    const results: Json = await (
      await fetch(`${server.url}/api/sessions/${session?.id}/results`, {
        headers: { authorization: `Bearer ${secret}` },
      })
    ).json()
    expect(results.progress).toMatchObject({ judged: 1, raters: 1 })
    const winner = first?.includes('a: I heard') ? 'alpha' : 'beta'
    const won = results.battles.models.find(({ model }: Json) => model === winner)
    expect(won.won ?? won.wins).toBe(1)
  })

  test('a link brings a rater into a session, through its questions to its end', async () => {
    const created: Json = await (
      await fetch(`${server.url}/api/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          language: 'gl',
          name: 'Spring',
          models: ['alpha', 'beta'],
          prompts: [['Un?', 'Dous?']],
          perRater: 2,
          repeatShare: 0,
          judge: 'both',
          dialects: ['oriental', 'central', 'occidental'],
          consent: 'We keep it.',
        }),
      })
    ).json()
    telegram.write(`/start ${created.id}`)
    await said('Do you agree?')
    telegram.press('agree')
    const invited = await said('We keep it.')
    telegram.press(invited.buttons[0]?.data ?? '')
    const known = await said('How well do you know')
    expect(known.buttons.map(({ text }) => text)).toHaveLength(3)
    telegram.press(known.buttons[0]?.data ?? '')
    const variety = await said('Which variety')
    expect(variety.buttons.map(({ text }) => text)).toEqual([
      'oriental',
      'central',
      'occidental',
      'I would rather not say',
    ])
    telegram.press(variety.buttons[1]?.data ?? '')
    let judged = 0
    for (const seen = new Set([variety.id]); judged < 2; ) {
      await until(() => last().buttons.length >= 4 && !seen.has(last().id), 40_000)
      const { id, buttons } = last()
      seen.add(id)
      const isBattle = buttons.some(({ data }) => data.startsWith('vote:'))
      telegram.press(buttons[isBattle ? 1 : 4]?.data ?? '')
      if (isBattle || buttons[0]?.data.includes('correctness')) judged++
    }
    await said(/You have judged all that there was|That was all/)
    const rows = await server.store.selectFrom('votes').selectAll().execute()
    expect(rows).toHaveLength(2)
    const raters = await server.store.selectFrom('raters').selectAll().execute()
    expect(raters).toMatchObject([{ channel: 'telegram', proficiency: 'native', dialect: 'central' }])
  }, 120_000)

  test('marks and corrects single answers, and /forget deletes all and proves it', async () => {
    await agree()
    telegram.write('Unha pregunta')
    await said('I heard Unha pregunta')
    telegram.write('/rate')
    await until(() => last().buttons.length === 6)
    const { buttons } = last()
    telegram.press(buttons[1]?.data ?? '')
    telegram.press(buttons[2]?.data ?? '')
    telegram.write('/correct')
    await said('Como responderías ti?')
    telegram.write('Así respondería eu.')
    await until(() => telegram.seen().filter(({ text }) => text.startsWith('Grazas')).length === 3)
    const [given, ...more] = await server.store.selectFrom('feedback').selectAll().execute()
    expect(more).toEqual([])
    expect(given).toMatchObject({
      thumb: 'down',
      flags_json: '["wrong_language"]',
      correction: 'Así respondería eu.',
      channel: 'telegram',
      model: 'alpha',
    })

    telegram.write('/compare')
    await said('Pregunta algo.')
    telegram.write('Outra')
    await until(() => last().buttons.length === 5)
    telegram.press(last().buttons[2]?.data ?? '')
    await said('O teu veredicto está gardado')

    telegram.write('/forget')
    await until(() => last().buttons.some(({ data }) => data === 'forget'))
    telegram.press('forget')
    const proof = await said('Contado antes e despois')
    expect(proof.text).toMatch(/Preguntas coas súas respostas, aquí\u2069?: 1 → 0/)
    expect(proof.text).toMatch(/Veredictos, no servidor\u2069?: 1 → 0/)
    expect(proof.text).toMatch(/Notas e correccións, no servidor\u2069?: 1 → 0/)
    await settled()
    for (const table of ['feedback', 'votes', 'raters', 'tasks'] as const) {
      expect([table, await server.store.selectFrom(table).selectAll().execute()]).toEqual([table, []])
    }
    for (const table of ['people', 'chats', 'turns', 'marks', 'raters', 'tasks', 'messages'] as const) {
      expect([table, await bot.store.selectFrom(table).selectAll().execute()]).toEqual([table, []])
    }
    const updates = await bot.store.selectFrom('updates').selectAll().execute()
    expect(updates.every(({ chat, update_json }) => chat === null && update_json === null)).toBe(true)
    telegram.write('Ola de novo')
    await until(() => telegram.seen().filter(({ text }) => text.includes('Do you agree?')).length === 2)
  }, 120_000)
})

describe('groups', () => {
  test('it answers who names it or replies to it, and nobody else', async () => {
    const chat = -1001
    telegram.write('Just talking among ourselves.', { chat })
    telegram.write('/help', { chat })
    telegram.write('/help@other_bot', { chat })
    telegram.write('@endonym_bot hello', { chat })
    await said('Do you agree?', chat)
    telegram.press('agree', { chat })
    await said('write to me', chat)
    telegram.write('/language@endonym_bot gl', { chat })
    await said('Respondo a quen me nomea', chat)
    const asked = telegram.write('@Endonym_Bot que hora é?', { chat })
    const answer = await said('I heard que hora é?.', chat)
    expect(answer.replyTo).toBe(100_000 + asked)
    telegram.write('E ti?', { chat, reply_to_message: { message_id: answer.id, from: { id: 4242, is_bot: true } } })
    await said('I heard E ti?.', chat)
    telegram.write('/compare@endonym_bot', { chat })
    await said('en privado', chat)
    expect(server.models.asked).toHaveLength(2)
    expect(telegram.calls.filter(({ status }) => status === 429)).toEqual([])
  }, 60_000)

  test('a group that becomes a supergroup is answered there', async () => {
    telegram.write('@endonym_bot hello', { chat: -5 })
    await said('Do you agree?', -5)
    await settled()
    telegram.migrated.set(-5, -1005)
    telegram.press('agree', { chat: -5 })
    await said('write to me', -1005)
  })
})

describe('limits and failures of Telegram', () => {
  test('waits as long as a 429 says, and then sends once', async () => {
    await agree()
    await settled()
    let refused = 0
    let refusedAt = 0
    telegram.fault = (method) => {
      if (method !== 'sendMessage' || refused > 0) return undefined
      refused++
      refusedAt = performance.now()
      return {
        status: 429,
        body: {
          ok: false,
          error_code: 429,
          description: 'Too Many Requests: retry after 2',
          parameters: { retry_after: 2 },
        },
      }
    }
    telegram.write('Ola?')
    const answer = await said('I heard Ola?.')
    expect((answer.at[0] ?? 0) - refusedAt).toBeGreaterThan(1900)
    await settled()
    expect(telegram.seen().filter(({ text }) => text.includes('I heard'))).toHaveLength(1)
  })

  test('lets who blocked it be, and answers when they come back; deleted accounts are forgotten', async () => {
    await agree()
    telegram.write('Unha cousa')
    await said('I heard Unha cousa')
    telegram.blocked.add(77)
    telegram.write('Are you there?')
    await settled()
    const sent = () => telegram.calls.filter(({ method }) => method === 'sendMessage').length
    const before = sent()
    telegram.push({
      my_chat_member: {
        chat: { id: 77, type: 'private' },
        from: { id: 77, is_bot: false, first_name: 'U' },
        date: 1,
        old_chat_member: { status: 'member', user: {} },
        new_chat_member: { status: 'kicked', user: {} },
      },
    })
    await settled()
    expect(sent()).toBe(before)
    telegram.blocked.clear()
    telegram.write('Back again')
    await said('I heard Back again')
    telegram.deactivated.add(77)
    telegram.write('Gone')
    await settled()
    expect(await bot.store.selectFrom('turns').selectAll().execute()).toEqual([])
    expect(await bot.store.selectFrom('people').selectAll().execute()).toEqual([])
    expect(bot.log.join('\n')).not.toMatch(/given up|not answered/)
  })

  test('no log has the token in it', async () => {
    await agree()
    telegram.fault = (method) =>
      method === 'sendMessage'
        ? { status: 400, body: { ok: false, error_code: 400, description: 'Bad Request: no' } }
        : undefined
    telegram.write('Ola?')
    await until(() => bot.log.some((line) => line.includes('given up')))
    expect(bot.log.join('\n')).not.toContain('AAFake')
    expect(bot.log.join('\n')).not.toContain('Ola')
  })
})
