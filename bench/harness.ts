import path from 'node:path'
import type { Home } from '../core/home.ts'
import { run } from '../core/process.ts'
import { pythonEnvironment } from '../trainer/engines/trl/environment.ts'
import { benchPython, done } from './python.ts'

/** lm-evaluation-harness at the version whose prompts and counting the benchmarks follow, and what it computes with. */
const requirements = ['lm-eval[api,hf]==0.4.13', 'torch==2.13.0', 'transformers==5.23.0']

export type HarnessWish = {
  model: 'hf' | 'local-completions'
  model_args: Record<string, unknown>
  batch_size: number
  shots: number
  /** Rows at most. */
  limit: number
  /** Where the model's answers are kept, so that a run that was cut off goes on. */
  cache?: string
  tasks: Record<string, HarnessTask>
}

/** A task file of the harness, on rows of ours. */
export type HarnessTask = { include: string; rows: Record<string, string> }

export type HarnessReport = {
  /** Without loading the model. */
  seconds: number
  tasks: Record<string, { predictions: number[]; scores: number[][]; accuracy: number }>
}

/** Runs lm-evaluation-harness in an environment of its own, which is made on the first use (1.5 GB). */
export async function harness(home: Home, threads: number, wish: HarnessWish): Promise<HarnessReport> {
  const python = await benchPython(home, 'bench-python', requirements)
  const { env } = pythonEnvironment(home, threads)
  const stdout = await done(
    run(python, [path.join(import.meta.dirname, 'harness.py')], {
      input: JSON.stringify(wish),
      env: { ...env, HF_DATASETS_OFFLINE: '1', TQDM_DISABLE: '1' },
    }),
  )
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as HarnessReport
}
