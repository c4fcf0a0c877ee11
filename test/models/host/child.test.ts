import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHost } from '../../../models/host/child.ts'
import { type Host, HostCrash, type Weights } from '../../../models/host.ts'
import { withHugePages } from '../../../models/huge-pages.ts'
import { studentFile } from '../../model.ts'
import { writeLora } from '../../server/lora.ts'

const weights = { file: studentFile(), adapters: [] }
const question = [{ role: 'user', content: 'What is the capital of France?' }] as const
const greedy = { temperature: 0, repeatPenalty: 1, maxTokens: 24 }

const switchOf = '/sys/kernel/mm/transparent_hugepage/enabled'
const hugePages = fs.existsSync(switchOf) ? /\[(\w+)\]/.exec(fs.readFileSync(switchOf, 'utf8'))?.[1] : 'never'

const log: string[] = []
let host: Host
beforeAll(() => {
  host = startHost({ gpu: false, contextSize: 512, sequences: 2, log: (line) => log.push(line) })
})
afterAll(() => host.dispose())

/** The process that computes for this one. */
function computing(): number {
  const found = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'host/process.ts'], { encoding: 'utf8' })
  return Number(found.trim().split('\n').at(-1))
}

test('answers as if it were in this process: text as it comes, counts, scores, vectors', async () => {
  const pieces: string[] = []
  const reply = await host.chat(weights, question, { ...greedy, onText: (text) => pieces.push(text) })
  expect(reply.completionTokens).toBe(24)
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces.join('')).toBe(reply.text)

  const tokens = await host.tokenize(weights, 'Ola, mundo')
  expect(await host.detokenize(weights, tokens)).toBe('Ola, mundo')
  const completed = await host.complete(weights, tokens, { ...greedy, maxTokens: 2, logProbs: 1, echo: true })
  expect(completed.scores).toHaveLength(tokens.length + 2)
  const { vectors } = await host.embed(weights, ['a', 'b'])
  expect(vectors[0]).toBeInstanceOf(Float32Array)

  const { loaded, memory, gpu } = host.status()
  expect(loaded[0]).toEqual(weights)
  expect(memory.weights).toBe(fs.statSync(weights.file).size)
  expect(memory.contexts).toBeGreaterThan(1e7)
  expect(memory.limit).toBeGreaterThan(memory.weights + memory.contexts)
  expect(gpu).toBe(false)
})

test.runIf(hugePages !== 'never')('its weights are in huge pages, where the system has any', async () => {
  await host.load(weights)
  const memory = fs.readFileSync(`/proc/${computing()}/smaps_rollup`, 'utf8')
  const huge = Number(/AnonHugePages:\s+(\d+) kB/.exec(memory)?.[1]) * 1024
  expect(huge).toBeGreaterThan(0.8 * fs.statSync(weights.file).size)
})

test('how a process is started says how its memory is laid out, beside what is said already', () => {
  const asked = hugePages === 'madvise' ? 'glibc.malloc.hugetlb=1' : undefined
  expect(withHugePages({ HOME: '/' })).toEqual({ HOME: '/', ...(asked && { GLIBC_TUNABLES: asked }) })
  const own = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }
  expect(withHugePages(own)).toBe(own)
  const { GLIBC_TUNABLES: both } = withHugePages({ GLIBC_TUNABLES: 'glibc.malloc.perturb=1' })
  expect(both).toBe(['glibc.malloc.perturb=1', ...(asked ? [asked] : [])].join(':'))
})

test('mistakes are the same errors', async () => {
  await expect(host.detokenize(weights, [1e9])).rejects.toMatchObject({ name: 'EndonymError', code: 'token_unknown' })
  await expect(host.load({ file: '/nowhere.gguf', adapters: [] })).rejects.toMatchObject({ code: 'model_missing' })
})

test('an answer that nobody waits for ends', async () => {
  const gone = new AbortController()
  const answering = host.chat(weights, question, {
    ...greedy,
    maxTokens: 400,
    logitBias: new Map([[2, -100]]),
    signal: gone.signal,
    onText: () => gone.abort(),
  })
  const { finishReason, completionTokens } = await answering
  expect(finishReason).toBe('aborted')
  expect(completionTokens).toBeLessThan(50)
})

