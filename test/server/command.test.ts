import fs from 'node:fs'
import { Command } from 'commander'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import chat from '../../cli/chat.ts'
import { createAction } from '../../cli/command.ts'
import serve from '../../cli/serve.ts'
import type { Home } from '../../core/home.ts'
import { fillHome, student, templateless } from './start.ts'

vi.setConfig({ testTimeout: 60_000 })

let home: Home
beforeAll(async () => {
  home = await fillHome()
}, 60_000)
afterAll(() => fs.rmSync(home.dir, { recursive: true, force: true }))

/** Runs a command as `endonym` does, and gives what it writes. */
function endonym(...args: string[]): { done: Promise<void>; out: () => string; interrupt: AbortController } {
  const interrupt = new AbortController()
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  program.configureOutput({ writeErr: () => {} })
  for (const register of [serve, chat]) {
    register(program, createAction(program, interrupt.signal))
  }
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} })
  const written: string[] = []
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  const done = program
    .parseAsync(['--home', home.dir, ...args], { from: 'user' })
    .then(() => {})
    .finally(() => {
      out.mockRestore()
      err.mockRestore()
    })
  return { done, out: () => written.join(''), interrupt }
}

test('serve prints an address that a client can use, refuses a port in use, and stops on Ctrl-C', async () => {
  const first = endonym('serve', '--port', '0', '--model', 'gl')
  await vi.waitUntil(() => first.out().includes('Ctrl-C stops'), { timeout: 20_000 })
  const baseURL = /baseURL: '([^']+)'/.exec(first.out())?.[1] ?? ''
  expect(first.out()).toContain(`"model": "${student}"`)
  const client = new OpenAI({ baseURL, apiKey: 'none' })
  const answer = await client.chat.completions.create({
    model: student,
    messages: [{ role: 'user', content: 'Hello!' }],
    max_tokens: 4,
  })
  expect(answer.usage?.completion_tokens).toBeGreaterThan(0)

  // Vectors come from the process that computes, several in one message.
  const embed = async (format: 'float' | 'base64') => {
    const asked = { model: student, input: ['Bos días', 'Boas noites'], encoding_format: format }
    const response = await fetch(`${baseURL}/embeddings`, { method: 'POST', body: JSON.stringify(asked) })
    return ((await response.json()) as { data: { embedding: unknown }[] }).data.map(({ embedding }) => embedding)
  }
  const vectors = (await embed('float')) as number[][]
  const packed = ((await embed('base64')) as string[]).map((text) => Buffer.from(text, 'base64'))
  expect(packed.map((bytes) => Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4)))).toEqual(
    vectors,
  )

  const { port } = new URL(baseURL)
  await expect(endonym('serve', '--port', port).done).rejects.toMatchObject({
    code: 'port_in_use',
    exitCode: 1,
    message: expect.stringContaining(`Port ${port} of 127.0.0.1 is already in use`),
  })
  first.interrupt.abort()
  await first.done
  await expect(fetch(baseURL)).rejects.toThrow()
})

test('chat answers one message, by a language as by a name', async () => {
  const plain = endonym('chat', 'galego', '--message', 'What is the capital of France?')
  await plain.done
  expect(plain.out().trim().length).toBeGreaterThan(3)
  const json = endonym('--json', 'chat', student, '--message', 'What is the capital of France?')
  await json.done
  expect(JSON.parse(json.out())).toMatchObject({ model: student, message: 'What is the capital of France?' })
  expect(JSON.parse(json.out()).answer.length).toBeGreaterThan(3)
})

test.each([
  [['chat', 'Klingon', '--message', 'x'], 'model_not_found'],
  [['chat', templateless, '--message', 'x'], 'no_chat_template'],
  [['--json', 'chat', 'gl'], 'message_missing'],
  [['serve', '--model', 'nothing'], 'model_not_found'],
  [['serve', '--host', 'no.such.host.invalid', '--port', '0', '--open'], 'host_unusable'],
  [['serve', '--host', '0.0.0.0', '--port', '0'], 'keys_missing'],
  [['serve', '--rate', '0'], 'commander.invalidArgument'],
  [['serve', '--upstream', 'gpu:8000'], 'upstreams_invalid'],
  [['serve', '--timeout', '0'], 'commander.invalidArgument'],
  [['serve', '--port', 'http'], 'commander.invalidArgument'],
])('%j is refused', async (args, code) => {
  await expect(endonym(...args).done).rejects.toMatchObject({ code })
})
