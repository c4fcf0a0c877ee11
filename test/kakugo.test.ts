import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemPrompts } from '../data/prompts/kakugo/system.ts'
import { studentFile } from './model.ts'
import { type KakugoEndpoint, startKakugoEndpoint } from './trainer/kakugo-endpoint.ts'

/** Kakugo as a person runs it: with a teacher behind an endpoint, to a student that is served; and from recordings, without anyone. */

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-kakugo-'))
let endpoint: KakugoEndpoint
beforeAll(async () => {
  endpoint = await startKakugoEndpoint()
})
afterAll(async () => {
  await endpoint.close()
  fs.rmSync(root, { recursive: true, force: true })
})

/** A home of its own, with the Python environment that `npm test` has set up. */
function homeOf(name: string): string {
  const home = path.join(root, name)
  if (!fs.existsSync(home)) {
    fs.mkdirSync(home)
    const shared = process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym')
    fs.symlinkSync(path.join(shared, 'python'), path.join(home, 'python'))
  }
  return home
}

async function endonym<T>(home: string, ...words: string[]): Promise<T> {
  const args = ['cli/endonym.ts', '--home', homeOf(home), '--json', ...words]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

type Made = { run: string; rows: number; train: string; sha256: { train: string; valid: string } }
const distill = ['distill', 'gl', '--recipe', 'kakugo', '--student', studentFile()]

test('the recording that ships makes the same data in every home, and asks nobody', async () => {
  const first = await endonym<Made>('replay-1', ...distill, '--replay', '--data-only')
  const second = await endonym<Made>('replay-2', ...distill, '--replay', '--data-only')
  expect(first.rows).toBeGreaterThan(30)
  expect(second.sha256).toEqual(first.sha256)
  expect(endpoint.requests).toEqual([])
}, 120_000)

test('any row can be opened with everything that it was made from', async () => {
  type Traced = {
    step: string
    asked: { source: string; request: { messages: unknown[] }; response: { text: string } }[]
  }
  const { rows, lineage } = await endonym<{ rows: number; lineage: Traced[] }>(
    'replay-1',
    'runs',
    'gl',
    '--example',
    '3',
  )
  expect(rows).toBeGreaterThan(30)
  expect(lineage.at(-1)?.step).toBe('mix')
  const asked = lineage.flatMap((example) => example.asked)
  expect(asked.length).toBeGreaterThan(1)
  for (const { source, request, response } of asked) {
    expect(source).toMatch(/^(written by hand|apertium)/)
    expect(request).toBeTruthy()
    expect(response.text).toBeTruthy()
  }
}, 30_000)

test('a teacher behind an endpoint teaches a student, which is measured and served; its recording makes the same data', async () => {
  const settings = ['seedTopics=4', 'macroTopics=1', 'broadScenarios=1', 'contextTexts=4', 'texts=udhr']
  settings.push('conversations=12', 'translateBy=teacher', 'tokens=1600', 'evaluateEvery=2')
  const teacher = ['--teacher', endpoint.url, '--teacher-model', 'scripted', '--limit', '2']
  const report = await endonym<{
    run: string
    data: { rows: number; kinds: Record<string, number> }
    models: { q8: string }
  }>('endpoint', ...[...distill, ...teacher, ...settings.flatMap((setting) => ['--set', setting])])
  expect(report.data.rows).toBeGreaterThan(5)
  const models = await endonym<{ name: string; role: string }[]>('endpoint', 'models')
  expect(models.find(({ name }) => name === report.models.q8)?.role).toBe('student')

  type Row = { prompt: { role: string; content: string }[] }
  const rows = await endonym<Row[]>('endpoint', 'runs', report.run, '--examples', 'rows', '--limit', '100')
  const systems = new Set(rows.map(({ prompt: [first] }) => first?.content))
  expect(systems).toContain(systemPrompts.thinking)
  expect(systems).toContain(systemPrompts.concise)

  const recording = path.join(root, 'recording.jsonl.gz')
  await endonym('endpoint', 'runs', report.run, '--export-memory', recording)
  const asked = endpoint.requests.length
  const replayed = await endonym<Made>('replay-3', ...distill, '--replay', recording, '--data-only')
  expect(fs.readFileSync(replayed.train, 'utf8')).toBe(
    fs.readFileSync(path.join(homeOf('endpoint'), 'runs', report.run, 'train.jsonl'), 'utf8'),
  )
  expect(endpoint.requests.length).toBe(asked)
}, 900_000)
