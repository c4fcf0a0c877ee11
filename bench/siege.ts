import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openHome } from '../core/home.ts'
import { run } from '../core/process.ts'
import { sum } from '../core/sum.ts'
import { openStore } from '../data/database.ts'
import { importModel } from '../models/store.ts'
import { endonymServe, type Server } from './endonym-serve.ts'
import type { BenchContext, Comparison } from './run.ts'
import { ask } from './siege/ask.ts'
import { chatOf, type Load, type Wish } from './siege/load.ts'
import { createWatch } from './siege/watch.ts'
import { pulledStudent, studentAtEightBits } from './student.ts'
import { system } from './system-prompt.ts'

/** `SIEGE_SECONDS=20 SIEGE_KILLS=2` is a short one. */
const seconds = Number(process.env.SIEGE_SECONDS ?? 300)
const kills = Number(process.env.SIEGE_KILLS ?? 20)
const chats = Number(process.env.SIEGE_CHATS ?? 200)
const tokens = 32
const model = 'base'

/**
 * `endonym serve` as too many use it at once. Each chat is asked to repeat a word of its own, which must be in nobody else's answer.
 */
export const siege = (context: BenchContext): Promise<Comparison[]> => withServer(context, manyChats)

/**
 * The same as they use it badly: while others chat, clients vanish, read slowly, send half a body or 100 MB, and the process that computes is killed.
 */
export const faults = (context: BenchContext): Promise<Comparison[]> => withServer(context, manyFaults)

async function withServer(
  { home, folder }: BenchContext,
  measure: (server: Server, folder: string) => Promise<Comparison[]>,
): Promise<Comparison[]> {
  const ownHome = openHome(fs.mkdtempSync(path.join(folder, 'home-')))
  const store = await openStore(ownHome.database)
  const file = await studentAtEightBits(await pulledStudent({ home }), { folder })
  await importModel({ home: ownHome, store }, file, { name: model, role: 'base' })
  await store.destroy()
  const log = path.join(ownHome.dir, 'serve.log')
  const server = await endonymServe(ownHome.dir, ['--model', model, '--context', '2048'], log)
  try {
    return [...(await measure(server, ownHome.dir)), ...defects(log)]
  } finally {
    await server.stop()
  }
}

async function manyChats(server: Server): Promise<Comparison[]> {
  const warmUp = seconds / 5
  console.log(`    ${chats} chats: ${warmUp} seconds to warm up, then ${seconds}`)
  const begun = performance.now()
  const loading = load(server, { chats, seconds: warmUp + seconds })
  await sleep(warmUp * 1000)
  const watch = createWatch(server)
  await sleep(seconds * 1000)
  const { health, memory } = await watch.end()
  const made = await loading
  const took = (performance.now() - begun) / 1000
  tell(made)
  const minute = Math.max(1, Math.floor(memory.length / 5))
  const first = means(memory.slice(0, minute))
  const last = means(memory.slice(-minute))
  const errors = Object.entries(made.refused).flatMap(([name, times]) => (name.startsWith('429 ') ? [] : times))
  const what = `${chats} chats`
  return [
    { what: `${what}: answers`, ours: made.answered, unit: 'answers' },
    { what: `${what}: tokens/s`, ours: made.tokens / took, unit: 'tokens/s' },
    { what: `${what}: told to come back`, ours: made.refused['429 server_busy'] ?? 0, unit: 'answers' },
    { what: `${what}: other errors`, ours: sum(errors), unit: 'answers', most: 0 },
    ...soundness(what, made),
    { what: `${what}: /healthz, median`, ours: quantile(health, 0.5), unit: 'ms' },
    { what: `${what}: /healthz, 99 %`, ours: quantile(health, 0.99), unit: 'ms', most: 100 },
    { what: `${what}: /healthz, longest`, ours: Math.max(...health), unit: 'ms' },
    ...growth(`${what}: the server, first fifth`, first.server, last.server, 5),
    ...growth(`${what}: what computes, first fifth`, first.computing, last.computing, 5),
  ]
}

