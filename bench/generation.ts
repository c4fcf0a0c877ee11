import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { run } from '../core/process.ts'
import { openRuntime } from '../models/llama.ts'
import { servedSampling } from '../models/runtime.ts'
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
  const bench = await buildBatchedBench(home.cache, threads)
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

/** Builds the peer once, into the cache; undefined (and said) where there is no compiler. */
async function buildBatchedBench(cache: string, threads: number): Promise<string | undefined> {
  const llama = path.join(path.dirname(createRequire(import.meta.url).resolve('node-llama-cpp')), '..', 'llama')
  const { tag } = JSON.parse(fs.readFileSync(path.join(llama, 'llama.cpp.info.json'), 'utf8')) as { tag: string }
  const source = path.join(cache, `llama.cpp-bench-${tag}`)
  const program = path.join(source, 'build', 'bin', 'llama-batched-bench')
  if (fs.existsSync(program)) return program
  console.error('Building llama-batched-bench; this takes some minutes, once.')
  try {
    fs.rmSync(source, { recursive: true, force: true })
    const steps: [string, string[]][] = [
      ['git', ['clone', '--quiet', path.join(llama, 'gitRelease.bundle'), source]],
      [
        'cmake',
        [
          '-S',
          source,
          '-B',
          path.join(source, 'build'),
          '-DCMAKE_BUILD_TYPE=Release',
          '-DLLAMA_CURL=OFF',
          '-DLLAMA_BUILD_TESTS=OFF',
          '-DLLAMA_BUILD_SERVER=OFF',
          '-DLLAMA_BUILD_EXAMPLES=OFF',
        ],
      ],
      ['cmake', ['--build', path.join(source, 'build'), '--target', 'llama-batched-bench', '-j', String(threads)]],
    ]
    for (const [command, args] of steps) {
      const { code, stderr } = await run(command, args)
      if (code !== 0) throw new Error(stderr.trim().split('\n').at(-1))
    }
    return program
  } catch (error) {
    console.error(
      `No peer to compare with: ${error instanceof Error ? error.message : error} It needs git, cmake and a C++ compiler.`,
    )
    return undefined
  }
}
