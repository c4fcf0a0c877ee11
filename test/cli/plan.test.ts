import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createAction } from '../../cli/command.ts'
import plan from '../../cli/plan.ts'
import type { RunPlan } from '../../trainer/plan.ts'

let folder: string
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-plan-'))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

/** What `endonym plan …` prints on standard output, and what it ends with. */
async function endonym(...args: string[]): Promise<{ out: string; error: unknown }> {
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  plan(program, createAction(program, new AbortController().signal))
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} })
  let out = ''
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  try {
    await program.parseAsync(['--home', path.join(folder, 'home'), ...args], { from: 'user' })
    return { out, error: undefined }
  } catch (error) {
    return { out, error }
  } finally {
    stdout.mockRestore()
  }
}

test('a plan is a table with a total, what its times follow from, and a sentence', async () => {
  const { out, error } = await endonym('plan', 'galego', '--scale', 'paper')
  expect(error).toBeUndefined()
  const lines = out.trimEnd().split('\n')
  expect(lines[0]).toBe('Galician by SDRRL (Zhang et al., ACL 2024, arXiv 2402.12204), scale paper')
  const header = lines.findIndex((line) => line.startsWith('STEP'))
  const end = lines.findIndex((line) => line.startsWith('total'))
  expect(lines[header]?.split(/ {2,}/)).toEqual([
    'STEP',
    'REQUESTS',
    'REMEMBERED',
    'TOKENS IN',
    'TOKENS OUT',
    'TIME',
    'PRICE',
  ])
  expect(lines[header + 1]).toMatch(/^answers +52,002 +2,132,082 +3,120,120 +7 h 1\d min$/)
  // Numbers stand under the end of their title.
  const right = (lines[header]?.indexOf('REQUESTS') ?? 0) + 'REQUESTS'.length
  for (const line of lines.slice(header + 1, header + 4)) expect(line.slice(right - 1, right + 2)).toMatch(/^\d {2}$/)
  expect(end).toBeGreaterThan(header + 6)
  expect(out).toContain('140 tokens/s  default: two cores without a GPU')
  expect(lines.at(-1)).toMatch(/^About \d+ days on this machine: rent a GPU or take --scale small\.$/)
})

test('with --json it is one document that holds the same numbers', async () => {
  const { out } = await endonym('--json', 'plan', 'gl', '--set', 'questions=10', '--set', 'draws=2')
  const parsed = JSON.parse(out) as RunPlan & { problem: string | null }
  expect(parsed.steps.find(({ step }) => step === 'answers')).toMatchObject({ requests: 20, remembered: 0, price: 0 })
  expect(parsed.wish).toMatchObject({ recipe: 'sdrrl', scale: 'demo', teacher: 'self', translator: 'apertium' })
  expect(parsed.problem).toBeNull()
  expect(parsed.run).toMatchObject({ status: 'new' })
})

test('a paid teacher that also translates needs no Apertium, and its price is in the sentence', async () => {
  const teacher = ['--teacher', 'http://127.0.0.1:9/v1', '--teacher-model', 'big', '--translator', 'teacher']
  const { out, error } = await endonym('plan', 'Basque', ...teacher, '--price', '0.5,2')
  expect(error).toBeUndefined()
  expect(out).toMatch(/this machine, for about 0\.\d+\.$/m)
  expect(out).toContain('assumed: eight answers at once')
})

test('a pair that the translator lacks: the plan stands, and the sentence is the one that a run ends with', async () => {
  const { out, error } = await endonym('--json', 'plan', 'Zulu')
  expect(error).toMatchObject({ code: 'translator_lacks_pair', exitCode: 2 })
  const { problem, total } = JSON.parse(out) as { problem: string; total: { seconds: number } }
  expect(problem).toBe((error as Error).message)
  expect(problem).toMatch(/cannot translate from English to Zulu.*--translator teacher --teacher URL/)
  expect(total.seconds).toBeGreaterThan(60)
  const unreachable = await endonym('plan', 'gl', '--translator', 'http://127.0.0.1:9')
  expect(unreachable.error).toMatchObject({ code: 'translator_unreachable' })
  expect(unreachable.out).toContain('About')
})

test.each([
  [['gl', '--scale', 'huge'], { code: 'commander.invalidArgument' }],
  [['gl', '--set', 'answers=3'], { code: 'setting_unknown', exitCode: 2 }],
  [['gl', '--set', 'questions=many'], { code: 'setting_invalid', exitCode: 2 }],
  [['gl', '--recipe', 'kakapo'], { code: 'recipe_unknown', exitCode: 2 }],
  [['gl', '--translator', 'babelfish'], { code: 'translator_unknown', exitCode: 2 }],
  [['gl', '--teacher', 'http://127.0.0.1:9/v1'], { code: 'teacher_incomplete', exitCode: 2 }],
  [['gl', '--price', '3'], { code: 'commander.invalidArgument' }],
  [['Galcian'], { code: 'language_unknown', exitCode: 2 }],
])('plan %j is refused in a sentence', async (args, expected) => {
  const { out, error } = await endonym('plan', ...args)
  expect(error).toMatchObject(expected)
  expect((error as Error).message).toMatch(/\.$|\?$/)
  expect(out).toBe('')
})
