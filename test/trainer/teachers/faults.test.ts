import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { openStore } from '../../../data/database.ts'
import { faults, startFaultyEndpoint } from './faulty-endpoint.ts'

const questions = 300
const kills = 10
/** Requests that the worker has under way at most. */
const concurrency = 16

type Endpoint = Awaited<ReturnType<typeof startFaultyEndpoint>>
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'faults-'))
let faultless: Endpoint
let faulty: Endpoint
beforeAll(async () => {
  faultless = await startFaultyEndpoint({ share: 0, seed: 'faultless' })
  faulty = await startFaultyEndpoint({ share: 0.2, seed: 'faulty' })
})
afterAll(async () => {
  await faultless.close()
  await faulty.close()
  fs.rmSync(folder, { recursive: true })
})

const workerIn = (name: string, { url }: Endpoint): ChildProcess => {
  fs.mkdirSync(path.join(folder, name), { recursive: true })
  const script = path.join(import.meta.dirname, 'ask-worker.ts')
  return spawn(process.execPath, [script, url, path.join(folder, name), String(questions)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
const ended = (worker: ChildProcess) =>
  new Promise<number | null>((resolve) => void worker.once('exit', (code) => resolve(code)))
const dataOf = (name: string) => fs.readFileSync(path.join(folder, name, 'data.jsonl'), 'utf8')

/** The ids of all answers that were written down, in whatever way. */
async function ledgerOf(name: string): Promise<string[]> {
  const store = await openStore(path.join(folder, name, 'database.sqlite'))
  const rows = await store.selectFrom('completions').select(['response_json', 'price']).execute()
  await store.destroy()
  expect(rows.every(({ price }) => price > 0)).toBe(true)
  return rows.map(({ response_json }) => (JSON.parse(response_json) as { id: string }).id)
}

test('a fifth of the answers spoiled and ten kills make the same data set, and nothing that was paid is lost or counted twice', async () => {
  expect(await ended(workerIn('faultless', faultless))).toBe(0)
  expect(dataOf('faultless').trim().split('\n')).toHaveLength(questions)

  const random = createRandom('kills')
  for (; faulty.state.life < kills; faulty.state.life++) {
    faulty.state.inLife = 0
    const worker = workerIn('faulty', faulty)
    const exit = ended(worker)
    const moment = 2 + random.int(18)
    while (faulty.state.inLife < moment) await sleep(1 + random.int(5))
    worker.kill('SIGKILL')
    expect(await exit).toBeNull()
  }
  expect(await ended(workerIn('faulty', faulty))).toBe(0)

  expect(dataOf('faulty')).toBe(dataOf('faultless'))
  expect([...faulty.injected.keys()].sort()).toEqual([...faults].sort())

  const ledger = await ledgerOf('faulty')
  expect(new Set(ledger).size).toBe(ledger.length)
  expect(ledger.filter((id) => !faulty.delivered.has(id))).toEqual([])
  // What was on its way to a process when it was killed is all that can be missing; the process that finished misses nothing.
  const known = new Set(ledger)
  const missing = Array.from({ length: kills + 1 }, () => 0)
  for (const [id, { life }] of faulty.delivered) if (!known.has(id)) missing[life] = (missing[life] ?? 0) + 1
  expect(missing.at(-1)).toBe(0)
  expect(Math.max(...missing)).toBeLessThanOrEqual(concurrency)
}, 120_000)
