import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Home, openHome } from '../../core/home.ts'
import { openStore, type Store } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createRaters } from '../../evaluator/sessions/raters.ts'
import { createSessions } from '../../evaluator/sessions/sessions.ts'
import { createTasks, makeTurn } from '../../evaluator/sessions/tasks.ts'
import { createVotes, voteBody } from '../../evaluator/sessions/votes.ts'
import { openRuntime } from '../../models/llama.ts'
import { findModel, importModel, listModels } from '../../models/store.ts'
import { compareScores } from '../../trainer/preferences/measure.ts'
import { readPreferenceRows, splitRows } from '../../trainer/preferences/rows.ts'
import { beginningOf } from '../../trainer/preferences/student.ts'
import type { PreferenceResult } from '../../trainer/preferences.ts'
import { studentFile } from '../model.ts'

const base = 'smollm2-135m-instruct'

/** Questions, with what the raters liked and what they did not. */
const battles = [
  ['Que é a auga?', 'A auga é o que bebemos todos os días.', 'Water is a chemical substance.'],
  ['Como se di good morning?', 'Dise bos días, meu amigo.', 'I am sorry, I cannot assist.'],
  ['Cal é a capital de Galicia?', 'A capital é Santiago de Compostela.', 'The city is in the region.'],
  ['Que come unha vaca?', 'Unha vaca come herba verde.', 'Cows live on farms.'],
  ['Onde vive o peixe?', 'O peixe vive na auga do mar.', 'Fish are found in places.'],
  ['Que día é hoxe?', 'Hoxe é un bo día para falar.', 'Today is a day to learn.'],
  ['Como estás?', 'Estou moi ben, grazas.', 'I am a language model.'],
  ['Que é o sol?', 'O sol é unha estrela.', 'The sun is a ball of gas.'],
] as const

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-train-'))
let home: Home
let store: Store
beforeAll(async () => {
  home = openHome(path.join(root, 'home'))
  // The Python environment is the one that `npm test` has set up: it is large, and a run only reads it.
  const shared = process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym')
  fs.symlinkSync(path.join(shared, 'python'), home.python)
  store = await openStore(home.database)
})
afterAll(async () => {
  await store.destroy()
  fs.rmSync(root, { recursive: true, force: true })
})

/** A session in which one rater judges all battles: the base wrote what they liked. */
async function judgedSession(language = 'gl') {
  const { session } = await createSessions(store).create(resolveLanguage(language), {
    name: 'Spring',
    models: ['other', base],
    prompts: battles.map(([question]) => [question]),
  })
  const { rater } = await createRaters(store).join(session, { consentHash: 'default' })
  for (const [i, [question, better, worse]] of battles.entries()) {
    const task = await createTasks(store).give(rater, {
      kind: 'battle',
      gold: false,
      prompt: String(i),
      models: { left: 'other', right: base },
      turns: [makeTurn(question, { left: worse, right: better })],
    })
    const receipts = task.turns[0]?.receipts
    await createVotes(store).cast(
      task,
      voteBody.parse({ verdict: 'right', receipts, judgedAt: '2026-11-27T10:00:00Z' }),
    )
  }
  return session.id
}

const run = promisify(execFile)
const endonym = (...args: string[]) =>
  run(process.execPath, ['cli/endonym.ts', '--home', home.dir, '--json', ...args], { maxBuffer: 1 << 26 })

