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
  expect(header.split(/ {2,}/)).toEqual(['NAME', 'ROLE', 'LANGUAGE', 'QUANTISATION', 'SIZE', 'BASE'])
  expect(rows.map((row) => row.split(/ +/)[0])).toEqual(['second', 'tiny-model'])
  expect(JSON.parse(await endonym('--json', 'models'))).toMatchObject([{ name: 'second' }, { name: 'tiny-model' }])
  expect(await endonym('models', 'verify', 'second')).toContain('is whole')
  expect(await endonym('models', 'rm', 'second')).toContain('another name uses it')
  expect(await endonym('models', 'rm', 'tiny-model')).toMatch(/^Removed tiny-model: .* freed\.$/m)
  expect(fs.readdirSync(path.join(folder, 'home', 'models'))).toEqual([])
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
  [['quantize', 'nobody'], { code: 'model_unknown', exitCode: 2 }],
  [['quantize', 'nobody', '--type', 'Q9'], { code: 'commander.invalidArgument' }],
])('%j is refused in a sentence', async (args, error) => {
  await expect(endonym(...args)).rejects.toMatchObject(error)
})
