import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Home } from '../../core/home.ts'
import { withLock } from '../../core/lock.ts'
import { openStore, type Store } from '../../data/database.ts'
import { createMemory } from '../../data/memory.ts'
import { importModel } from '../../models/store.ts'
import { recordExamples } from '../../trainer/examples.ts'
import { describeRun, findRun, listRuns, removeRun, trainingLines } from '../../trainer/history.ts'
import { sampleExamples, traceExample } from '../../trainer/lineage.ts'
import { importRecording, type RecordingLine, recordingOf } from '../../trainer/recording.ts'
import { createStages } from '../../trainer/stages.ts'
import type { Translator } from '../../trainer/translator.ts'
import { openTranslator } from '../../trainer/translators.ts'
import { writeTinyGguf } from '../models/tiny.ts'
import { type Endpoint, homeIn, price, runData, startEndpoint, teacherAt, wishFor } from './scripted-run.ts'

const id = 'gl-sdrrl-demo-0a1b2c'
let folder: string
let home: Home
let store: Store
let endpoint: Endpoint
let translator: Translator
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'history-'))
  home = homeIn(folder)
  store = await openStore(home.database)
  endpoint = await startEndpoint()
  translator = await openTranslator('apertium')
  await runData({ home, store }, id, wishFor(endpoint), { teacher: teacherAt(endpoint.url), translator })
})
afterAll(async () => {
  await endpoint.close()
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

test('a run is listed with what its stages came to', async () => {
  const [run] = await listRuns({ home, store })
  expect(run).toMatchObject({ id, language: 'Galician', recipe: 'sdrrl', scale: 'demo', status: 'done' })
  expect(run).toMatchObject({ promptTokens: 24 * 40, completionTokens: 24 * 300 })
  expect(run?.price).toBeCloseTo((24 * 40 * price.prompt + 24 * 300 * price.completion) / 1e6)
  const { seconds } = await store
    .selectFrom('stages')
    .select((eb) => eb.fn.sum<number>('seconds').as('seconds'))
    .executeTakeFirstOrThrow()
  expect(run?.seconds).toBeCloseTo(seconds)
  expect(run?.peakMemory).toBeGreaterThan(10e6)
})

test('each stage says what it asked, what memory answered and what failed, also while it runs', async () => {
  const own = await openStore(':memory:')
  await own
    .insertInto('runs')
    .values({ ...(await store.selectFrom('runs').selectAll().executeTakeFirstOrThrow()), id: 'r' })
    .execute()
  const memory = createMemory(own)
  const ask = (number: number) =>
    memory.remember({ kind: 'teacher', source: 'x', request: number }, async () => {
      if (number === 13) throw new Error('unlucky')
      return { text: 'yes', promptTokens: 10, completionTokens: 20, price: 0.5 }
    })
  const cutOff = createStages(own, 'r', memory, {
    latest: () => ({ stage: 'answers', done: 2, total: 5, unit: 'answers' }),
  })
  const stagesOf = async () =>
    (await describeRun({ home, store: own }, (await listRuns({ home, store: own }))[0] as never)).stages
  await expect(
    cutOff('answers', async () => {
      for (const n of [1, 2, 13]) await ask(n)
    }),
  ).rejects.toThrow('unlucky')
  expect(await stagesOf()).toMatchObject([
    { status: 'running', asked: 2, remembered: 0, failed: 1, spent: 1, completionTokens: 40 },
  ])
  await createStages(
    own,
    'r',
    memory,
  )('answers', async () => {
    for (const n of [1, 2, 3]) await ask(n)
  })
  const [stage] = await stagesOf()
  expect(stage).toMatchObject({
    status: 'done',
    asked: 3,
    remembered: 2,
    failed: 1,
    spent: 1.5,
    price: 1.5,
    completionTokens: 60,
  })
  expect(stage?.tokensPerSecond).toBeGreaterThan(60)
  await own.destroy()
})

test('a run whose process died is stopped; the one that holds the lock is running', async () => {
  await store.updateTable('runs').set({ status: 'running' }).where('id', '=', id).execute()
  const status = async () => (await listRuns({ home, store })).map((run) => [run.id, run.status])
  expect(await status()).toEqual([[id, 'stopped']])
  const lock = path.join(home.dir, 'locks', 'run.lock')
  await withLock(lock, async () => {}, { busy: '' })
  expect(await status()).toEqual([[id, 'stopped']])
  await withLock(
    lock,
    async () => {
      expect(await status()).toEqual([[id, 'running']])
      await expect(removeRun({ home, store }, id)).rejects.toMatchObject({ code: 'locked' })
    },
    { busy: '' },
  )
  await store.updateTable('runs').set({ status: 'done' }).where('id', '=', id).execute()
})

test('a run is found by the beginning of its id; a slip is met with a suggestion', async () => {
  const deps = { home, store }
  expect((await findRun(deps, 'gl-sd')).id).toBe(id)
  await expect(findRun(deps, 'gl-sdrrl-demo-0a1b3c')).rejects.toMatchObject({
    code: 'run_unknown',
    exitCode: 2,
    message: `There is no run "gl-sdrrl-demo-0a1b3c". Did you mean ${id}?`,
  })
  await expect(findRun(deps, 'zz')).rejects.toThrow(`There are ${id}.`)
  const { status: _, ...row } = await store.selectFrom('runs').selectAll().executeTakeFirstOrThrow()
  await store
    .insertInto('runs')
    .values({ ...row, id: `${id}-bis`, status: 'failed' })
    .execute()
  await expect(findRun(deps, 'gl')).rejects.toMatchObject({ code: 'run_ambiguous', exitCode: 2 })
  expect((await findRun(deps, id)).id).toBe(id)
  await store.deleteFrom('runs').where('id', '=', `${id}-bis`).execute()
})

test('the funnel says what each step kept, and why it dropped the others', async () => {
  const run = await describeRun({ home, store }, await findRun({ home, store }, id))
  const stage = await store
    .selectFrom('stages')
    .select('output_json')
    .where('name', '=', 'data')
    .executeTakeFirstOrThrow()
  const { funnel } = JSON.parse(stage.output_json ?? '') as {
    funnel: { step: string; kept: number; dropped: object }[]
  }
  expect(run.funnel).toEqual(funnel.map(({ step, kept, dropped }) => ({ step, kept, dropped })))
  const answers = run.funnel.find(({ step }) => step === 'answers')
  expect(answers?.dropped).toMatchObject({ unfinished: expect.any(Number), markup: expect.any(Number) })
  expect(run.command).toContain(
    `--teacher ${endpoint.url} --teacher-model scripted --set questions=24 --set sentences=12 --set tokens=600 --run ${id}`,
  )
  expect(run.report).toBeUndefined()
  fs.writeFileSync(path.join(run.folder, 'report.md'), '# Report')
  expect((await describeRun({ home, store }, run)).report).toBe(path.join(run.folder, 'report.md'))
})

test('every row that is trained on is traced back to questions or sentences, and to what was answered', async () => {
  const lines = await all(trainingLines(store, id))
  expect(lines.length).toBeGreaterThan(10)
  expect(lines.filter(({ split }) => split === 'valid').length).toBeGreaterThan(0)
  for (const line of lines) {
    const traced = await traceExample(store, id, line.id)
    expect(traced.at(-1)).toMatchObject({ step: 'mix', id: line.id.split('/')[1] })
    const [first] = traced
    expect([first?.step, first?.parents]).toEqual(['questions', []])
    const asked = traced.flatMap((example) => example.asked)
    expect(new Set(asked.map(({ hash }) => hash)).size).toBe(asked.length)
    for (const hash of line.requests) expect(asked.map((request) => request.hash)).toContain(hash)
    // The answers are those that the texts were made of.
    const texts = traced.flatMap(({ source = [], target = [], prompt = [] }) => [...source, ...target, ...prompt])
    const words = JSON.stringify(texts)
    for (const { response } of asked.filter(({ kind }) => kind !== undefined)) {
      expect(words).toContain(JSON.stringify((response as { text: string }).text.trim()).slice(1, -1))
    }
  }
})

test('a dropped example says by what and why, wherever it is met', async () => {
  const samples = await sampleExamples(store, id, { step: 'answers', limit: 2 })
  expect(samples.filter(({ dropped }) => !dropped)).toHaveLength(2)
  const markup = samples.find(({ dropped }) => dropped?.by === 'markup')
  expect(markup?.dropped?.reason).toBe('"https:"')
  const traced = await traceExample(store, id, markup?.id.slice(0, 12) ?? '')
  expect(traced.map(({ step, dropped }) => [step, dropped?.by])).toEqual([
    ['questions', undefined],
    ['answers', 'markup'],
  ])
  expect(new Set((await sampleExamples(store, id, { limit: 1 })).map(({ step }) => step))).toEqual(
    new Set(['questions', 'answers', 'translations', 'rows', 'mix']),
  )
  await expect(sampleExamples(store, id, { step: 'dreams', limit: 1 })).rejects.toMatchObject({ code: 'step_unknown' })
  for (const name of ['ffffffffffffffffffff', 'mix/zzz', '', '%']) {
    await expect(traceExample(store, id, name)).rejects.toMatchObject({
      code: expect.stringMatching(/^example_/),
      exitCode: 2,
    })
  }
})

test('a recording replays a run in another home: nobody is asked, and the rows are the same', async () => {
  const file = path.join(folder, 'recording.jsonl')
  const lines = await all(recordingOf(store, id))
  fs.writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const other = homeIn(folder, 'other')
  const replayed = await openStore(other.database)
  try {
    expect(await importRecording(replayed, file)).toEqual({ lines: lines.length, added: lines.length })
    expect(await importRecording(replayed, file)).toEqual({ lines: lines.length, added: 0 })
    const asked = endpoint.asked
    const mute: Translator = { ...translator, translate: () => Promise.reject(new Error('asked the translator')) }
    const teacher = teacherAt(endpoint.url)
    await runData({ home: other, store: replayed }, id, wishFor(endpoint), { teacher, translator: mute })
    expect(endpoint.asked).toBe(asked)
    expect(await all(trainingLines(replayed, id))).toEqual(await all(trainingLines(store, id)))
  } finally {
    await replayed.destroy()
  }
})

test('a recording that was edited or cut is refused at its line, and what came before it is kept', async () => {
  const lines = (await all(recordingOf(store, id))).slice(0, 3) as [RecordingLine, RecordingLine, RecordingLine]
  const file = path.join(folder, 'damaged.jsonl')
  const fresh = await openStore(':memory:')
  const damage = async (third: string) => {
    fs.writeFileSync(file, [JSON.stringify(lines[0]), JSON.stringify(lines[1]), third].join('\n'))
    await expect(importRecording(fresh, file)).rejects.toMatchObject({
      code: 'recording_damaged',
      message: expect.stringContaining('Line 3'),
    })
  }
  await damage(JSON.stringify({ ...lines[2], request: { text: 'another question' } }))
  await damage(JSON.stringify(lines[2]).slice(0, 50))
  await damage(JSON.stringify({ ...lines[2], price: -1 }))
  expect(await fresh.selectFrom('completions').select('hash').orderBy('hash').execute()).toEqual([
    { hash: lines[0].hash },
    { hash: lines[1].hash },
  ])
  await expect(importRecording(fresh, path.join(folder, 'none.jsonl'))).rejects.toMatchObject({
    code: 'file_unreadable',
    exitCode: 2,
  })
  await fresh.destroy()
})

test('a run is removed with its rows and folder; models and memory stay', async () => {
  const wish = wishFor(endpoint, ['questions=5'])
  await runData({ home, store }, 'doomed', wish, { teacher: teacherAt(endpoint.url), translator })
  const file = writeTinyGguf(path.join(folder, 'made.gguf'), 'made')
  await importModel({ home, store }, file, { name: 'made', role: 'student', run: 'doomed' })
  const count = async (table: 'completions' | 'models' | 'examples') =>
    (
      await store
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
    ).n
  const before = { completions: await count('completions'), models: await count('models') }
  const { examples } = await removeRun({ home, store }, 'doomed')
  expect(examples).toBeGreaterThan(20)
  expect(fs.existsSync(path.join(home.runs, 'doomed'))).toBe(false)
  expect({ completions: await count('completions'), models: await count('models') }).toEqual(before)
  expect((await listRuns({ home, store })).map((run) => run.id)).toEqual([id])
  expect(await store.selectFrom('stages').select('run').distinct().execute()).toEqual([{ run: id }])
})

test('a run that was cut off shows how far it came, and has no rows to export', async () => {
  const { id: _, ...row } = await store.selectFrom('runs').selectAll().executeTakeFirstOrThrow()
  await store
    .insertInto('runs')
    .values({ ...row, id: '..', status: 'failed', error: 'No disk.' })
    .execute()
  const stage = createStages(store, '..', createMemory(store))
  const cut = async function* () {
    yield* (await sampleExamples(store, id, { step: 'questions', limit: 3 })).map(
      ({ step: _s, position: _p, ...rest }) => rest,
    )
  }
  await stage('questions', () => recordExamples(store, '..', 'questions', cut()))
  await stage('answers', () => Promise.reject(new Error('cut off'))).catch(() => {})
  const run = await describeRun({ home, store }, await findRun({ home, store }, '..'))
  expect(run.funnel).toEqual([{ step: 'questions', kept: 3, dropped: {} }])
  expect(run.stages.map(({ name, status }) => [name, status])).toEqual([
    ['questions', 'done'],
    ['answers', 'running'],
  ])
  await expect(all(trainingLines(store, '..'))).rejects.toMatchObject({ code: 'run_unfinished' })
  // A name that points out of the folder of runs takes nothing with it.
  await removeRun({ home, store }, '..')
  expect(fs.existsSync(home.database)).toBe(true)
})
