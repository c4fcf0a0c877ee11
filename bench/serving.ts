import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openHome } from '../core/home.ts'
import { run } from '../core/process.ts'
import { sum } from '../core/sum.ts'
import { openStore } from '../data/database.ts'
import { importModel } from '../models/store.ts'
import { allLinear, writeLora } from '../test/server/lora.ts'
import { ended, endonymServe, type Server } from './endonym-serve.ts'
import { buildLlamaCpp } from './llama-cpp.ts'
import type { Load, Wish } from './load.ts'
import type { BenchContext, Comparison } from './run.ts'
import { pulledStudent, studentAtEightBits } from './student.ts'
import { system } from './system-prompt.ts'

/** Tokens of a chat at most. */
const context = 2048
const tokens = 64
const turns = 3
const rounds = Number(process.env.SERVING_ROUNDS ?? 3)
const adapterCount = 8
/** SmolLM2's `<|im_end|>`. */
const end = 2
const base = 'base'
const adapterName = (number: number) => `adapter-${number}`

/** How many chat at once, with the base or with an adapter each. `SERVING_CHATS=1,4` lessens it. */
const cases = [
  { chats: 1, adapters: false },
  { chats: 4, adapters: false },
  { chats: 16, adapters: false },
  { chats: 16, adapters: true },
].filter(({ chats }) => (process.env.SERVING_CHATS ?? String(chats)).split(',').includes(String(chats)))

/**
 * `endonym serve` against llama.cpp's own server, built from the source inside node-llama-cpp: the same file (the student at 8 bits), threads, context and greedy answers of the same length,
 * asked for over HTTP and streamed to another process. Chats have three turns and share a system prompt of some 500 tokens. The two take turns, and the best round of each counts.
 */
export async function serving({ home, folder, threads }: BenchContext): Promise<Comparison[]> {
  const programs = await buildLlamaCpp(home.cache, threads)
  const file = await studentAtEightBits(await pulledStudent({ home }), { folder })
  const adapters = Array.from({ length: adapterCount }, (_, number) =>
    writeLora(path.join(folder, `${adapterName(number)}.gguf`), {
      ...{ rank: 16, layers: 30, of: allLinear, seed: `adapter ${number}`, strength: 0.05 },
    }),
  )
  const ownHome = await fillHome(path.join(folder, 'home'), file, adapters)
  const lines: Comparison[] = []
  if (programs) lines.push(...(await atMost(path.join(programs, 'llama-bench'), file, threads)))
  for (const { chats, adapters: adapted } of cases) {
    const parallel = adapted ? chats / adapterCount : chats
    const best = { ours: nothing, peer: nothing }
    for (let round = 0; round < rounds; round++) {
      if (programs) {
        const peer = await llamaServer(path.join(programs, 'llama-server'), file, adapted ? adapters : [], {
          threads,
          chats,
        })
        const ids = adapters.map((_, id) => id)
        const chat = (number: number) => ({
          model: base,
          ...(adapted && { lora: ids.map((id) => ({ id, scale: id === number % adapterCount ? 1 : 0 })) }),
        })
        best.peer = better(best.peer, await load(peer, chats, chat))
      }
      const ours = await endonymServe(ownHome, ['--parallel', String(parallel), '--context', String(context)])
      const chat = (number: number) => ({ model: adapted ? adapterName(number % adapterCount) : base })
      best.ours = better(best.ours, await load(ours, chats, chat))
    }
    const what = `${chats} ${chats === 1 ? 'chat' : 'chats'}${adapted ? `, ${adapterCount} adapters` : ''}`
    const peer = (value: number) => (programs ? { peer: value } : {})
    lines.push(
      {
        ...{ what: `${what}: tokens/s`, ours: best.ours.rate, unit: 'tokens/s', least: adapted ? 1.5 : 1 },
        ...peer(best.peer.rate),
      },
      // As a rate, so that more is better in every line.
      {
        ...{ what: `${what}: first text, per s of waiting`, ours: 1000 / best.ours.firstText, unit: '1/s', least: 1 },
        ...peer(1000 / best.peer.firstText),
      },
    )
  }
  return lines
}

