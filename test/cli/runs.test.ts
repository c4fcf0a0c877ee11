import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createAction } from '../../cli/command.ts'
import distill from '../../cli/distill.ts'
import runs from '../../cli/runs.ts'
import type { Home } from '../../core/home.ts'
import { openStore } from '../../data/database.ts'
import { runIdOf } from '../../trainer/distill.ts'
import { openTranslator } from '../../trainer/translators.ts'
import { type WishOptions, wishOf } from '../../trainer/wish.ts'
import { type Endpoint, galician, homeIn, runData, startEndpoint, teacherAt, wishFor } from '../trainer/scripted-run.ts'

let folder: string
let home: Home
let endpoint: Endpoint
let id: string
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-runs-'))
  home = homeIn(folder)
  endpoint = await startEndpoint()
  const store = await openStore(home.database)
  const wish = wishFor(endpoint)
  id = runIdOf(wish)
  const translator = await openTranslator('apertium')
  await runData({ home, store }, id, wish, { teacher: teacherAt(endpoint.url), translator })
  await store.destroy()
})
afterAll(async () => {
  await endpoint.close()
  fs.rmSync(folder, { recursive: true })
})

const cli = path.join(import.meta.dirname, '../../cli/endonym.ts')

/** What `endonym runs …` prints on standard output. */
async function endonym(...args: string[]): Promise<string> {
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  runs(program, createAction(program, new AbortController().signal))
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} })
  let out = ''
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  try {
    await program.parseAsync(['--home', home.dir, ...args], { from: 'user' })
  } finally {
    stdout.mockRestore()
  }
  return out
}

test('runs are listed, and one is shown with its stages and funnel', async () => {
  const [header = '', first = ''] = (await endonym('runs')).split('\n')
  expect(header.split(/ {2,}/)).toEqual([
    'ID',
    'LANGUAGE',
    'RECIPE',
    'SCALE',
    'STATUS',
    'STARTED',
    'TIME',
    'TOKENS',
    'PRICE',
  ])
  expect(first).toMatch(new RegExp(`^${id} +Galician +sdrrl +demo +done +20.* 8,160 +0\\.07`))
  expect(JSON.parse(await endonym('--json', 'runs'))).toMatchObject([{ id, status: 'done', completionTokens: 7200 }])
  const shown = await endonym('runs', 'gl-sdrrl')
  expect(shown).toMatch(/^answers +done +24 +7,200 +[\d,]+ +.*[\d.]+ MB +0\.073$/m)
  expect(shown).toMatch(/^answers +\d+ +\d+ +(unfinished|markup) \d+, (unfinished|markup) \d+$/m)
  expect(shown).toContain(path.join(home.runs, id))
  expect(JSON.parse(await endonym('--json', 'runs', id))).toMatchObject({
    id,
    wish: { student: 'smollm2-135m-instruct' },
  })
})

test('examples and their lineage are shown', async () => {
  const examples = await endonym('runs', id, '--examples', 'answers', '--limit', '1')
  const dropped = /^(answers\/[0-9a-f]{20}) {2}pair, dropped by markup: "https:"$/m.exec(examples)?.[1] ?? ''
  const traced = await endonym('runs', id, '--trace', dropped)
  expect(traced).toMatch(/^questions\/[0-9a-f]{20} {2}question, kept$/m)
  expect(traced).toContain(`teacher by ${endpoint.url}:scripted`)
  expect(traced).toMatch(/→ The water of the river is cold today.*https:\/\/example\.org/)
  const json = JSON.parse(await endonym('--json', 'runs', id, '--trace', dropped)) as { step: string }[]
  expect(json.map(({ step }) => step)).toEqual(['questions', 'answers'])
  expect(JSON.parse(await endonym('--json', 'runs', id, '--examples')).length).toBeGreaterThan(10)
})

