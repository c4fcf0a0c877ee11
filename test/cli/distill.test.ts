import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHome } from '../../core/home.ts'
import { withLock } from '../../core/lock.ts'
import { run } from '../../core/process.ts'
import { studentFile } from '../model.ts'

/** What people get wrong, and what they are told: a sentence, exit code 2 (or 1 where the wish was right), and nothing begun. */

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-distill-'))
beforeAll(() => {
  const shared = process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym')
  fs.symlinkSync(path.join(shared, 'python'), path.join(home, 'python'))
})
afterAll(() => fs.rmSync(home, { recursive: true, force: true }))

const distill = (...args: string[]) => run(process.execPath, ['cli/endonym.ts', '--home', home, 'distill', ...args])

const wrong: [what: string, args: string[], sentence: RegExp][] = [
  ['a language that nobody knows', ['Xyzzyish'], /No language is known as "Xyzzyish"/],
  ['a slip', ['Galcian'], /Did you mean Galician \[gl\]/],
  ['an ambiguous name', ['Kurdish'], /can mean Northern Kurdish.*Which one/s],
  ['a pair that the translator lacks', ['Yoruba'], /cannot translate from English to Yoruba.*--translator teacher/s],
  ['an unknown recipe', ['Galician', '--recipe', 'alchemy'], /no recipe "alchemy".*sdrrl/s],
  ['an unknown scale', ['Galician', '--scale', 'huge'], /one of demo, small, paper/],
  ['an unknown setting', ['Galician', '--set', 'magic=1'], /no setting "magic"/],
  ['a setting that is no number', ['Galician', '--set', 'tokens=many'], /wants a number/],
  ['an unknown translator', ['Galician', '--translator', 'babelfish'], /no translator "babelfish"/],
  ['half a teacher', ['Galician', '--teacher', 'http://127.0.0.1:1'], /needs both --teacher URL and --teacher-model/],
  ['a name that leaves the folder of runs', ['Galician', '--run', '../../etc'], /cannot be a run's name/],
  ['more questions than there are', ['Galician', '--scale', 'paper'], /wants 52002 English questions, and 600 ship/],
  ['no language', [], /missing required argument/],
]

test.each(wrong)('%s is met with a sentence and exit code 2', async (_, args, sentence) => {
  const { code, stdout, stderr } = await distill(...args)
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toMatch(/defect|\n\s+at /)
  expect([code, stdout]).toEqual([2, ''])
})

test('a student that is no model, or no whole one, is refused before anything is asked', async () => {
  const broken = path.join(home, 'broken.gguf')
  fs.copyFileSync(studentFile(), broken)
  fs.truncateSync(broken, 50_000_000)
  const text = path.join(home, 'notes.gguf')
  fs.writeFileSync(text, 'These are my notes, not a model.')
  for (const [student, sentence] of [
    [broken, /truncated|incomplete|cut off|shorter/i],
    [text, /GGUF/],
    [path.join(home, 'nowhere.gguf'), /nowhere\.gguf/],
  ] as const) {
    const { code, stderr } = await distill('Galician', '--student', student)
    expect(stderr).toMatch(sentence)
    expect(stderr).not.toMatch(/defect|\n\s+at /)
    expect([1, 2]).toContain(code)
  }
})

test('a student that is no chat model is refused by name', async () => {
  const base = path.join(home, 'base.gguf')
  const bytes = fs.readFileSync(studentFile())
  // The same model with its chat template under another key: a base model, as far as anyone can tell.
  const key = Buffer.from('tokenizer.chat_template')
  bytes.write('tokenizer.chat_tomplate', bytes.indexOf(key))
  fs.writeFileSync(base, bytes)
  const { code, stderr } = await distill('Galician', '--student', base)
  expect(stderr).toMatch(/"base" is no chat model: its file has no chat template/)
  expect(code).toBe(2)
})

test('a second run on the same home is told to wait, and the first is not disturbed', async () => {
  const lock = path.join(openHome(home).dir, 'locks', 'run.lock')
  await withLock(
    lock,
    async () => {
      const { code, stderr } = await distill('Galician', '--student', studentFile())
      expect(stderr).toMatch(/Another run is under way in .*--home DIR/s)
      expect(code).toBe(1)
    },
    { busy: 'the test holds it' },
  )
})
