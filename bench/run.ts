import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openHome } from '../core/home.ts'
import { withMachine } from '../core/lock.ts'
import { adapters } from './adapters.ts'
import { agreement } from './agreement.ts'
import { bots } from './bots.ts'
import { cleaning } from './cleaning.ts'
import { duplicates } from './duplicates.ts'
import { generation } from './generation.ts'
import { likelihood } from './likelihood.ts'
import { peakMemory } from './memory.ts'
import { manyRaters } from './raters.ts'
import { ratings } from './ratings.ts'
import { scoring } from './scoring.ts'
import { serving } from './serving.ts'
import { faults, siege } from './siege.ts'
import { startUp } from './start-up.ts'
import { teachers } from './teachers.ts'
import { training } from './training.ts'

/**
 * Performance against peers, each pair side by side in one run, as a ratio: the machine may be shared and noisy, but then it is so for both.
 *
 * `npm run bench` runs those that need no more than this machine; `npm run bench generation` one. `serving` builds llama.cpp's own server, `likelihood` and `agreement` compare with lm-evaluation-harness on rows of a hub
 * (`HF_ENDPOINT`), `teachers` with programs in Python that are installed first, `siege` and `faults` take ten minutes, `raters` four, `bots` five, `ratings` half an hour; these run only where they are named.
 */
const benchmarks = {
  generation,
  training,
  'start-up': startUp,
  memory: peakMemory,
  scoring,
  serving,
  adapters,
  siege,
  faults,
  raters: manyRaters,
  ratings,
  bots,
  teachers,
  likelihood,
  agreement,
  cleaning,
  duplicates,
}
const onRequest = [
  'serving',
  'adapters',
  'siege',
  'faults',
  'raters',
  'ratings',
  'bots',
  'teachers',
  'likelihood',
  'agreement',
]

/** One line of the table: ours, and the peer's with the ratio that is promised, or the most that is. */
export type Comparison = { what: string; ours: number; peer?: number; unit: string; least?: number; most?: number }

export type BenchContext = { home: ReturnType<typeof openHome>; folder: string; threads: number }

const wanted = process.argv.slice(2)
const home = openHome()
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-bench-'))
try {
  await withMachine(
    async () => {
      for (const [name, measure] of Object.entries(benchmarks)) {
        if (wanted.length > 0 ? !wanted.includes(name) : onRequest.includes(name)) continue
        console.log(`\n${name}`)
        for (const line of await measure({ home, folder, threads: os.availableParallelism() }))
          console.log(format(line))
      }
    },
    { onWait: console.error },
  )
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}

function format({ what, ours, peer, unit, least, most }: Comparison): string {
  const figures = `${ours.toFixed(1).padStart(9)} ${unit}`
  const promise = most === undefined ? '' : `  (≤ ${most}: ${ours <= most ? 'met' : 'MISSED'})`
  if (peer === undefined) return `  ${what.padEnd(52)}${figures}${promise}`
  const ratio = ours / peer
  const verdict = least === undefined ? '' : ratio >= least ? `  (≥ ${least}: met)` : `  (≥ ${least}: MISSED)`
  return `  ${what.padEnd(52)}${figures}   peer ${peer.toFixed(1).padStart(8)}   ${ratio.toFixed(2)}×${verdict}`
}
