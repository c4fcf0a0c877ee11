import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultStudent } from '../../models/sources.ts'
import { importModel } from '../../models/store.ts'
import { createApp } from '../../server/app.ts'
import { createLog } from '../../server/log.ts'
import { createRunner } from '../../server/runs/runner.ts'
import { writeReport } from '../../trainer/report.ts'
import { studentFile } from '../model.ts'
import { reportInput } from '../trainer/report-input.ts'
import { type SessionServer, startSessionServer } from './session-server.ts'

/** Runs over HTTP, each in a process of its own: from the recording that ships, which asks nobody, so that all of it is real. */

let server: SessionServer
beforeAll(async () => {
  server = await startSessionServer({})
  await importModel(server, studentFile(), { name: defaultStudent.name, source: defaultStudent.name })
}, 60_000)
afterAll(() => server.close())

async function ask(method: string, at: string, { body, key }: { body?: unknown; key?: string } = {}) {
  const response = await fetch(`${server.url}${at}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

type Seen = { event: string; data: Record<string, never> & Seen.State }
namespace Seen {
  export type Step = { name: string; state: string; kept: number | null; dropped: Record<string, number> }
  export type State = { status: string; error: string | null; steps: Step[]; continuable: boolean }
}

/** What whoever watches a run is told, to the end; `each` with all that is known so far. */
async function watched(id: string, each: (state: Seen.State) => unknown = () => {}): Promise<Seen[]> {
  const response = await fetch(`${server.url}/api/runs/${id}/events`)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const seen: Seen[] = []
  let state = {} as Seen.State
  let rest = ''
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + piece).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? ''
      if (field('data') === '') continue
      seen.push({ event: field('event'), data: JSON.parse(field('data')) })
      state = { ...state, ...seen.at(-1)?.data }
      await each(state)
    }
  }
  return seen
}

/** An app without models. */
const plain = { serving: { list: async () => [] } as never, log: createLog(() => {}) }

const recorded = { language: 'galego', recipe: 'kakugo', replay: true, dataOnly: true }

describe('a plan', () => {
  test('says of a language by any of its names what a run would ask, in time and money, and asks nobody', async () => {
    const { status, body } = await ask('GET', '/api/plan?language=gallego&scale=demo')
    expect(status).toBe(200)
    expect(body.language).toEqual({ tag: 'gl', name: 'Galician', endonym: 'galego', direction: 'ltr' })
    expect(body).toMatchObject({ recipe: 'sdrrl', scale: 'demo', teacher: 'self', price: 0, problem: null })
    expect(body.steps.map(({ step }: { step: string }) => step)).toContain('train')
    expect(body.total.requests).toBeGreaterThan(200)
    expect(body.verdict).toMatch(/^About \d+ (minutes|hours) on this machine\.$/)
    expect((await ask('GET', '/api/runs')).body.runs).toEqual([])
  })

  test('chooses a way by which a language can be taught that nobody translates into', async () => {
    const { body } = await ask('GET', '/api/plan?language=quechua%20cuzco'.replace('quechua%20cuzco', 'quz'))
    expect(body).toMatchObject({ recipe: 'polyglot-ko', problem: null })
    const asked = await ask('GET', '/api/plan?language=quz&recipe=sdrrl')
    expect(asked.body.problem.code).toBe('translator_lacks_pair')
  })

  test.each([
    ['language=gl&recipe=sdrrl&scale=paper', 'too_few_questions'],
    // There is no Universal Declaration in Old English.
    ['language=ang', 'corpus_missing'],
  ])('says beforehand why a run would be refused: %s', async (query, code) => {
    expect((await ask('GET', `/api/plan?${query}`)).body.problem.code).toBe(code)
    const body = Object.fromEntries(new URLSearchParams(query))
    const { status, body: answer } = await ask('POST', '/api/runs', { body })
    expect([status, answer.error.code]).toEqual([409, code])
  })

  test.each([
    ['language=', 'language'],
    ['scale=demo', 'language'],
    ['language=Xyzzy', 'language'],
    ['language=gl&scale=huge', 'scale'],
    ['language=gl&recipe=../kakugo', 'recipe'],
    ['language=gl&student=/etc/passwd', 'student'],
    ['language=gl&student=hf:owner/repo', 'student'],
    ['language=gl&teacher=http://127.0.0.1:1/v1', 'teacher'],
    ['language=gl&teacher=local:/etc/passwd.gguf', 'teacher'],
    ['language=gl&translator=http://127.0.0.1:1', 'translator'],
    ['language=gl&corpus=/etc', 'corpus'],
  ])('of what is not known is refused: %s', async (query, param) => {
    const { status, body } = await ask('GET', `/api/plan?${query}`)
    expect([status, body.error.param]).toEqual([400, param])
    expect(body.error.message).toMatch(/[.?]$/)
  })
})

describe('a run', () => {
  test('is begun, watched step by step, listed and described', async () => {
    const begun = await ask('POST', '/api/runs', { body: recorded })
    expect(begun.status).toBe(201)
    const { id } = begun.body
    expect(id).toMatch(/^gl-kakugo-demo-[0-9a-f]{6}$/)

    const second = await ask('POST', '/api/runs', { body: { language: 'gl' } })
    expect(second.body.error.code).toBe('run_under_way')
    expect(second.status).toBe(409)

    const [first, ...changes] = await watched(id)
    expect(first?.event).toBe('state')
    expect(first?.data.status).toBe('running')
    expect(first?.data.steps.find(({ name }) => name === 'mix')?.state).toBe('waiting')
    expect(changes.at(-1)?.event).toBe('end')
    expect(changes.filter(({ event }) => event === 'change').length).toBeGreaterThan(1)

    const { body: run } = await ask('GET', `/api/runs/${id}`)
    expect(run).toMatchObject({ status: 'stopped', error: null, continuable: true, replay: true, report: false })
    expect(run.language.endonym).toBe('galego')
    const steps = new Map((run.steps as Seen.Step[]).map((step) => [step.name, step]))
    expect(steps.get('mix')).toMatchObject({ state: 'done' })
    expect(steps.get('mix')?.kept).toBeGreaterThan(30)
    const dropped = [...steps.values()].flatMap((step) => Object.values(step.dropped))
    expect(dropped.length).toBeGreaterThan(0)
    for (const count of dropped) expect(count).toBeGreaterThan(0)
    expect(steps.get('train')?.state).toBe('waiting')
    const { body: list } = await ask('GET', '/api/runs')
    expect(list.runs.map((each: { id: string; status: string }) => [each.id, each.status])).toEqual([[id, 'stopped']])
    expect(list.choices.teachers).toEqual(['self', `local:${defaultStudent.name}`])
    // Nothing that is sent says where on this machine something is.
    expect(JSON.stringify([run, list])).not.toContain(server.home.dir)
    expect((await ask('GET', `/api/runs/${id}/report`)).body.error.code).toBe('report_missing')
  }, 60_000)

  test('is stopped where nothing is lost, and is gone on with', async () => {
    const settings = { tokens: 60_000, seed: 7 }
    const body = { language: 'gl', recipe: 'polyglot-ko', dataOnly: true, settings }
    const { id } = (await ask('POST', '/api/runs', { body })).body
    let asked = false
    const seen = await watched(id, async ({ status }) => {
      if (asked || status !== 'running') return
      asked = true
      expect((await ask('POST', `/api/runs/${id}/stop`)).status).toBe(202)
    })
    expect([asked, seen.at(-1)?.event]).toEqual([true, 'end'])
    const { body: run } = await ask('GET', `/api/runs/${id}`)
    expect(run).toMatchObject({ status: 'stopped', continuable: true, error: null })
    expect((await ask('POST', `/api/runs/${id}/stop`)).body.error.code).toBe('run_over')
    // The same wish is the same run.
    expect((await ask('POST', '/api/runs', { body })).body.id).toBe(id)
    const state: Partial<Seen.State> = Object.assign({}, ...(await watched(id)).map(({ data }) => data))
    expect(state).toMatchObject({ status: 'stopped', error: null })
    expect(state.steps?.find(({ name }) => name === 'data')?.state).toBe('done')
  }, 120_000)

  test('that fails says why, and can be tried again', async () => {
    const runner = createRunner({
      home: server.home,
      command: ['sh', '-c', 'echo "endonym: The disk is full." >&2; exit 1'],
    })
    const app = createApp({ ...plain, loopback: true, store: server.store, runs: { home: server.home, runner } })
    const request = async (method: string, at: string, body?: object) => {
      const answer = await app.request(`http://localhost${at}`, { method, ...(body && { body: JSON.stringify(body) }) })
      return answer.json()
    }
    const { id } = await request('POST', '/api/runs', { ...recorded, limit: 3 })
    await expect.poll(async () => (await request('GET', `/api/runs/${id}`)).status).not.toBe('running')
    const run = await request('GET', `/api/runs/${id}`)
    expect(run).toMatchObject({ status: 'failed', error: 'The disk is full.', continuable: true })
    expect(await request('POST', `/api/runs/${id}/continue`)).toMatchObject({ id })
    await runner.dispose()
    await server.store.deleteFrom('runs').where('id', '=', id).execute()
  })

  test('is taught by a model of another server, whose key goes with it and is kept nowhere', async () => {
    const command = ['sh', '-c', 'echo "endonym: $EXAMPLE_API_KEY, $*." >&2; exit 1', 'sh']
    const runner = createRunner({ home: server.home, command })
    const model = { name: 'big', there: 'big-70b' }
    const upstream = { name: 'x', root: 'https://models.example.org', weight: 1, concurrency: 1, timeLimit: 9 }
    const upstreams = [{ ...upstream, key: 'secret', models: [model] }]
    const runs = { home: server.home, runner, upstreams }
    const app = createApp({ ...plain, loopback: true, store: server.store, runs })
    const request = async (method: string, at: string, body?: object) => {
      const answer = await app.request(`http://localhost${at}`, { method, ...(body && { body: JSON.stringify(body) }) })
      return answer.json()
    }
    expect((await request('GET', '/api/runs')).choices.teachers).toContain('big')
    const plan = await request('GET', '/api/plan?language=quz&teacher=big')
    expect(plan).toMatchObject({ recipe: 'kakugo', teacher: 'big', price: null, currency: null, problem: null })
    const { id } = await request('POST', '/api/runs', { language: 'quz', teacher: 'big', budget: 2 })
    for (const again of [false, true]) {
      if (again) await request('POST', `/api/runs/${id}/continue`)
      await expect.poll(async () => (await request('GET', `/api/runs/${id}`)).status).toBe('failed')
      const { error, teacher } = await request('GET', `/api/runs/${id}`)
      expect(error).toMatch(
        /^secret, --home .* distill quz .*--teacher https:\/\/models\.example\.org\/v1 --teacher-model big-70b/,
      )
      // Whoever goes on with it goes on within its budget.
      expect(error).toContain('--budget 2')
      expect(teacher).toBe('https://models.example.org/v1:big-70b')
    }
    expect(JSON.stringify(await server.store.selectFrom('runs').selectAll().execute())).not.toContain('secret')
    await server.store.deleteFrom('runs').where('id', '=', id).execute()
  })

  test('ends when the server does, and is told so first', async () => {
    const sign = `${server.home.cache}/told`
    const command = ['sh', '-c', `trap 'echo told > ${sign}; exit 0' TERM; sleep 60 & wait`]
    const runner = createRunner({ home: server.home, command })
    const job = runner.start({ id: 'patient', words: [], dataOnly: false })
    expect(() => runner.start({ id: 'other', words: [], dataOnly: false })).toThrow(/One run at a time: patient/)
    // Until the shell has come to its trap.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await runner.dispose()
    expect([job.state, job.failure, runner.current()]).toEqual(['ended', undefined, undefined])
    expect(fs.readFileSync(sign, 'utf8')).toBe('told\n')
  })

  test('that nobody knows is refused', async () => {
    for (const at of ['/api/runs/nothing', '/api/runs/nothing/events', '/api/runs/nothing/report']) {
      expect((await ask('GET', at)).body.error.code).toBe('run_unknown')
    }
    expect((await ask('GET', `/api/runs/${encodeURIComponent('../../etc')}`)).status).toBe(404)
  })

  test.each([
    [{ ...recorded, corpus: '/etc' }, 'corpus'],
    [{ ...recorded, run: '../x' }, 'run'],
    [{ ...recorded, set: ['corpus=/etc'] }, 'set'],
    [{ ...recorded, replay: '/etc/passwd' }, 'replay'],
    [{ language: 'gl', recipe: 'polyglot-ko', settings: { corpus: 5 } }, 'settings'],
    [{ language: 'gl', settings: { corpus: '/etc' } }, 'settings.corpus'],
    [{ ...recorded, settings: { tokens: 5 } }, 'settings'],
    [{ ...recorded, language: 'eu' }, 'replay'],
  ])('that names a place, or what a recording lacks, is refused: %j', async (body, param) => {
    const { status, body: answer } = await ask('POST', '/api/runs', { body })
    expect([status >= 400 && status < 500, answer.error.param]).toEqual([true, param])
  })

  test('has its report card', async () => {
    const id = 'gl-sdrrl-demo-card'
    const options_json = JSON.stringify(reportInput('/').wish)
    const row = {
      id,
      language: 'glg',
      recipe: 'sdrrl',
      scale: 'demo',
      options_json,
      status: 'done',
      error: null,
    } as const
    const at = new Date().toISOString()
    await server.store
      .insertInto('runs')
      .values({ ...row, created_at: at, updated_at: at })
      .execute()
    writeReport(reportInput(`${server.home.runs}/${id}`))
    const { body } = await ask('GET', `/api/runs/${id}/report`)
    expect(body.verdict.promises).toHaveLength(5)
    expect(JSON.stringify(body)).not.toContain(server.home.dir)
    expect((await ask('GET', `/api/runs/${id}`)).body).toMatchObject({
      report: true,
      status: 'done',
      continuable: false,
    })
    expect((await ask('POST', `/api/runs/${id}/continue`)).body.error.code).toBe('run_over')
    await server.store.deleteFrom('runs').where('id', '=', id).execute()
    fs.rmSync(`${server.home.runs}/${id}`, { recursive: true })
  })
})

