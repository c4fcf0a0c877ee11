import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { run } from '../core/process.ts'
import { benchPython } from './python.ts'
import type { BenchContext, Comparison } from './run.ts'

/** `TEACHERS_REQUESTS` lessens it. */
const requests = Number(process.env.TEACHERS_REQUESTS ?? 20_000)

const peers: readonly { name: string; script: string; requirements: readonly string[] }[] = [
  { name: 'bespokelabs-curator', script: 'curator.py', requirements: ['bespokelabs-curator==0.1.31'] },
  { name: 'distilabel', script: 'distilabel.py', requirements: ['distilabel[openai]==1.5.3', 'requests'] },
]

/** As `endonym` starts. */
const nodeFlags = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, '../cli/node-flags.json'), 'utf8'),
) as readonly string[]

/** Memory in bytes, of the program and its children. */
type Result = { seconds: number; peak: number }

/**
 * Requests a second to an OpenAI-compatible endpoint that answers at once, and the time that it takes to find out that nothing is left to ask: by a step of a recipe, whose every answer is in the
 * database before it is handed on, and by the Python programs that people make such data with. Each in processes of its own.
 */
export async function teachers({ home, folder }: BenchContext): Promise<Comparison[]> {
  const here = path.join(import.meta.dirname, 'teachers')
  const endpoint = spawn(process.execPath, [path.join(here, 'endpoint.ts')], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: Comparison[] = []
  try {
    const [url] = (await once(createInterface(endpoint.stdout), 'line')) as [string]
    const pythons = await Promise.all(
      peers.map(({ name, requirements }) => benchPython(home, `bench-${name}`, requirements)),
    )
    for (const concurrency of [64, 256]) {
      const measure = async (
        name: string,
        [program, ...flags]: readonly string[],
        script: string,
      ): Promise<[first: Result, again: Result]> => {
        const kept = path.join(folder, `${name}-${concurrency}`)
        fs.mkdirSync(kept)
        const args = [...flags, path.join(here, script), url, String(requests), String(concurrency), kept]
        const ask = async (): Promise<Result> => {
          const { code, stdout, stderr, peakMemory } = await run(program ?? '', args)
          if (code !== 0) throw new Error(stderr)
          const { seconds, answers } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
          if (answers !== requests) throw new Error(`${name} has ${answers} answers of ${requests}.`)
          return { seconds, peak: peakMemory }
        }
        return [await ask(), await ask()]
      }
      const [ours, oursAgain] = await measure('endonym', [process.execPath, ...nodeFlags], 'ours.ts')
      for (const [i, { name, script }] of peers.entries()) {
        const [theirs, theirsAgain] = await measure(name, [pythons[i] ?? ''], script)
        const rate = ({ seconds }: Result) => requests / seconds
        lines.push(
          {
            what: `${concurrency} at once: requests/s, against ${name}`,
            ours: rate(ours),
            peer: rate(theirs),
            unit: 'requests/s',
            least: 3,
          },
          {
            what: `${concurrency} at once: seconds to resume, beside ${name}`,
            ours: oursAgain.seconds,
            peer: theirsAgain.seconds,
            unit: 's',
          },
          {
            what: `${concurrency} at once: peak memory, beside ${name}`,
            ours: ours.peak / 1e6,
            peer: theirs.peak / 1e6,
            unit: 'MB',
          },
        )
      }
    }
  } finally {
    endpoint.kill()
  }
  return lines
}