describe('rows', () => {
  const written = (name: string, rows: readonly object[]) => {
    const file = path.join(root, name)
    fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    return file
  }

  test('of files are known by their columns, with messages or plain words', async () => {
    const pairs = written('pairs.jsonl', [
      { prompt: 'Ola?', chosen: 'Boas!', rejected: 'Hi!', chosen_model: 'a', agreed: 2 },
      {
        prompt: [{ role: 'user', content: 'E logo?' }],
        chosen: [{ role: 'assistant', content: 'Si.' }],
        rejected: [{ role: 'assistant', content: 'Yes.' }],
        rejected_model: 'b',
      },
    ])
    const read = await readPreferenceRows(store, [pairs])
    expect([read.method, [...read.preferred]]).toEqual([
      'dpo',
      [
        ['a', 2],
        ['b', 0],
      ],
    ])
    expect(read.rows[0]).toEqual({
      prompt: [{ role: 'user', content: 'Ola?' }],
      chosen: [{ role: 'assistant', content: 'Boas!' }],
      rejected: [{ role: 'assistant', content: 'Hi!' }],
    })
    const labels = written('labels.jsonl', [{ prompt: 'Ola?', completion: 'Boas!', label: true }])
    expect((await readPreferenceRows(store, [labels])).method).toBe('kto')
    await expect(readPreferenceRows(store, [labels], 'dpo')).rejects.toThrow(
      /row 1 of .*labels.jsonl is no row for DPO/,
    )
    const text = written('text.jsonl', [{ text: 'Ola' }])
    await expect(readPreferenceRows(store, [text])).rejects.toThrow(/have neither "prompt", "chosen", "rejected"/)
    await expect(readPreferenceRows(store, [written('none.jsonl', [])])).rejects.toThrow('There is nothing to train on')
    await expect(readPreferenceRows(store, [pairs, 'session'])).rejects.toThrow('Name sessions or files, not both')
  })

  test('of sessions are of one language', async () => {
    const both = [await judgedSession(), await judgedSession('pt')]
    await expect(readPreferenceRows(store, both)).rejects.toThrow('These sessions are on Galician and Portuguese')
    const { rows, language, preferred } = await readPreferenceRows(store, both.slice(0, 1))
    expect([rows.length, language?.bcp47, preferred.get(base), preferred.get('other')]).toEqual([8, 'gl', 8, 0])
  })

  test('are held out by questions, the same ones each time; of few questions none', () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].flatMap((question) =>
      [1, 2].map((n) => ({ prompt: [{ role: 'user' as const, content: question }], n })),
    )
    const { train, heldOut } = splitRows(rows, 0.2, 1)
    expect([train.length, heldOut.length]).toEqual([8, 2])
    const questions = (some: typeof rows) => new Set(some.map(({ prompt }) => prompt[0]?.content))
    expect(questions(train).intersection(questions(heldOut)).size).toBe(0)
    expect(splitRows(rows, 0.2, 1)).toEqual({ train, heldOut })
    expect(splitRows(rows.slice(0, 6), 0.2, 1).heldOut).toEqual([])
    expect(splitRows(rows, 0, 1).heldOut).toEqual([])
  })
})

test('figures: whose better answer gained, and which one is the likelier', () => {
  const message = [{ role: 'assistant' as const, content: 'x' }]
  const pair = { prompt: message, chosen: message, rejected: message }
  const scored = (...nats: number[]) => nats.map((value) => ({ nats: value, tokens: 4 }))
  const before = [scored(-8, -6), scored(-4, -6)]
  expect(compareScores([pair, pair], before, [scored(-7, -9), scored(-5, -6)])).toEqual({
    method: 'dpo',
    rows: 2,
    learned: 1,
    before: { likelier: 1, margin: 0 },
    after: { likelier: 2, margin: 1.5 },
  })
  const labels = [true, false].map((label) => ({ prompt: message, completion: message, label }))
  expect(compareScores(labels, [scored(-8), scored(-4)], [scored(-4), scored(-2)])).toEqual({
    method: 'kto',
    rows: 2,
    learned: 1,
    before: { wanted: -2, unwanted: -1 },
    after: { wanted: -1, unwanted: -0.5 },
  })
})

