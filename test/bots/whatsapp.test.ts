import { beforeEach, describe, expect, test } from 'vitest'
import { type SessionServer, startSessionServer } from '../server/session-server.ts'
import {
  appSecret,
  deliver,
  type GraphServer,
  messageFrom,
  notification,
  signatureOf,
  startGraphServer,
  verifyToken,
} from './graph-server.ts'
import { type RunningBot, startWhatsAppBot, until } from './start.ts'

type Json = ReturnType<typeof JSON.parse>

let speech: (model: string, messages: { content: string }[]) => { pieces: string[]; ms?: number }
const voice = (name: string) => (messages: { content: string }[]) => speech(name, messages)

let server: SessionServer
let graph: GraphServer
let bot: RunningBot
beforeEach(async () => {
  speech = (model, messages) => ({ pieces: [`${model[0]}: `, `I heard ${messages.at(-1)?.content}.`] })
  server = await startSessionServer({ alpha: voice('alpha'), beta: voice('beta') }, { language: 'gl' })
  graph = await startGraphServer()
  bot = await startWhatsAppBot(graph, server.url, { template: 'answer_ready:gl' })
  return async () => {
    await bot.stop()
    await graph.close()
    await server.close()
  }
})

const write = (text: string, more: Json = {}) => deliver(bot.port, notification([messageFrom(text, more)]))
/** Presses a button, or chooses from a list, of the last message that has it. */
const press = (data: string) => {
  const { interactive } = last()
  const isButton = interactive.type === 'button'
  const ids: string[] = isButton
    ? interactive.action.buttons.map(({ reply }: Json) => reply.id)
    : interactive.action.sections[0].rows.map(({ id }: Json) => id)
  expect(ids).toContain(data)
  const reply = { id: data, title: 'x' }
  return write('', {
    type: 'interactive',
    interactive: isButton ? { type: 'button_reply', button_reply: reply } : { type: 'list_reply', list_reply: reply },
  })
}
const last = (): Json => graph.sent.at(-1)?.body
const said = (words: string | RegExp, ms = 20_000) =>
  until(
    () => graph.texts().some((text) => (typeof words === 'string' ? text.includes(words) : words.test(text))),
    ms,
    String(words),
  )
const count = (words: string) => graph.texts().filter((text) => text.includes(words)).length
async function agree(): Promise<void> {
  await write('Hello')
  await said('Do you agree?')
  await press('agree')
  await said('Desde agora falo')
}

describe('a chat', () => {
  test('asks for consent, answers, shows that it read and writes, and takes all messages of a notification', async () => {
    await write('My secret is a parrot.')
    await said('Do you agree?')
    expect(last().interactive.action.buttons).toEqual([{ type: 'reply', reply: { id: 'agree', title: 'I agree' } }])
    expect(JSON.stringify(await bot.store.selectFrom('updates').selectAll().execute())).not.toContain('parrot')
    await press('agree')
    await said('Desde agora falo')
    const [one, two] = [messageFrom('Primeira'), messageFrom('Segunda')]
    expect(await deliver(bot.port, notification([one, two]))).toBe(200)
    await said('I heard Segunda.')
    expect(graph.texts().slice(-2)).toEqual(['a: I heard Primeira.', 'a: I heard Segunda.'])
    expect(graph.read).toEqual(expect.arrayContaining([one.id, two.id]))
    expect(graph.typing).toEqual(expect.arrayContaining([one.id]))
    // The key of a message comes back with what became of it.
    expect(graph.sent.at(-1)?.body.biz_opaque_callback_data).toMatch(/^\d+$/)
  })

  test('refuses what is no text kindly, and says nothing to reactions and to what became of messages', async () => {
    await agree()
    for (const [type, words] of [
      ['audio', 'non podo oír'],
      ['image', 'non podo ver'],
      ['sticker', 'Que bonito'],
      ['document', 'non podo abrir'],
    ] as const) {
      await write('', { type, [type]: { id: '1', mime_type: 'x/y' } })
      await said(words)
    }
    const before = graph.sent.length
    expect(await write('', { type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '👍' } })).toBe(200)
    const statuses = ['sent', 'delivered', 'read'].map((status) => ({
      id: 'wamid.y',
      status,
      timestamp: '1',
      recipient_id: '34611111111',
    }))
    expect(await deliver(bot.port, notification([], { statuses }))).toBe(200)
    expect(await deliver(bot.port, notification([messageFrom('not for this number')], { to: '1' }))).toBe(200)
    await bot.core.idle()
    expect(graph.sent.length).toBe(before)
  })

  test('splits a long answer, and writes Markdown in WhatsApp’s own marks', async () => {
    await agree()
    speech = () => ({ pieces: ['A **bold** word, `code`, 2*3*4 and _so_ ~on~.'] })
    await write('Marks')
    await said('A *bold* word, `code`, 2*3*4 and _so_ ~\u2060on~.')
    const long = 'Unha frase que remata aquí 👩‍👩‍👧‍👦. '.repeat(180).slice(0, 6000).trim()
    speech = () => ({ pieces: [long] })
    await write('Conta')
    await until(() => graph.texts().slice(-2).join(' ') === long)
    expect(graph.texts().at(-2)?.length).toBeLessThanOrEqual(4096)
  })

  test('compares two answers by a list of verdicts, and /forget deletes all', async () => {
    await agree()
    await write('/compare')
    await said('Pregunta algo.')
    await write('Cal?')
    await until(() => last().interactive?.type === 'list')
    const rows: Json[] = last().interactive.action.sections[0].rows
    expect(rows.map(({ id }) => id.split(':')[2] ?? 'pass')).toEqual(['left', 'right', 'both_good', 'both_bad', 'pass'])
    await press(rows[1].id)
    await said('O teu veredicto está gardado')
    const votes = await server.store
      .selectFrom('votes')
      .innerJoin('raters', 'raters.id', 'votes.rater')
      .selectAll()
      .execute()
    expect(votes.map(({ verdict, channel }) => [verdict, channel])).toEqual([['right', 'whatsapp']])
    await write('/forget')
    await until(() => last().interactive?.action.buttons?.[0].reply.id === 'forget')
    await press('forget')
    await said(/Veredictos, no servidor\u2069?: 1 → 0/)
    await bot.core.idle()
    expect(await server.store.selectFrom('votes').selectAll().execute()).toEqual([])
    const kept = await Promise.all(
      (['people', 'chats', 'turns', 'raters', 'updates', 'messages'] as const).map((table) =>
        bot.store.selectFrom(table).selectAll().execute(),
      ),
    )
    expect(JSON.stringify(kept)).not.toContain('34611111111')
  })
})

