import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAction } from '../../cli/command.ts'
import evaluate from '../../cli/evaluate.ts'
import { sha256File } from '../../core/hash.ts'
import { openHome } from '../../core/home.ts'
import { withMachine } from '../../core/lock.ts'
import { openStore } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createMemory } from '../../data/memory.ts'
import { udhrBits } from '../../evaluator/benchmarks/udhr-bits.ts'
import { writeTinyGguf } from '../models/tiny.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-evaluate-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  fs.rmSync(folder, { recursive: true })
})

/** Runs the command as `endonym` does, and gives what it wrote to standard output. */
async function endonym(...args: string[]): Promise<string> {
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  evaluate(program, createAction(program, new AbortController().signal))
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

describe('endonym evaluate', () => {
  it('repeats what is remembered while another process computes, without a model being loaded', async () => {
    // The lock is the machine's, and the test's own machine is this folder.
    vi.stubEnv('TMPDIR', folder)
    const file = writeTinyGguf(path.join(folder, 'tiny.gguf'), 'tiny')
    const home = openHome(path.join(folder, 'home'))
    const store = await openStore(home.database)
    const items = await udhrBits(resolveLanguage('en'), { limit: 2 }).items()
    const asks = items.flatMap((item) => ('asks' in item ? item.asks : []))
    const source = await sha256File(file)
    const questions = asks.map(({ prompt, continuations: [continuation = ''] }) => ({
      kind: 'score' as const,
      source,
      request: { prompt, continuation },
    }))
    const score = { logProb: -100, tokens: 10, greedy: false, promptTokens: 10, completionTokens: 0 }
    await createMemory(store).rememberAll(questions, async (missing) => missing.map(() => score))
    await store.destroy()
    const args = ['--json', 'evaluate', file, '--language', 'en', '--benchmark', 'udhr-bits', '--limit', '2']
    const text = await withMachine(() => endonym(...args))
    expect(JSON.parse(text).rows).toMatchObject([{ model: 'tiny.gguf', benchmark: 'udhr-bits-eng', units: 2 }])
  })

  it('lists its benchmarks', async () => {
    const text = await endonym('evaluate', '--list')
    for (const name of [
      'sib-200',
      'belebele',
      'global-mmlu-lite',
      'kobest-hellaswag',
      'mgsm-cot',
      'xcopa',
      'mt-bench',
    ]) {
      expect(text).toContain(`\n${name} `)
    }
    expect(JSON.parse(await endonym('--json', 'evaluate', '--list'))).toContainEqual({
      name: 'belebele',
      about: 'reading comprehension, one of four answers, accuracy',
    })
  })

  it.each([
    [['--language', 'gl'], /takes models and --language/],
    [['model'], /takes models and --language/],
    [
      ['model', '--language', 'gl', '--benchmark', 'belebel'],
      /^There is no benchmark "belebel"\. Did you mean belebele\?$/,
    ],
    [['model', '--language', 'gl', '--limit', '0'], /--limit takes a whole number from 1 on, not "0"/],
    [['model', '--language', 'gl', '--shots', 'many'], /--shots takes a whole number from 0 on, not "many"/],
    [['model', '--language', 'gl', '--scoring', 'guess'], /--scoring takes likelihood or generate, not "guess"/],
    [['model', '--language', 'gl', '--recipe', 'bakugo'], /no evaluation recipe "bakugo"\. There are kakugo/],
    [
      ['model', '--language', 'gl', '--recipe', 'kakugo', '--shots', '5'],
      /--recipe kakugo is sib-200, belebele, global-mmlu, flores with 3 examples, so it does not go with --shots/,
    ],
    [['model', '--language', 'gl', '--data', '/nowhere'], /There is no folder \/nowhere/],
    [['model', '--language', 'gl', '--benchmark', 'mt-bench'], /mt-bench needs --questions FILE\.jsonl/],
  ])('refuses %j in a sentence', async (args, sentence) => {
    await expect(endonym('evaluate', ...args)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(sentence),
    })
  })
})
