import { beforeEach, describe, expect, test } from 'vitest'
import { type SessionServer, startSessionServer } from './session-server.ts'

const names = ['alpha-secret', 'beta-secret', 'gamma-secret']
const voice =
  (name: string, ms = 0) =>
  (messages: { content: string }[]) => ({
    pieces: [`${name.slice(0, 1)}: `, ...(`I heard ${messages.at(-1)?.content}.`.match(/.{1,4}/gs) ?? [])],
    ms,
    breaks: breaking.has(name),
  })
/** Models whose answers break off. */
const breaking = new Set<string>()
const voices = Object.fromEntries(names.map((name, i) => [name, voice(name, i)]))

let server: SessionServer
beforeEach(async () => {
  server = await startSessionServer(voices)
  return () => server.close()
})

/** What was parsed, in whatever shape it came. */
type Json = ReturnType<typeof JSON.parse>
type Reply = { status: number; body: Json; text: string }

async function ask(method: string, path: string, options: { token?: string; body?: unknown } = {}): Promise<Reply> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(options.token && { authorization: `Bearer ${options.token}` }),
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  })
  const text = await response.text()
  const isJson = /^application\/json(;|$)/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, text, body: isJson ? JSON.parse(text) : {} }
}

/** Events of an answered question. */
async function turn(path: string, token: string, body: unknown = {}) {
  const { text, status } = await ask('POST', path, { token, body })
  const events = text
    .split('\n\n')
    .filter((part) => part.startsWith('event: '))
    .map((part) => {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(part) ?? []
      return { event, ...JSON.parse(data ?? '{}') } as Json
    })
  const said = (side: string) =>
    events
      .filter((event) => event.event === 'piece' && event.side === side)
      .map(({ text }) => text)
      .join('')
  const receipt = (side: string) =>
    events.find((event) => event.event === 'end' && event.side === side)?.receipt ?? null
  return {
    status,
    text,
    events,
    left: said('left'),
    right: said('right'),
    receipts: { left: receipt('left'), right: receipt('right') },
  }
}

const settings = { language: 'gl', name: 'Spring', models: names, prompts: [['Ola?'], ['Que tal?', 'E logo?']] }

async function create(wishes: Json = {}) {
  const { body, status } = await ask('POST', '/api/sessions', { body: { ...settings, ...wishes } })
  expect(status).toBe(201)
  return { id: body.id as string, secret: body.secret as string, at: `/api/sessions/${body.id}` }
}

async function join(at: string, profile: Json = {}) {
  const { body, status } = await ask('POST', `${at}/raters`, { body: { consentHash: 'default', ...profile } })
  expect(status).toBe(201)
  return body.token as string
}

/** Gets a task and has all its questions answered. */
async function seeTask(at: string, token: string, question?: string) {
  const { body } = await ask('POST', `${at}/tasks`, { token })
  const { task } = body
  const path = `${at}/tasks/${task.id}`
  let last = await turn(`${path}/turns`, token, { question })
  for (let i = 1; i < task.questions.length; i++) last = await turn(`${path}/turns`, token)
  return { task, path, last }
}

const vote = (receipts: Json, more: Json = {}) => ({
  verdict: 'left',
  receipts,
  judgedAt: '2026-11-27T10:00:00.000Z',
  ...more,
})