describe('what WhatsApp demands', () => {
  test('the handshake is answered for who knows the word', async () => {
    const ask = async (token: string) => {
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': token,
        'hub.challenge': '1158201444',
      })
      const response = await fetch(`http://127.0.0.1:${bot.port}/whatsapp?${query}`)
      return [response.status, await response.text()]
    }
    expect(await ask(verifyToken)).toEqual([200, '1158201444'])
    expect((await ask('another word'))[0]).toBe(403)
  })

  test('what is not signed by the app’s secret, or has a flipped byte, or is too large, is refused', async () => {
    const body = JSON.stringify(notification([messageFrom('Forged')]))
    const post = (text: string, headers: Json) => deliver(bot.port, text, headers)
    expect(await post(body, { 'x-hub-signature-256': signatureOf(body, 'another') })).toBe(401)
    expect(await post(body, { 'x-hub-signature-256': '' })).toBe(401)
    expect(await post(body, { 'x-hub-signature-256': signatureOf(body).slice(0, -1) })).toBe(401)
    for (let at = 0; at < body.length; at += 13) {
      const flipped = Buffer.from(body)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      const response = await fetch(`http://127.0.0.1:${bot.port}/`, {
        method: 'POST',
        headers: { 'x-hub-signature-256': signatureOf(body, appSecret) },
        body: flipped,
      })
      await response.arrayBuffer()
      expect(response.status).toBe(401)
    }
    const large = 'x'.repeat(5 << 20)
    // A server may end the connection of who goes on sending.
    expect(await post(large, {}).catch(() => 413)).toBe(413)
    expect(await post('{"object":"page"}', {})).toBe(400)
    expect(await post('no json', {})).toBe(400)
    expect(await bot.store.selectFrom('updates').selectAll().execute()).toEqual([])
    expect(graph.sent).toEqual([])
  })

  test('who wrote more than a day ago is asked by a template to write, and then gets the answer', async () => {
    await agree()
    const timestamp = String(Math.floor(Date.now() / 1000) - 25 * 3600)
    // Only what is new counts as heard: the bot starts anew.
    await bot.stop()
    bot = await startWhatsAppBot(graph, server.url, { folder: bot.folder, template: 'answer_ready:gl' })
    await write('Late', { timestamp })
    await said('template answer_ready')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(count('I heard Late')).toBe(0)
    expect(count('template')).toBe(1)
    await write('Here I am')
    await said('I heard Here I am')
    expect(count('I heard Late')).toBe(1)
    expect(count('template')).toBe(1)
  })

  test('limits are waited out; a message that may have come is not sent again where WhatsApp says that it has', async () => {
    await agree()
    let refused = 0
    graph.fault = (body) => (body.type === 'text' && refused++ < 2 ? { status: 429, code: 131056 } : undefined)
    await write('Slow')
    await said('I heard Slow')
    expect(refused).toBe(3)
    let cuts = 0
    graph.fault = (body) => (body.type === 'text' && cuts++ === 0 ? 'cut' : undefined)
    await write('Cut off')
    await until(() => count('I heard Cut off') === 1)
    const { id, body } = graph.sent.at(-1) ?? { id: '', body: {} }
    await deliver(
      bot.port,
      notification([], {
        statuses: [
          {
            id,
            status: 'sent',
            timestamp: '1',
            recipient_id: '34611111111',
            biz_opaque_callback_data: body.biz_opaque_callback_data,
          },
        ],
      }),
    )
    await bot.core.idle()
    expect(count('I heard Cut off')).toBe(1)
    // A refusal by which nobody can be reached ends it.
    graph.fault = (body) => (body.type === 'text' ? { status: 400, code: 131026 } : undefined)
    await write('Gone')
    await bot.core.idle()
    graph.fault = undefined
    await write('Back')
    await said('I heard Back')
    expect(bot.log.join('\n')).not.toMatch(/EAAFake|given up/)
  }, 60_000)
})
