import { run } from '../core/process.ts'
import type { BenchContext, Comparison } from './run.ts'

/** Seconds from typing the command to the first answer's end, in a fresh process: Node, llama.cpp, the model and a few tokens. */
export async function startUp({ home }: BenchContext): Promise<Comparison[]> {
  const seconds: number[] = []
  for (let round = 0; round < 3; round++) {
    const started = performance.now()
    const { code, stderr } = await run(process.execPath, [
      'cli/endonym.ts',
      '--home',
      home.dir,
      'chat',
      'smollm2-135m-instruct',
      '--message',
      'What is the capital of France?',
    ])
    if (code !== 0) throw new Error(stderr)
    seconds.push((performance.now() - started) / 1000)
  }
  return [{ what: 'start to first answer', ours: Math.min(...seconds), unit: 's' }]
}