describe('a rater', () => {
  test('is told of the session, joins, judges, sees and takes back what they gave', async () => {
    const { at } = await create()
    const { body: face } = await ask('GET', at)
    expect(face).toMatchObject({
      name: 'Spring',
      language: { tag: 'gl', endonym: 'galego' },
      state: 'open',
      free: false,
    })
    const token = await join(at, { nickname: 'Uxía', proficiency: 'native' })
    const { task, path, last } = await seeTask(at, token)
    expect(task.kind).toBe('battle')
    expect(last.left).toContain('I heard')
    expect(last.right).toContain('I heard')
    const ballot = vote(last.receipts, { flags: { left: ['not_natural'], right: [] }, corrections: { left: 'Ola!' } })
    expect((await ask('PUT', `${path}/vote`, { token, body: ballot })).status).toBe(201)
    expect((await ask('PUT', `${path}/vote`, { token, body: ballot })).status).toBe(200)
    const other = await ask('PUT', `${path}/vote`, { token, body: { ...ballot, verdict: 'right' } })
    expect([other.status, other.body.error.code]).toEqual([409, 'vote_differs'])

    const { body: mine } = await ask('GET', `${at}/me`, { token })
    expect(mine.rater).toMatchObject({ nickname: 'Uxía', proficiency: 'native' })
    expect(mine.given).toHaveLength(1)
    expect(mine.given[0].vote).toMatchObject({ verdict: 'left', corrections: { left: 'Ola!' } })
    expect((await ask('DELETE', `${at}/me`, { token })).body.deleted).toEqual({ votes: 1, tasks: 1 })
    expect((await ask('GET', `${at}/me`, { token })).status).toBe(401)
    expect(await server.store.selectFrom('votes').selectAll().execute()).toEqual([])
  })

  test('is given the same task until it is judged, also by two requests at once', async () => {
    const { at } = await create()
    const token = await join(at)
    const both = await Promise.all([1, 2, 3].map(() => ask('POST', `${at}/tasks`, { token })))
    expect(new Set(both.map(({ body }) => body.task.id)).size).toBe(1)
    const { path, last } = await seeTask(at, token)
    await ask('PUT', `${path}/vote`, { token, body: vote(last.receipts) })
    const { body } = await ask('POST', `${at}/tasks`, { token })
    expect(body.task.id).not.toBe(both[0]?.body.task.id)
    expect(body.task.given).toBe(1)
  })

  test('cannot vote for answers that were not seen to the end, nor twice at once, nor for another', async () => {
    const { at } = await create({ prompts: [] })
    const [token, other] = [await join(at), await join(at)]
    const { body } = await ask('POST', `${at}/tasks`, { token })
    const path = `${at}/tasks/${body.task.id}`
    expect((await ask('PUT', `${path}/vote`, { token, body: vote({ left: 'x', right: 'y' }) })).status).toBe(422)
    const first = await turn(`${path}/turns`, token, { question: 'One?' })
    const second = await turn(`${path}/turns`, token, { question: 'Two?' })
    expect((await ask('PUT', `${path}/vote`, { token, body: vote(first.receipts) })).body.error.code).toBe('not_seen')
    expect((await ask('PUT', `${path}/vote`, { token: other, body: vote(second.receipts) })).status).toBe(404)
    expect((await ask('PUT', `${path}/vote`, { token: 'none', body: vote(second.receipts) })).status).toBe(401)
    const all = await Promise.all(
      ['left', 'right', 'both_bad', 'left'].map((verdict) =>
        ask('PUT', `${path}/vote`, { token, body: vote(second.receipts, { verdict }) }),
      ),
    )
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await server.store.selectFrom('votes').selectAll().execute()).toHaveLength(1)
    expect(server.models.asked.at(-1)?.messages.map(({ content }) => content.slice(3))).toEqual([
      '?',
      'I heard One?.',
      '?',
    ])
  })

  test('hears an answer again that they lost the connection of, and the models are asked once', async () => {
    const { at } = await create()
    const token = await join(at)
    const { body } = await ask('POST', `${at}/tasks`, { token })
    const path = `${at}/tasks/${body.task.id}/turns`
    const [one, two] = await Promise.all([turn(path, token), turn(path, token)])
    expect(one.receipts).toEqual(two.receipts)
    expect(one.text).toBe(two.text)
    expect(server.models.asked).toHaveLength(2)
    if (body.task.questions.length > 1) return
    const three = await turn(path, token)
    expect([three.left, three.right, three.receipts]).toEqual([one.left, one.right, one.receipts])
    expect(server.models.asked).toHaveLength(2)
  })

  test('hears a question of a list again whose answer was cut off, and only then the next', async () => {
    const { at } = await create({ prompts: [['Que tal?', 'E logo?']] })
    const token = await join(at)
    const { body } = await ask('POST', `${at}/tasks`, { token })
    const path = `${at}/tasks/${body.task.id}/turns`
    const answered = async () =>
      JSON.parse((await server.store.selectFrom('tasks').selectAll().execute())[0]?.turns_json ?? '')

    // Gone as soon as the first words came; the models go on.
    const gone = new AbortController()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(server.url + path, { method: 'POST', headers, body: '{}', signal: gone.signal })
    await response.body?.getReader().read()
    gone.abort()
    await expect.poll(async () => (await answered()).length).toBe(1)
    const again = await turn(path, token)
    expect(again.left).toContain('Que tal?')
    expect(again.receipts.left).toBe((await answered())[0].receipts.left)

    // Whoever says which one they mean hears that one, as often as they like.
    expect((await turn(path, token, { turn: 0 })).left).toBe(again.left)
    expect((await turn(path, token)).left).toContain('E logo?')
    expect((await turn(path, token, { turn: 1 })).left).toContain('E logo?')
    expect((await turn(path, token, { turn: 0 })).left).toBe(again.left)
    expect(server.models.asked).toHaveLength(4)
  })

  test('hears a question of a list again at which a model failed in the middle', async () => {
    const { at } = await create({ prompts: [['Que tal?', 'E logo?']] })
    const token = await join(at)
    const { body } = await ask('POST', `${at}/tasks`, { token })
    const path = `${at}/tasks/${body.task.id}/turns`
    breaking.add('alpha-secret').add('beta-secret').add('gamma-secret')
    const failed = await turn(path, token, { turn: 0 })
    expect(failed.events.at(-1)?.event).toBe('failed')
    expect(failed.receipts).toEqual({ left: null, right: null })
    breaking.clear()
    const again = await turn(path, token)
    expect([again.left, again.right].map((text) => text.slice(2))).toEqual(Array(2).fill(' I heard Que tal?.'))
    expect((await turn(path, token)).left).toContain('E logo?')
  })

  test('learns from nothing that is sent which model is which', async () => {
    const { at } = await create({ gold: [{ turns: ['Gold?'], good: 'Good.', bad: 'Bad.' }], goldShare: 0.5 })
    const token = await join(at)
    const sent: string[] = [(await ask('GET', at)).text]
    for (let i = 0; i < 6; i++) {
      const { task, path, last } = await seeTask(at, token)
      const { text } = await ask('PUT', `${path}/vote`, { token, body: vote(last.receipts) })
      sent.push(JSON.stringify(task), last.text, text)
    }
    sent.push((await ask('GET', `${at}/me`, { token })).text)
    expect(sent.join('\n')).not.toMatch(/secret|gold"|good"|bad"/)
  })

  test('agrees to the text of the session, and joins only while it is open', async () => {
    const { at, id, secret } = await create({ consent: 'We keep what you say.' })
    const wrong = await ask('POST', `${at}/raters`, { body: { consentHash: 'default' } })
    expect([wrong.status, wrong.body.error.code]).toEqual([403, 'consent_missing'])
    const { body: face } = await ask('GET', at)
    expect((await ask('POST', `${at}/raters`, { body: { consentHash: face.consentHash } })).status).toBe(201)
    await ask('PATCH', `/api/sessions/${id}`, { token: secret, body: { closed: true } })
    const late = await ask('POST', `${at}/raters`, { body: { consentHash: face.consentHash } })
    expect([late.status, late.body.error.code]).toEqual([409, 'session_closed'])
  })
})

