import path from 'node:path'
import { run } from '../core/process.ts'
import { openRuntime } from '../models/llama.ts'
import { servedSampling } from '../models/runtime.ts'
import { buildLlamaCpp } from './llama-cpp.ts'
import type { BenchContext, Comparison } from './run.ts'
import { pulledStudent, studentAtEightBits } from './student.ts'

const generated = 128
const rounds = 5
/** With these the story goes on beyond what is generated in nearly every sequence, so that the batch stays full, as the peer's does. */
const firstSeed = 20

/**
 * The teacher's tokens a second, one at a time and with eight sequences, against llama.cpp's own `llama-batched-bench`, built from the source inside node-llama-cpp, on the same file
 * (the student at 8 bits, as a distillation uses it), threads and lengths. Ours samples as students are served, the peer takes any token. Reading the prompts
 * is part of the time. The two take turns, and the best round of each counts.
 */
export async function generation({ home, folder, threads }: BenchContext): Promise<Comparison[]> {
  const programs = await buildLlamaCpp(home.cache, threads)
  const bench = programs && path.join(programs, 'llama-batched-bench')
  const student = await pulledStudent({ home })
  const file = await studentAtEightBits(student, { folder })

  const runtime = await openRuntime({ gpu: false })
  const model = await runtime.load(file)
  const prompt = model.tokenize(story(0)).length
  const lines: Comparison[] = []
  for (const sequences of [1, 8]) {
    let ours = 0
    let peer = 0
    for (let round = 0; round < rounds; round++) {
      if (bench) peer = Math.max(peer, await batchedBench(bench, file, { sequences, threads, prompt }))
      const pool = await model.open({ contextSize: 512, sequences })
      const started = performance.now()
      const all = await Promise.all(
        Array.from({ length: sequences }, (_, i) =>
          pool.complete(story(i), { ...servedSampling, seed: firstSeed + i, maxTokens: generated }),
        ),
      )
      const seconds = (performance.now() - started) / 1000
      ours = Math.max(ours, all.reduce((sum, { completionTokens }) => sum + completionTokens, 0) / seconds)
      await pool.dispose()
    }
    lines.push({
      what: `tokens/s, ${sequences} ${sequences === 1 ? 'sequence' : 'sequences'}`,
      ours,
      unit: 'tokens/s',
      ...(bench && { peer, least: 0.9 }),
    })
  }
  await model.dispose()
  await runtime.dispose()
  return lines
}

/** The beginning of a story, another one for each sequence. */
const story = (i: number) => `Chapter ${i + 1}

The harbour was still dark when Anna walked down to the boats. She had not slept, and the wind had turned in the night. Her father was already there, \
mending a net by the light of a lamp, and he did not look up when she came.

"You are early," he said.

`

async function batchedBench(
  program: string,
  file: string,
  { sequences, threads, prompt }: { sequences: number; threads: number; prompt: number },
): Promise<number> {
  const args = [
    '-m',
    file,
    '-c',
    String(512 * sequences),
    '-b',
    '512',
    '-ub',
    '512',
    '-npp',
    String(prompt),
    '-ntg',
    String(generated),
    '-npl',
    String(sequences),
    '-t',
    String(threads),
    '-ngl',
    '0',
    '--output-format',
    'jsonl',
  ]
  const { stdout } = await run(program, args)
  const line = stdout.split('\n').find((each) => each.startsWith('{'))
  const { t } = JSON.parse(line ?? '{}') as { t?: number }
  return (sequences * generated) / (t ?? Number.NaN)
}