async function manyFaults(server: Server, folder: string): Promise<Comparison[]> {
  console.log(`    faults: ${kills} kills`)
  // What Node takes to serve many is not given back, so it is taken first.
  await load(server, { chats, seconds: Math.min(20, seconds) })
  const watch = createWatch(server)
  await askAll(server)
  const before = watch.now()
  const stopFile = path.join(folder, 'stop')
  const loading = load(server, {
    chats: Math.ceil(chats / 5),
    seconds: Number.MAX_SAFE_INTEGER,
    stopFile,
    mischief: true,
  })
  let killed = 0
  for (; killed < kills; killed++) {
    // One in four while it loads. More of these in a row, and the server lets the model rest.
    await watch.kill({ loaded: killed % 4 !== 3 })
  }
  await sleep(5000)
  fs.writeFileSync(stopFile, '')
  const made = await loading
  const { health } = await watch.end()
  tell(made)
  // Whoever has vanished last is noticed within a token's time.
  await sleep(3000)
  const after = (await (await fetch(server.url.replace(/v1$/, 'healthz'))).json()) as Record<
    'running' | 'waiting',
    number
  >
  const unanswered = await askAll(server)
  await sleep(5000)
  const memory = watch.now()
  const what = 'faults'
  return [
    { what: `${what}: kills`, ours: killed, unit: 'times' },
    { what: `${what}: answers`, ours: made.answered, unit: 'answers' },
    { what: `${what}: answers lost by kills`, ours: lostOf(made), unit: 'answers' },
    ...soundness(what, made),
    { what: `${what}: /healthz, 99 %`, ours: quantile(health, 0.99), unit: 'ms' },
    { what: `${what}: running or waiting afterwards`, ours: after.running + after.waiting, unit: 'answers', most: 0 },
    { what: `${what}: not answered afterwards`, ours: unanswered, unit: 'answers', most: 0 },
    ...growth(`${what}: the server, before`, before.server, memory.server, 10),
    ...growth(`${what}: what computes, before`, before.computing, memory.computing, 10),
  ]
}

/** Asks for one of each, so that all contexts are open. @returns how many are not answered */
async function askAll({ url }: Server): Promise<number> {
  const outcomes = [
    await ask(`${url}/chat/completions`, { model, max_tokens: tokens, ...chatOf(system, 'afterwards') }),
    await ask(`${url}/embeddings`, { model, input: system }),
    await ask(`${url}/completions`, { model, prompt: system, max_tokens: 1, temperature: 0, logprobs: 1, echo: true }),
  ]
  return outcomes.filter(({ kind }) => kind !== 'answered').length
}

const lostOf = ({ refused }: Load): number =>
  (refused['stream model_crashed'] ?? 0) + (refused['503 model_crashed'] ?? 0)

/** What is promised of every answer, whatever happens beside it. */
const soundness = (what: string, { unsound, foreign, repeated, answered }: Load): Comparison[] => [
  { what: `${what}: not well formed, or without an end`, ours: unsound.length, unit: 'answers', most: 0 },
  { what: `${what}: with another chat's word`, ours: foreign.length, unit: 'answers', most: 0 },
  { what: `${what}: with the chat's own word`, ours: (100 * repeated) / Math.max(1, answered), unit: '%' },
]

const growth = (what: string, first: number, last: number, most: number): Comparison[] => [
  { what, ours: first, unit: 'MB' },
  { what: what.replace(/[^,]*$/, ' then'), ours: last, unit: 'MB' },
  { what: what.replace(/[^,]*$/, ' growth'), ours: 100 * (last / first - 1), unit: '%', most },
]

/** Lines of the log that say where Endonym itself failed. */
function defects(log: string): Comparison[] {
  const lines = fs.readFileSync(log, 'utf8').split('\n').filter(Boolean)
  const found = lines.filter((line) => line.includes('"stack"') || !line.startsWith('{'))
  for (const line of new Set(found)) console.log(`    ${line}`)
  return [{ what: 'defects in the log', ours: found.length, unit: 'lines', most: 0 }]
}

async function load(server: Server, wish: Pick<Wish, 'chats' | 'seconds'> & Partial<Wish>): Promise<Load> {
  const whole: Wish = { url: server.url, model, system, tokens, mischief: false, ...wish }
  const { code, stdout, stderr } = await run(process.execPath, [path.join(import.meta.dirname, 'siege', 'load.ts')], {
    input: JSON.stringify(whole),
  })
  if (code === 0) return JSON.parse(stdout) as Load
  // What was measured before is told nevertheless.
  return { answered: 0, tokens: 0, repeated: 0, foreign: [], refused: {}, unsound: [`the load itself: ${stderr}`] }
}

function tell({ refused, unsound, foreign }: Load): void {
  console.log(`    errors: ${JSON.stringify(refused)}`)
  for (const each of [...unsound, ...foreign].slice(0, 20)) console.log(`    ${each}`)
}

const means = (memory: readonly { server: number; computing: number }[]) => ({
  server: sum(memory.map(({ server }) => server)) / memory.length,
  computing: sum(memory.map(({ computing }) => computing)) / memory.length,
})

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