type Figures = { rate: number; firstText: number }
const nothing: Figures = { rate: 0, firstText: Number.POSITIVE_INFINITY }

const better = (a: Figures, b: Figures): Figures => ({
  rate: Math.max(a.rate, b.rate),
  firstText: Math.min(a.firstText, b.firstText),
})

/** Lets people chat with a server, and ends it. @returns tokens a second of all, and the mean of the milliseconds to an answer's first text */
async function load(
  { url, stop }: Pick<Server, 'url' | 'stop'>,
  chats: number,
  chat: (number: number) => Wish['chats'][number],
): Promise<Figures> {
  const converse = async () => {
    const all = Array.from({ length: chats }, (_, number) => chat(number))
    // Models are loaded before the clock starts.
    for (const each of new Set(all.map((each) => JSON.stringify(each)))) {
      await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...JSON.parse(each), messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 }),
      })
    }
    const wish: Wish = { url, chats: all, system, turns, tokens, end }
    return run(process.execPath, [path.join(import.meta.dirname, 'load.ts')], {
      input: JSON.stringify(wish),
    })
  }
  const { code, stdout, stderr } = await converse().finally(stop)
  if (code !== 0) throw new Error(stderr)
  const { seconds, completionTokens, firstText } = JSON.parse(stdout) as Load
  if (completionTokens !== chats * turns * tokens) throw new Error(`There were ${completionTokens} tokens.`)
  const mean = sum(firstText) / firstText.length
  console.log(`    ${url}: ${(completionTokens / seconds).toFixed(1)} tokens/s, first text ${mean.toFixed(0)} ms`)
  return { rate: completionTokens / seconds, firstText: mean }
}

/** What llama-bench says that this machine computes at most, alone. */
async function atMost(program: string, file: string, threads: number): Promise<Comparison[]> {
  const { stdout } = await run(program, [
    ...['-m', file, '-t', String(threads), '-p', '512', '-n', '64', '-r', '2', '-o', 'json'],
  ])
  const results = JSON.parse(stdout) as { n_prompt: number; avg_ts: number }[]
  return results.map(({ n_prompt, avg_ts }) => ({
    ...{ what: `llama-bench, ${n_prompt > 0 ? 'prompt of 512' : '64 generated'}`, ours: avg_ts, unit: 'tokens/s' },
  }))
}

async function fillHome(dir: string, file: string, adapters: readonly string[]): Promise<string> {
  const home = openHome(dir)
  const store = await openStore(home.database)
  await importModel({ home, store }, file, { name: base, role: 'base' })
  for (const [number, adapter] of adapters.entries()) {
    await importModel({ home, store }, adapter, {
      ...{ name: adapterName(number), role: 'adapter', language: 'glg', base },
    })
  }
  await store.destroy()
  return dir
}

async function llamaServer(
  program: string,
  file: string,
  adapters: readonly string[],
  { threads, chats }: { threads: number; chats: number },
): Promise<Pick<Server, 'url' | 'stop'>> {
  const port = 18_900 + Math.floor(Math.random() * 900)
  const args = ['-m', file, '-t', String(threads), '-np', String(chats), '-c', String(context * chats)]
  const more = ['--port', String(port), ...adapters.flatMap((each) => ['--lora', each])]
  const child = spawn(program, [...args, ...more], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  for (let attempt = 0; ; attempt++) {
    const ready = await fetch(`${url}/health`).catch(() => undefined)
    if (ready?.ok) return { url: `${url}/v1`, stop: () => ended(child, 'SIGTERM') }
    if (attempt === 300 || child.exitCode !== null) throw new Error('llama-server did not start.')
    await sleep(200)
  }
}
