import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { afterAll, expect, it, vi } from 'vitest'
import { createAction } from '../../cli/command.ts'
import languages from '../../cli/languages.ts'
import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-languages-'))
afterAll(() => fs.rmSync(home, { recursive: true }))

/** What `endonym languages …` prints on standard output. */
async function run(...args: string[]): Promise<string> {
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  languages(program, createAction(program, new AbortController().signal))
  program.commands[0]?.exitOverride().configureOutput({ writeErr: () => {} })
  let printed = ''
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
  try {
    await program.parseAsync(['--home', home, ...args], { from: 'user' })
  } finally {
    stdout.mockRestore()
  }
  return printed
}

it('prints a table, the likeliest first', async () => {
  const [title, first] = (await run('languages', 'galego')).split('\n')
  expect(title?.split(/ {2,}/)).toEqual(['Language', 'BCP-47', 'ISO 639-1', 'ISO 639-3', 'Script', 'FLORES', 'Endonym'])
  expect(first?.split(/ {2,}/)).toEqual(['Galician', 'gl', 'gl', 'glg', 'Latn', 'glg_Latn', 'galego'])
})

it('prints the languages as JSON, so many as are asked for', async () => {
  const found = JSON.parse(await run('--json', 'languages', 'kurd', '--limit', '3')) as Language[]
  expect(found).toHaveLength(3)
  expect(found.map(({ iso3 }) => iso3)).toContain('ckb')
  expect(found.find(({ iso3 }) => iso3 === 'ckb')).toMatchObject({
    direction: 'rtl',
    script: 'Arab',
    flores: 'ckb_Arab',
  })
})

it('says how many there are and how to search when nothing is asked', async () => {
  expect(await run('languages')).toMatch(/knows 7,\d{3} languages[\s\S]*endonym languages galego/)
  expect(JSON.parse(await run('--json', 'languages')).length).toBeGreaterThan(7800)
})

it('suggests for a typo, and refuses what is like nothing', async () => {
  expect(await run('languages', 'Galcian')).toContain('Galician')
  await expect(run('languages', '😀')).rejects.toThrow(EndonymError)
  await expect(run('languages', 'gl', '--limit', 'many')).rejects.toThrow(/whole number/)
})
