import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { run } from '../core/process.ts'
import { openStore } from '../data/database.ts'
import { openRuntime } from '../models/llama.ts'
import { quantize } from '../models/quantize.ts'
import { pullModel } from '../models/sources.ts'
import type { BenchContext, Comparison } from './run.ts'

const prompt = 64
const generated = 128
const rounds = 3

/**
 * The teacher's tokens a second, one at a time and with eight sequences, against llama.cpp's own `llama-batched-bench`, built from the source inside node-llama-cpp, on the same file
 * (the student at 8 bits, as a distillation uses it) and threads. The two take turns, and the best round of each counts.
 */
export async function generation({ home, folder, threads }: BenchContext): Promise<Comparison[]> {
  const bench = await buildBatchedBench(home.cache, threads)
  const store = await openStore(home.database)
  const student = await pullModel({ home, store }, 'smollm2-135m-instruct')
  await store.destroy()
  const file = path.join(folder, 'student-q8_0.gguf')
  await quantize(student.file, file, 'Q8_0')

  const runtime = await openRuntime({ gpu: false })
  const model = await runtime.load(file)
  const lines: Comparison[] = []
  for (const sequences of [1, 8]) {
    let ours = 0
    let peer = 0
    for (let round = 0; round < rounds; round++) {
      if (bench) peer = Math.max(peer, await batchedBench(bench, file, sequences, threads))
      const pool = await model.open({ contextSize: 512, sequences })
      const started = performance.now()
      let first = 0
      const all = await Promise.all(
        Array.from({ length: sequences }, (_, i) =>
          pool.complete(words(i), {
            ...{ temperature: 0.7, topP: 0.9, minP: 0.05, repeatPenalty: 1.1, seed: i, maxTokens: generated },
            // The prompt's time is not generation's, for neither of the two.
            onText: () => {
              if (first === 0) first = performance.now()
            },
          }),
        ),
      )
      const seconds = (performance.now() - (first || started)) / 1000
      ours = Math.max(ours, all.reduce((sum, { completionTokens }) => sum + completionTokens - 1, 0) / seconds)
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

/** A prompt of about as many tokens as the peer's, different for each sequence, that invites a long continuation. */
const words = (i: number) =>
  `${i + 1}. ${'Once upon a time there was a village by the sea where people told long stories. '.repeat(Math.floor(prompt / 17))}`

async function batchedBench(program: string, file: string, sequences: number, threads: number): Promise<number> {
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
  return (JSON.parse(line ?? '{}') as { speed_tg?: number }).speed_tg ?? Number.NaN
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