describe('endonym train', () => {
  const small = ['epochs=2', 'batch=2', 'learningRate=0.001', 'length=64', 'rank=8', 'heldOut=0.2']
  const settings = small.flatMap((setting) => ['--set', setting])
  let session: string
  let result: PreferenceResult

  test('is killed while it trains', async () => {
    await importModel({ home, store }, studentFile(), { name: base })
    session = await judgedSession()
    const command = ['cli/endonym.ts', '--home', home.dir, 'train', '--preferences', session, ...settings]
    const child = spawn(process.execPath, command, { stdio: 'ignore' })
    const checkpoint = () =>
      fs.globSync(path.join(home.runs, '*', 'training', 'checkpoints', 'checkpoint-*', 'trainer_state.json'))[0]
    await expect.poll(() => child.exitCode ?? checkpoint(), { timeout: 800_000 }).toMatch(/trainer_state/)
    // At once, and what it had started too, as a power cut would.
    const groups = fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')
    child.kill('SIGKILL')
    for (const group of groups) process.kill(-Number(group), 'SIGKILL')
    await once(child, 'close')
    const stages = await store.selectFrom('stages').select(['name', 'status']).execute()
    expect(stages).toContainEqual({ name: 'train', status: 'running' })
  }, 900_000)

  test('goes on by the same command: the model whose answers were preferred is trained on the votes', async () => {
    const { stdout, stderr } = await endonym('train', '--preferences', session, ...settings)
    result = JSON.parse(stdout)
    expect(stderr).toContain(`The student is ${base}, whose answers were preferred most often.`)
    expect(result).toMatchObject({ method: 'dpo', language: 'gl', before: base, rows: { trained: 6, heldOut: 2 } })
    expect(result.after).toMatch(/^gl@smollm2-135m-instruct\.[0-9a-f]{6}$/)
    expect(result.compare).toBe(`endonym sessions create gl --models ${base} ${result.after}`)
    expect(result.steps).toBe(6)
    const config = JSON.parse(fs.readFileSync(path.join(home.runs, result.run, 'training', 'dpo.yaml'), 'utf8'))
    expect(config).toMatchObject({ resume_from_checkpoint: expect.stringMatching(/checkpoint-\d$/) })
  }, 900_000)

  test('learned what it was shown: each better answer gained on the worse one', () => {
    const { trained, heldOut, loss } = result
    expect(trained).toMatchObject({ method: 'dpo', rows: 6, learned: 6 })
    if (trained.method !== 'dpo') throw new Error('It was trained by DPO.')
    expect(trained.after.margin).toBeGreaterThan(trained.before.margin + 1)
    expect(heldOut).toMatchObject({ method: 'dpo', rows: 2 })
    // The loss of a model that prefers neither is ln 2.
    expect(loss.first).toBeCloseTo(Math.log(2), 1)
    expect(loss.last).toBeLessThan(Math.log(2))
  })

  test('leaves a model in the store that is of the language, and answers', async () => {
    const models = (await listModels(store)).filter(({ run }) => run === result.run)
    const bases = Object.fromEntries(models.map(({ name, role, base }) => [name, [role, base]]))
    expect(bases).toEqual({
      [result.after]: ['student', base],
      [`${result.after}.q4_k_m`]: ['student', base],
      [`${result.after}.adapter`]: ['adapter', base],
    })
    expect(new Set(models.map(({ language }) => language))).toEqual(new Set(['glg']))
    const { file } = await findModel({ home, store }, result.after)
    const runtime = await openRuntime()
    const model = await runtime.load(file)
    const pool = await model.open({ contextSize: 256, sequences: 1 })
    const { text } = await pool.chat([{ role: 'user', content: 'Como estás?' }], {
      temperature: 0,
      maxTokens: 16,
      seed: 0,
    })
    expect(text.trim()).not.toBe('')
    await runtime.dispose()
  }, 60_000)

  test('is a run like others, and the same command only shows what came of it', async () => {
    const detail = JSON.parse((await endonym('runs', result.run)).stdout)
    expect(detail).toMatchObject({ recipe: 'dpo', status: 'done', models: { length: 3 } })
    expect(detail.command).toContain(`endonym train --preferences ${session} --student ${base} --method dpo`)
    const started = performance.now()
    const again = JSON.parse((await endonym('train', '--preferences', session, ...settings)).stdout)
    expect(again).toEqual(result)
    expect(performance.now() - started).toBeLessThan(60_000)
  }, 120_000)

  test('goes on from what it made, by KTO: an adapter gives way to the whole model, and the base stays the first', async () => {
    const asked = ['--student', `${result.after}.adapter`, '--method', 'kto']
    const gently = ['epochs=1', 'batch=4', 'heldOut=0', 'learningRate=0.0002'].flatMap((setting) => ['--set', setting])
    const { stdout, stderr } = await endonym('train', '--preferences', session, ...settings, ...gently, ...asked)
    const further: PreferenceResult = JSON.parse(stdout)
    expect(stderr).toContain(`In place of ${result.after}.adapter the same at 8 bits is trained: ${result.after}.`)
    expect(further).toMatchObject({
      method: 'kto',
      before: result.after,
      rows: { trained: 16, heldOut: 0 },
      heldOut: null,
    })
    expect(further.after).toMatch(/^gl@smollm2-135m-instruct\.[0-9a-f]{6}$/)
    expect(further.after).not.toBe(result.after)
    if (further.trained.method !== 'kto') throw new Error('It was trained by KTO.')
    const { before, after } = further.trained
    const gap = ({ wanted, unwanted }: typeof before) => (wanted ?? 0) - (unwanted ?? 0)
    expect(gap(after)).toBeGreaterThan(gap(before))
  }, 900_000)

  test('says when it has no student to train', async () => {
    await expect(beginningOf({ home, store }, undefined, new Map([['elsewhere', 3]]))).rejects.toThrow(
      'None of the models whose answers were preferred is in this store',
    )
    await expect(endonym('train', '--preferences', 'nothing')).rejects.toThrow('There is no session "nothing"')
  }, 60_000)
})
