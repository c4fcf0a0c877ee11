import path from 'node:path'
import { messageOf } from '../core/error.ts'
import { startHost } from '../models/host/child.ts'
import { allLinear, writeLora } from '../test/server/lora.ts'
import { computingFor, residentMemory } from './processes.ts'
import type { BenchContext, Comparison } from './run.ts'
import { pulledStudent, studentAtEightBits } from './student.ts'

/** As many languages as Kakugo has students for. */
const languages = Number(process.env.ADAPTERS ?? 54)
const sizes = { contextSize: 2048, sequences: 2 }

/**
 * Many languages on one base: each has an adapter (rank 16, all linear layers) and a context of its own, of two conversations of 2,048 tokens, and all are asked twice. What the process that computes takes of memory
 * is set beside what it says that it takes: the base, the adapters and the contexts.
 */
export async function adapters({ home, folder }: BenchContext): Promise<Comparison[]> {
  const file = await studentAtEightBits(await pulledStudent({ home }), { folder })
  const all = Array.from({ length: languages }, (_, number) => {
    const of = { rank: 16, layers: 30, of: allLinear, seed: `language ${number}`, strength: 0.05 }
    return { file, adapters: [writeLora(path.join(folder, `${number}.gguf`), of)] }
  })
  const host = startHost({ ...sizes, gpu: false, log: console.log })
  const ask = async (weights: (typeof all)[number]): Promise<number> => {
    const asked = performance.now()
    await host.chat(weights, [{ role: 'user', content: 'Hello!' }], { maxTokens: 8, temperature: 0 })
    return performance.now() - asked
  }
  try {
    await host.tokenize({ file, adapters: [] }, 'Hello!')
    const pid = computingFor(process.pid)
    const empty = residentMemory(pid)
    const first: number[] = []
    const again: number[] = []
    for (const weights of all) first.push(await ask(weights))
    for (const weights of all) again.push(await ask(weights))
    const { memory, loaded } = host.status()
    const told = memory.weights + memory.adapters + memory.contexts
    const taken = residentMemory(pid)
    const megabytes = (bytes: number): number => bytes / 1e6
    return [
      { what: 'adapters that have a context', ours: loaded.length, unit: '' },
      { what: 'base', ours: megabytes(memory.weights), unit: 'MB' },
      { what: 'adapters', ours: megabytes(memory.adapters), unit: 'MB' },
      { what: 'contexts', ours: megabytes(memory.contexts), unit: 'MB' },
      { what: 'Node and llama.cpp before the first context', ours: megabytes(empty), unit: 'MB' },
      // Within 15 % either way.
      {
        what: 'resident memory, beside the sum of the first three',
        ours: megabytes(taken),
        peer: megabytes(told),
        unit: 'MB',
      },
      { what: 'first answer of a language, median', ours: median(first), unit: 'ms' },
      { what: 'answer of one that has its context', ours: median(again), unit: 'ms' },
    ]
  } catch (error) {
    throw new Error(`After ${host.status().loaded.length} adapters: ${messageOf(error)}`, { cause: error })
  } finally {
    await host.dispose()
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