test('rows and memory are exported whole, and memory is taken back once', async () => {
  const rows = path.join(folder, 'rows.jsonl')
  const memory = path.join(folder, 'memory.jsonl')
  expect(await endonym('runs', id, '--export', rows, '--export-memory', memory)).toMatch(
    /^Wrote \d+ lines to .*rows.jsonl \(rows\).\nWrote \d+ lines to .*memory.jsonl \(memory\).\n$/,
  )
  const lines = fs.readFileSync(rows, 'utf8').trimEnd().split('\n')
  for (const line of lines) {
    const { messages, kind, parents } = JSON.parse(line) as { messages: { role: string }[]; kind: string; parents: [] }
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(kind).not.toContain('/')
    expect(parents.length).toBeGreaterThan(0)
  }
  expect(await endonym('runs', '--import-memory', memory)).toMatch(
    /^Took 0 of (\d+) answers .*; \1 were known already\.\n$/,
  )
  expect(fs.readdirSync(folder).sort()).toEqual(['home', 'memory.jsonl', 'rows.jsonl'])
  await expect(endonym('runs', id, '--export', path.join(folder, 'no', 'rows.jsonl'))).rejects.toMatchObject({
    code: 'not_writable',
    exitCode: 2,
  })
})

test('an export to standard output is nothing but lines, and ends quietly with its reader', async () => {
  const args = [cli, '--home', home.dir, 'runs', id, '--export-memory', '-']
  const { code, stdout, stderr } = await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
    execFile(process.execPath, args, (error, out, err) => resolve({ code: error ? 1 : 0, stdout: out, stderr: err })),
  )
  expect(code).toBe(0)
  const [header = '', ...lines] = stdout.trimEnd().split('\n')
  expect(JSON.parse(header)).toMatchObject({ recording: 1, recipe: 'sdrrl', language: 'glg', scale: 'demo' })
  for (const line of lines) expect(Object.keys(JSON.parse(line) as object)).toContain('request')
  expect(stderr).toContain(`Wrote ${lines.length} lines`)

  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  expect(errors).not.toMatch(/defect|EPIPE/)
})

test('the command that goes on with a stopped run is that very run', async () => {
  const store = await openStore(home.database)
  await store.updateTable('runs').set({ status: 'running' }).execute()
  await store.destroy()
  const command = /^To go on: endonym (.*)$/m.exec(await endonym('runs', id))?.[1] ?? ''
  const program = new Command('endonym')
  let wish: unknown
  distill(program, () => async (...args: unknown[]) => {
    wish = wishOf(galician, args[1] as WishOptions)
  })
  await program.parseAsync(command.split(' '), { from: 'user' })
  expect(wish).toEqual(wishFor(endpoint))
})

test.each([
  [['runs', 'xyz'], { code: 'run_unknown', exitCode: 2 }],
  [['runs', 'rm', 'xyz'], { code: 'run_unknown', exitCode: 2 }],
  [['runs', 'gl', '--trace', 'abc'], { code: 'example_unknown', exitCode: 2 }],
  [['runs', 'gl', '--examples', 'abc'], { code: 'step_unknown', exitCode: 2 }],
  [['runs', '--export', 'x.jsonl'], { code: 'usage', exitCode: 2 }],
  [['runs', '--import-memory', '/nowhere'], { code: 'file_unreadable', exitCode: 2 }],
  [['runs', 'gl', '--examples', '--limit', '0'], { code: 'commander.invalidArgument' }],
])('%j is refused in a sentence', async (args, error) => {
  await expect(endonym(...args)).rejects.toMatchObject(error)
})

test('removing says what is gone and what is kept', async () => {
  expect(await endonym('runs', 'rm', id)).toMatch(
    new RegExp(`^Removed the run ${id}: \\d+ examples and its folder\\. .*kept`),
  )
  expect(await endonym('runs')).toBe('No runs yet: endonym distill <language>\n')
  expect(fs.existsSync(path.join(home.runs, id))).toBe(false)
})
