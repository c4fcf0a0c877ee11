import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAction } from '../../cli/command.ts'
import runs from '../../cli/runs.ts'
import teachers from '../../cli/teachers.ts'
import type { ScoreResult } from '../../trainer/score/result.ts'
import { studentFile } from '../model.ts'
import { fluent, startTeachers, type TeachersEndpoint } from '../trainer/teachers-endpoint.ts'

/**
 * A score as a person makes it, small: an endpoint's teacher against the student itself, with students that are really taught and really tried.
 */

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-teachers-'))
const home = path.join(root, 'home')
const picture = path.join(root, 'score.svg')
let endpoint: TeachersEndpoint
let args: string[]

beforeAll(async () => {
  fs.mkdirSync(home)
  // The Python environment is the one that `npm test` has set up: it is large, and a score only reads it.
  fs.symlinkSync(
    path.join(process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym'), 'python'),
    path.join(home, 'python'),
  )
  const prompts = path.join(root, 'prompts.txt')
  const asked = [
    'Que é un río?',
    'Como se fai o pan?',
    'Que se come no outono?',
    'Onde se fala galego?',
    'Que fai o corazón?',
    'Como está o mar?',
  ]
  fs.writeFileSync(prompts, asked.join('\n'))
  endpoint = await startTeachers({ fluent })
  args = ['teachers', 'score', '--language', 'gl', '--teachers', `${endpoint.url}#fluent,${studentFile()}`]
  args.push(
    '--student',
    studentFile(),
    '--strategies',
    'respond',
    '--prompts',
    prompts,
    '--judge',
    `${endpoint.url}#fluent`,
  )
  args.push('--benchmark', 'udhr-bits', '--limit', '3', '--picture', picture)
  for (const setting of ['rows=6', 'judged=3', 'maxTokens=80', 'epochs=1']) args.push('--set', setting)
})
afterAll(async () => {
  await endpoint?.close()
  fs.rmSync(root, { recursive: true, force: true })
})

/** Runs the command as `endonym` does, and gives what it wrote to standard output. */
async function endonym(...words: string[]): Promise<string> {
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  const action = createAction(program, new AbortController().signal)
  for (const register of [teachers, runs]) register(program, action)
  const written: string[] = []
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  try {
    await program.parseAsync(['--home', home, ...words], { from: 'user' })
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
  return written.join('')
}

describe('endonym teachers score', () => {
  let result: ScoreResult

  it('compares an endpoint with a local model, by students that were taught', async () => {
    result = JSON.parse(await endonym('--json', ...args))
    expect(result.rows.map(({ strategy }) => strategy)).toEqual(['respond', 'respond'])
    const row = result.rows.find(({ teacher }) => teacher === 'fluent')
    expect(row).toMatchObject({ asked: 6, kept: 6, inLanguage: 1, loops: 0 })
    expect(row?.metrics?.rubric).toBe(4)
    expect(row?.judge).toMatchObject({ name: 'fluent', self: true, read: 3 })
    expect(row?.student?.steps).toBeGreaterThan(0)
    expect(row?.change?.value).not.toBe(0)
    expect(row?.score).toBeCloseTo((result.extrinsic?.base ?? 0) + (row?.change?.value ?? 0), 9)
    expect(result.extrinsic).toMatchObject({ unit: 'bits per byte', tasks: [{ benchmark: 'udhr-bits-glg', rows: 3 }] })
    // Both answered the same prompts.
    expect(result.unused).toContainEqual({ metric: 'promptDistinctness', reason: 'same' })
    const zs = result.rows.flatMap(({ z }) => (z === undefined ? [] : [z]))
    expect(zs.reduce((sum, z) => sum + z, 0)).toBeCloseTo(0, 9)
    expect(result.advice).toMatch(
      /^Let \S+ teach Galician with answers to prompts in the language \(respond\): its student came to /,
    )
    expect(result.notes.join(' ')).toMatch(/There is no reference .* so there is no PGR/)
  }, 600_000)

  it('is only read again the next time: nothing is asked, taught or tried', async () => {
    const { asked } = endpoint
    const text = await endonym(...args)
    expect(endpoint.asked).toBe(asked)
    expect(JSON.parse(await endonym('--json', ...args))).toEqual(result)
    expect(text).toContain(result.advice)
    expect(text).toMatch(/teacher +strategy +z +student against the base, 95 %/)
    expect(fs.readFileSync(picture, 'utf8')).toContain('Who should teach Galician?')
  }, 60_000)

  it('is among the runs, with its stages and the command that goes on with it', async () => {
    expect(await endonym('runs')).toContain('polyglot-score')
    const detail = JSON.parse(await endonym('--json', 'runs', result.run))
    expect(detail.command).toContain('endonym teachers score --language gl --teachers')
    expect(detail.stages.map(({ name }: { name: string }) => name)).toContain('train/respond/fluent')
  })

  it('refuses in a sentence what it cannot compare', async () => {
    const score = (...more: string[]) => endonym('teachers', 'score', '--language', 'gl', ...more)
    await expect(score('--teachers', ',')).rejects.toThrow(/^Name the teachers to compare/)
    await expect(score('--teachers', 'a', '--strategies', 'respnd')).rejects.toThrow(
      'There is no strategy "respnd". There are generate, translate, respond.',
    )
    await expect(score('--teachers', 'a', '--set', 'students=many')).rejects.toThrow(
      'The setting "students" wants strategy or teacher, not "many".',
    )
    await expect(score('--teachers', 'a', '--seeds', '/nowhere')).rejects.toThrow(/\/nowhere cannot be read/)
  })

  it('lists the models that can teach', async () => {
    expect(await endonym('teachers')).toMatch(/NAME +ROLE[\s\S]*URL#model/)
  })
})