describe('who may', () => {
  test('begin runs and see them: whoever has a key for it, where there are keys', async () => {
    const chatting = await server.keys.create({ name: 'chat', scopes: ['chat'] })
    const running = await server.keys.create({ name: 'run', scopes: ['run'] })
    try {
      for (const at of [
        '/api/plan?language=gl',
        '/api/runs',
        '/api/runs/x',
        '/api/runs/x/events',
        '/api/runs/x/report',
      ]) {
        expect([at, (await ask('GET', at)).status]).toEqual([at, 401])
        expect([at, (await ask('GET', at, { key: chatting.secret })).status]).toEqual([at, 403])
      }
      expect((await ask('POST', '/api/runs', { key: chatting.secret, body: recorded })).status).toBe(403)
      expect((await ask('POST', '/api/runs/x/stop', { key: chatting.secret })).status).toBe(403)
      expect((await ask('GET', '/api/runs', { key: running.secret })).status).toBe(200)
    } finally {
      for (const { key } of [chatting, running]) await server.keys.revoke(key.id)
    }
  })

  test('not everybody, where everybody is let in', async () => {
    const runner = createRunner({ home: server.home, command: ['false'] })
    const app = createApp({
      ...plain,
      loopback: false,
      open: true,
      store: server.store,
      runs: { home: server.home, runner },
    })
    const answer = await app.request('/api/runs', { method: 'POST', body: JSON.stringify(recorded) })
    expect(answer.status).toBe(403)
    expect((await answer.json()).error.code).toBe('runs_closed')
  })
})
