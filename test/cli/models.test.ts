import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAction } from '../../cli/command.ts'
import models from '../../cli/models.ts'
import quantize from '../../cli/quantize.ts'
import { studentFile } from '../model.ts'
import { writeTinyGguf } from '../models/tiny.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-models-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true }))

/** Runs the command as `endonym` does, and gives what it wrote to standard output. */
async function endonym(...args: string[]): Promise<string> {
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  const action = createAction(program, new AbortController().signal)
  for (const register of [models, quantize]) register(program, action)
  const written: string[] = []
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  try {
    await program.parseAsync(['--home', path.join(folder, 'home'), ...args], { from: 'user' })
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
  return written.join('')
}

test('the store from the command line: empty, import, list, verify, remove', async () => {
  expect(await endonym('models')).toContain('endonym models pull smollm2-135m-instruct')
  expect(JSON.parse(await endonym('--json', 'models', 'list'))).toEqual([])
  const file = writeTinyGguf(path.join(folder, 'Tiny Model.gguf'), 'tiny')
  expect(await endonym('models', 'import', file)).toBe('tiny-model: llama, 0 M parameters, F32, 512 bytes\n')
  await endonym('models', 'pull', file, '--name', 'second')
  const [header = '', ...rows] = (await endonym('models')).trimEnd().split('\n')
  expect(header.split(/ {2,}/)).toEqual([
    'NAME',
    'ALIASES',
    'ROLE',
    'LANGUAGE',
    'BITS/BYTE',
    'QUANTISATION',
    'SIZE',
    'BASE',
  ])
  expect(rows.map((row) => row.split(/ +/)[0])).toEqual(['second', 'tiny-model'])
  expect(JSON.parse(await endonym('--json', 'models'))).toMatchObject([{ name: 'second' }, { name: 'tiny-model' }])
  expect(await endonym('models', 'verify', 'second')).toContain('is whole')
  expect(await endonym('models', 'rm', 'second')).toContain('another name uses it')
  expect(await endonym('models', 'rm', 'tiny-model')).toMatch(/^Removed tiny-model: .* freed\.$/m)
  expect(fs.readdirSync(path.join(folder, 'home', 'models'))).toEqual([])
})

test('another name from the command line: none, made, moved, listed with its model, taken away', async () => {
  expect(await endonym('models', 'alias')).toContain('endonym models alias NAME MODEL')
  for (const name of ['one', 'two'])
    await endonym('models', 'import', writeTinyGguf(path.join(folder, `${name}.gguf`), name), '--name', name)
  expect(await endonym('models', 'alias', 'teacher', 'one')).toBe('teacher is one.\n')
  expect(await endonym('models', 'alias', 'teacher', 'two')).toBe('teacher is two, and was one.\n')
  expect(JSON.parse(await endonym('--json', 'models', 'alias'))).toEqual([{ name: 'teacher', model: 'two' }])
  expect(await endonym('models', 'alias')).toMatch(/ALIAS {4}MODEL\nteacher {2}two\n/)
  expect(await endonym('models')).toMatch(/^two +teacher +base/m)
  expect(JSON.parse(await endonym('--json', 'models'))).toMatchObject([{ aliases: [] }, { aliases: ['teacher'] }])
  expect(await endonym('models', 'alias', 'teacher', '--rm')).toBe('teacher is no name of two any longer.\n')
})

test('quantising puts a new model beside the old one', { timeout: 120_000 }, async () => {
  await endonym('models', 'import', studentFile(), '--name', 'student')
  const made = JSON.parse(await endonym('--json', 'quantize', 'student', '--type', 'Q8_0'))
  expect(made).toMatchObject({
    name: 'student-q8_0',
    role: 'base',
    base: 'student',
    quantisation: 'Q8_0',
    fallbacks: 0,
  })
  expect(made.seconds).toBeLessThan(60)
  expect(fs.readdirSync(path.join(folder, 'home', 'cache'))).toEqual([])
  expect(fs.statSync(made.file).size).toBe(made.bytes)
})

test.each([
  [['models', 'rm', 'nobody'], { code: 'model_unknown', exitCode: 2 }],
  [['models', 'pull', 'nonsense'], { code: 'address_unknown', exitCode: 2 }],
  [['models', 'import', '/nowhere/x.gguf'], { code: 'model_missing', exitCode: 1 }],
  [['models', 'import', import.meta.filename], { code: 'model_not_gguf', exitCode: 1 }],
  [['models', 'alias', 'x'], { code: 'usage', exitCode: 2 }],
  [['models', 'alias', 'x', 'nobody'], { code: 'model_unknown', exitCode: 2 }],
  [['models', 'alias', 'x', '--rm'], { code: 'alias_unknown', exitCode: 2 }],
  [['quantize', 'nobody'], { code: 'model_unknown', exitCode: 2 }],
  [['quantize', 'nobody', '--type', 'Q9'], { code: 'commander.invalidArgument' }],
])('%j is refused in a sentence', async (args, error) => {
  await expect(endonym(...args)).rejects.toMatchObject(error)
})