test('loading, vectors and log-probabilities that nobody waits for end', async () => {
  const gone = AbortSignal.abort()
  await expect(host.load(weights, { signal: gone })).rejects.toBe(gone.reason)
  const long = 'The village lies where a small river meets the sea. '.repeat(30)
  const started = performance.now()
  const late = AbortSignal.timeout(30)
  const scored = host.complete(weights, long, { ...greedy, maxTokens: 1, logProbs: 1, echo: true, signal: late })
  const embedded = host.embed(weights, Array<string>(200).fill(long), { signal: late })
  expect((await scored).finishReason).toBe('aborted')
  expect(await embedded).toEqual({ vectors: [], tokens: 0 })
  // All the vectors would take more than a minute.
  expect(performance.now() - started).toBeLessThan(20_000)
  expect((await host.chat(weights, question, greedy)).completionTokens).toBe(24)
})

test('a crash costs what was under way, and the next call finds a new process', async () => {
  const { text } = await host.chat(weights, question, greedy)
  for (const crashes of [1, 2, 3]) {
    let begun = () => {}
    const beginning = new Promise<void>((resolve) => {
      begun = resolve
    })
    const lost = host.chat(weights, question, { ...greedy, maxTokens: 400, onText: () => begun() })
    const failing = expect(lost).rejects.toBeInstanceOf(HostCrash)
    await beginning
    process.kill(computing(), 'SIGKILL')
    await failing
    expect(log.at(-1)).toMatch(/ended by itself \(SIGKILL\).* 1 answers were lost/)
    expect(host.status()).toMatchObject({ crashes, loaded: [] })
    expect((await host.chat(weights, question, greedy)).text).toBe(text)
  }
})

test('a model that ends the process whenever it is asked rests, and others go on', async () => {
  // The test kills the process while it loads: what native code would do at a file that it cannot bear.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-host-'))
  const poison = { file: path.join(folder, 'poison.gguf'), adapters: [] }
  fs.copyFileSync(weights.file, poison.file)
  for (let time = 0; time < 2; time++) {
    await host.tokenize(weights, 'a')
    const loading = expect(host.load(poison)).rejects.toBeInstanceOf(HostCrash)
    process.kill(computing(), 'SIGKILL')
    await loading
  }
  await expect(host.load(poison)).rejects.toThrow(/rests\. Try again in \d seconds/)
  expect(await host.tokenize(weights, 'a')).toHaveLength(1)
  fs.rmSync(folder, { recursive: true })
})

test('its end is the end of the process, and of what it was at', async () => {
  const other = startHost({ gpu: false, log: () => {} })
  await other.tokenize(weights, 'a')
  const pid = computing()
  const lost = expect(other.chat(weights, question, { ...greedy, maxTokens: 400 })).rejects.toBeInstanceOf(HostCrash)
  await other.dispose()
  await lost
  await expect(other.tokenize(weights, 'a')).rejects.toBeInstanceOf(HostCrash)
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
})

test('models that compute side by side answer as each does alone', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-host-'))
  const places = ['a', 'b', 'c'].map((seed) => ({
    file: weights.file,
    adapters: [writeLora(path.join(folder, `${seed}.gguf`), { seed })],
  }))
  const ask = (place: Weights) => host.chat(place, question, { seed: 7, maxTokens: 40 })
  const alone = []
  for (const place of [weights, ...places]) alone.push((await ask(place)).text)
  expect(new Set(alone).size).toBe(4)
  const [together, vectors, scored] = await Promise.all([
    Promise.all([weights, ...places].map(async (place) => (await ask(place)).text)),
    host.embed(weights, ['The river meets the sea.']),
    host.complete(weights, 'The river meets the sea.', { ...greedy, maxTokens: 1, logProbs: 1, echo: true }),
  ])
  expect(together).toEqual(alone)
  expect(vectors).toEqual(await host.embed(weights, ['The river meets the sea.']))
  expect(scored.scores?.length).toBeGreaterThan(6)
  fs.rmSync(folder, { recursive: true })
}, 60_000)

test('the process ends with whoever started it, its workers at rest or not', async () => {
  const child = fork(path.join(import.meta.dirname, '../../../models/host/process.ts'), {
    ...{ serialization: 'advanced', stdio: 'ignore' },
  })
  child.send({ kind: 'start', options: { gpu: false } })
  child.send({ kind: 'call', id: 0, call: 'tokenize', args: [weights, 'a'], callbacks: [] })
  await once(child, 'message')
  const exit = once(child, 'exit')
  child.disconnect()
  expect(await exit).toEqual([0, null])
})