describe('an organiser', () => {
  /** Three raters judge six tasks each: whoever starts with `a` is better than `b`, and that than `g`. */
  async function rateAll(at: string) {
    for (const nickname of ['Ana', '=cmd()', 'Xoán']) {
      const token = await join(at, { nickname, dialect: 'oriental', proficiency: 'native' })
      for (let i = 0; i < 6; i++) {
        const { path, last } = await seeTask(at, token)
        const verdict = last.left < last.right ? 'left' : 'right'
        const flags = { left: [], right: last.right.startsWith('g') ? ['wrong_language'] : [] }
        const body = vote(last.receipts, { verdict, flags, comment: '=1+1' })
        expect((await ask('PUT', `${path}/vote`, { token, body })).status).toBe(201)
      }
    }
  }

  test('sees what the raters said, and takes it away in the columns of LMArena', async () => {
    const { at, secret } = await create()
    await rateAll(at)
    const { body: results } = await ask('GET', `${at}/results`, { token: secret })
    expect(results.progress).toEqual({ judged: 18, target: 300, raters: 3, open: 0, passed: 0 })
    expect(results.battles.models.map(({ model }: Json) => model)).toEqual(names)
    expect(results.battles.groups.dialect.oriental.votes).toBe(18)
    expect(results.battles.flags.wrong_language['alpha-secret'].count).toBe(0)
    expect(results.stop.reason).toBe('few')

    const { text } = await ask('GET', `${at}/export?as=jsonl`, { token: secret })
    const rows: Json[] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toHaveLength(18)
    const better = rows.map(({ model_a, model_b }) => (model_a < model_b ? 'model_a' : 'model_b'))
    expect(rows.map(({ winner }) => winner)).toEqual(better)
    expect(rows[0].conversation_a).toEqual([
      { role: 'user', content: expect.any(String) },
      { role: 'assistant', content: expect.stringContaining('I heard') },
      ...rows[0].conversation_a.slice(2),
    ])
    const csv = (await ask('GET', `${at}/export?as=csv`, { token: secret })).text
    expect(csv.split('\r\n')[0]).toMatch(
      /^question_id,model_a,model_b,winner,judge,conversation_a,conversation_b,turn,anony,language,tstamp/,
    )
    expect(csv).toContain(",'=1+1,")

    const preferred = (await ask('GET', `${at}/export?as=dpo`, { token: secret })).text.trim().split('\n')
    const pairs: Json[] = preferred.map((line) => JSON.parse(line))
    // Two questions, three pairs of models.
    expect(pairs.map(({ chosen_model, rejected_model }) => chosen_model < rejected_model)).toEqual(Array(6).fill(true))
    expect(pairs.reduce((votes, { agreed }) => votes + agreed, 0)).toBe(18)
    const wanted = (await ask('GET', `${at}/export?as=kto`, { token: secret })).text
    expect(wanted).toMatch(/"label":true.*"model":"alpha-secret"/)
    expect((await ask('GET', `${at}/export?as=sft`, { token: secret })).status).toBe(400)
  })

  test('sees and changes a session of their own and no other', async () => {
    const [mine, other] = [await create(), await create()]
    for (const [method, path, body] of [
      ['GET', '/results'],
      ['GET', '/export?as=jsonl'],
      ['PATCH', '', { closed: true }],
      ['DELETE', ''],
    ] as const) {
      for (const token of [undefined, 'x', other.secret, await join(mine.at)]) {
        const { status } = await ask(method, mine.at + path, { ...(token && { token }), ...(body && { body }) })
        expect([method, path, status]).toEqual([method, path, 401])
      }
    }
    const { secret } = await server.keys.create({ name: 'all', scopes: ['admin'] })
    expect((await ask('GET', `${mine.at}/results`, { token: secret })).status).toBe(200)
    expect((await ask('DELETE', mine.at, { token: mine.secret })).body).toEqual({ id: mine.id, deleted: true })
    expect((await ask('GET', mine.at)).status).toBe(404)
  })

  test('needs a key to begin a session where there are keys, which raters do not', async () => {
    const { at } = await create()
    const { secret: chatting } = await server.keys.create({ name: 'chat', scopes: ['chat'] })
    const { secret: rating } = await server.keys.create({ name: 'rate', scopes: ['rate'] })
    const begin = (token?: string) => ask('POST', '/api/sessions', { ...(token && { token }), body: settings })
    expect([(await begin()).status, (await begin(chatting)).status, (await begin(rating)).status]).toEqual([
      401, 403, 201,
    ])
    await join(at)
  })

  test('is told what is wrong with a session', async () => {
    const code = async (wishes: Json) =>
      (await ask('POST', '/api/sessions', { body: { ...settings, ...wishes } })).body.error.code
    expect(await code({ models: ['alpha-secret'] })).toBe('invalid_value')
    expect(await code({ models: ['alpha-secret', 'delta'] })).toBe('model_not_found')
    expect(await code({ language: 'no such language' })).toBe('invalid_value')
    expect(await code({ judge: 'everything' })).toBe('invalid_value')
  })

  test('gets a picture of the link for raters, and of no other', async () => {
    const { at, id } = await create()
    const picture = (url: string) => ask('GET', `${at}/qr.svg?url=${encodeURIComponent(url)}`)
    expect((await picture(`${server.url}/s/${id}`)).text).toMatch(/^<svg/)
    expect((await picture(`https://elsewhere.example/s/${id}`)).status).toBe(400)
    expect((await picture(`${server.url}/s/other`)).status).toBe(400)
  })
})

