import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { studentFile } from './model.ts'

/**
 * The main job as a person runs it, small: every stage with the real model, translator and trainer; once with `kill -9` in the middle of answering and of training, once without.
 */

const wish = ['distill', 'Galician', '--limit', '4']
for (const setting of ['questions=12', 'sentences=40', 'tokens=2600', 'evaluateEvery=3']) wish.push('--set', setting)

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-spine-'))
const homes = {
  stopped: path.join(root, 'stopped'),
  killed: path.join(root, 'killed'),
  whole: path.join(root, 'whole'),
}
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

beforeAll(() => {
  const shared = process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym')
  for (const home of Object.values(homes)) {
    fs.mkdirSync(home)
    // The Python environment is the one that `npm test` has set up: it is large, and a run only reads it.
    fs.symlinkSync(path.join(shared, 'python'), path.join(home, 'python'))
  }
})

function start(home: string): {
  child: ChildProcess
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>
} {
  const args = ['cli/endonym.ts', '--home', home, '--json', ...wish, '--student', studentFile()]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output }))) }
}

/** `kill -9` as soon as `reached` holds: Endonym at once, and what it had started too, as a power cut would. */
async function killWhen(home: string, reached: () => boolean): Promise<void> {
  const { child, ended } = start(home)
  const over = ended.then(({ stderr }) => {
    throw new Error(`it ended before it could be killed: ${stderr}`)
  })
  over.catch(() => {})
  while (!reached()) await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 50))])
  const children = fs
    .readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
  child.kill('SIGKILL')
  for (const group of children) {
    try {
      process.kill(-Number(group), 'SIGKILL')
    } catch {}
  }
  await ended
}

function query<Row>(home: string, sql: string): Row[] {
  const file = path.join(home, 'endonym.db')
  if (!fs.existsSync(file)) return []
  const database = new Sqlite(file, { readonly: true })
  try {
    return database.prepare(sql).all() as Row[]
  } catch {
    return [] // its tables are not made yet
  } finally {
    database.close()
  }
}

const count = (home: string, sql: string) => query<{ n: number }>(home, `select count(*) n from ${sql}`)[0]?.n ?? 0
const runFolder = (home: string) => path.join(home, 'runs', fs.readdirSync(path.join(home, 'runs'))[0] as string)
const examples = (home: string) =>
  query(
    home,
    'select id, step, position, example_json, dropped_by, dropped_reason from examples order by step, position',
  )
const memory = (home: string) =>
  query<{ hash: string; response_json: string }>(
    home,
    "select hash, kind, source, request_json, json_remove(response_json, '$.seconds') response_json from completions where kind in ('teacher', 'translation') order by hash",
  )

describe('endonym distill', () => {
  let answered: { hash: string; created_at: string }[]

  test('is stopped by Ctrl-C cleanly, and says how to go on', async () => {
    const { child, ended } = start(homes.stopped)
    while (count(homes.stopped, "completions where kind = 'teacher'") < 3) {
      if (child.exitCode !== null) throw new Error((await ended).stderr)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    child.kill('SIGINT')
    const { code, stderr } = await ended
    expect(stderr).toMatch(/Stopped\. Run the same command again to go on: .* is kept \(run gl-sdrrl-demo-/)
    expect(code).toBe(1)
    expect(query<{ status: string }>(homes.stopped, 'select status from runs')[0]?.status).toBe('stopped')
  }, 120_000)

  test('is killed while it answers, and while it trains', async () => {
    await killWhen(homes.killed, () => count(homes.killed, "completions where kind = 'teacher'") >= 3)
    answered = query(homes.killed, "select hash, created_at from completions where kind in ('teacher', 'translation')")
    expect(answered.length).toBeGreaterThanOrEqual(3)
    await killWhen(homes.killed, () => {
      const checkpoints = path.join(runFolder(homes.killed), 'training', 'checkpoints')
      return (
        fs.existsSync(checkpoints) &&
        fs.readdirSync(checkpoints).some((name) => fs.existsSync(path.join(checkpoints, name, 'trainer_state.json')))
      )
    })
    expect(query<{ status: string }>(homes.killed, "select status from stages where name = 'train'")[0]?.status).toBe(
      'running',
    )
  }, 300_000)

  test('goes on by the same command, to its end', async () => {
    const { code, stdout, stderr } = await start(homes.killed).ended
    expect(stderr).not.toMatch(/defect/)
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ run: expect.stringMatching(/^gl-sdrrl-demo-/) })
    const report = JSON.parse(fs.readFileSync(path.join(runFolder(homes.killed), 'report.json'), 'utf8'))
    expect(report.version).toBe(1)
    for (const file of ['report.md', 'loss.svg', 'comparison.svg', 'funnel.svg'])
      expect(fs.statSync(path.join(runFolder(homes.killed), file)).size).toBeGreaterThan(200)
  }, 400_000)

  test('asked nothing twice that was answered before the kill', () => {
    const now = new Map(
      query<{ hash: string; created_at: string }>(homes.killed, 'select hash, created_at from completions').map(
        (row) => [row.hash, row.created_at],
      ),
    )
    for (const { hash, created_at } of answered) expect(now.get(hash)).toBe(created_at)
  })

  test('comes to the same without the kills', async () => {
    const { code, stderr } = await start(homes.whole).ended
    expect(code, stderr).toBe(0)
    expect(memory(homes.killed)).toEqual(memory(homes.whole))
    expect(examples(homes.killed)).toEqual(examples(homes.whole))
    for (const file of ['train.jsonl', 'valid.jsonl']) {
      expect(fs.readFileSync(path.join(runFolder(homes.killed), file), 'utf8')).toBe(
        fs.readFileSync(path.join(runFolder(homes.whole), file), 'utf8'),
      )
    }
    const models = 'select name, sha256, role, quantisation from models order by name'
    expect(query(homes.killed, models)).toEqual(query(homes.whole, models))
  }, 400_000)

  test('is finished: the same command only shows the result', async () => {
    const started = performance.now()
    const before = count(homes.whole, 'completions')
    const { code } = await start(homes.whole).ended
    expect(code).toBe(0)
    expect(count(homes.whole, 'completions')).toBe(before)
    expect(performance.now() - started).toBeLessThan(60_000)
  }, 120_000)
})