test('whoever misses the items whose verdict is known is left out', async () => {
  const gold = Array.from({ length: 4 }, (_, i) => ({ turns: [`Gold ${i}?`], good: 'A good answer.', bad: 'Z bad.' }))
  const { at, secret } = await create({ gold, goldShare: 0.5 })
  for (const [nickname, reads] of [
    ['Reads', true],
    ['Clicks', false],
  ] as const) {
    const token = await join(at, { nickname })
    for (let i = 0; i < 8; i++) {
      const { path, last } = await seeTask(at, token)
      const verdict = last.left < last.right === reads ? 'left' : 'right'
      await ask('PUT', `${path}/vote`, { token, body: vote(last.receipts, { verdict }) })
    }
  }
  const { body } = await ask('GET', `${at}/results`, { token: secret })
  expect(body.attention.map(({ nickname, leftOut, gold }: Json) => [nickname, leftOut, gold.right])).toEqual([
    ['Clicks', true, 0],
    ['Reads', false, 4],
  ])
  expect(body.battles.raters).toBe(1)
})

test('single answers are marked, and some of them twice', async () => {
  const prompts = Array.from({ length: 4 }, (_, i) => [`Question ${i}?`])
  const { at, secret } = await create({ judge: 'ratings', prompts, repeatShare: 0.2 })
  const token = await join(at)
  for (let i = 0; i < 12; i++) {
    const { path, last, task } = await seeTask(at, token)
    expect([task.kind, last.right, last.receipts.right]).toEqual(['rating', '', null])
    const mark = last.left.startsWith('a') ? 5 : 2
    const scales = { fluency: mark, helpfulness: mark, correctness: mark }
    const body = { scales, receipts: last.receipts, judgedAt: '2026-11-27T10:00:00Z' }
    expect((await ask('PUT', `${path}/vote`, { token, body: { ...body, verdict: 'left' } })).status).toBe(400)
    expect((await ask('PUT', `${path}/vote`, { token, body })).status).toBe(201)
  }
  const { body } = await ask('GET', `${at}/results`, { token: secret })
  expect(body.marks.models[0]).toMatchObject({ model: 'alpha-secret', marks: { fluency: { value: 5 } } })
  expect(body.selfAgreement.of).toBeGreaterThan(0)
  expect(body.selfAgreement.share).toBe(1)
})
