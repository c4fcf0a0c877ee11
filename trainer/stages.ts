import { residentMemory } from '../core/process.ts'
import type { ProgressEvent } from '../core/progress.ts'
import type { Store } from '../data/database.ts'
import type { Memory } from '../data/memory.ts'
import type { StageRow } from '../data/schema.ts'

/** Milliseconds between two times that a stage's row is brought up to date: whoever watches sees no more than this. */
const keptEvery = 1_000

/** Runs a stage of a run, or gives what it left when it is done already. */
export type RunStage = <Output>(name: string, work: () => Promise<Output>) => Promise<Output>

/**
 * The stages of a run, in table `stages`: what each left for the later ones, and what it cost in time, memory, tokens and money, summed over every time that it was taken up. The row is
 * brought up to date while the stage runs, so that another process can watch it.
 *
 * @param options.turn waits for the machine: its time is no part of the stage's.
 * @param options.latest how far the work is.
 *
 * A stage's output is JSON and is written in one statement with its `done`, so after `kill -9` a stage is either done or starts over.
 */
export function createStages(
  store: Store,
  run: string,
  memory: Memory,
  {
    turn = (work) => work(),
    latest = () => undefined,
  }: { turn?: <T>(work: () => Promise<T>) => Promise<T>; latest?: () => ProgressEvent | undefined } = {},
): RunStage {
  let position = 0
  async function runStage<Output>(
    key: { run: string; name: string },
    place: number,
    work: () => Promise<Output>,
  ): Promise<Output> {
    const begun = {
      position: place,
      status: 'running',
      prompt_tokens: 0,
      completion_tokens: 0,
      price: 0,
      remembered: 0,
    } as const
    await store
      .insertInto('stages')
      .values({ ...key, ...begun })
      .onConflict((conflict) => conflict.columns(['run', 'name']).doUpdateSet(begun))
      .execute()
    memory.take()
    const started = performance.now()
    let peak = residentMemory(process.pid)
    let written = 0
    const before = latest()
    // Time, tokens and money are written down while the stage runs: what a killed run spent is spent.
    const update = (fields: Partial<StageRow> = {}) => {
      const now = (performance.now() - started) / 1000
      const seconds = now - written
      written = now
      const used = memory.take()
      const progress = latest()
      return store
        .updateTable('stages')
        .set((eb) => ({
          seconds: eb('seconds', '+', seconds),
          peak_memory: eb.fn('max', ['peak_memory', eb.val(peak)]),
          prompt_tokens: eb('prompt_tokens', '+', used.promptTokens),
          completion_tokens: eb('completion_tokens', '+', used.completionTokens),
          price: eb('price', '+', used.price),
          asked: eb('asked', '+', used.requests - used.remembered - used.failed),
          remembered: eb('remembered', '+', used.remembered),
          failed: eb('failed', '+', used.failed),
          written_tokens: eb('written_tokens', '+', used.writtenTokens),
          spent: eb('spent', '+', used.spent),
          progress_json: progress === before ? null : JSON.stringify(progress),
          ...fields,
        }))
        .where('run', '=', run)
        .where('name', '=', key.name)
        .execute()
    }
    const sampler = setInterval(() => {
      peak = Math.max(peak, residentMemory(process.pid))
    }, 500)
    const keeper = setInterval(() => void update(), keptEvery)
    let fields: Partial<StageRow> = {}
    try {
      const output = await work()
      fields = { status: 'done', output_json: JSON.stringify(output ?? null) }
      return output
    } finally {
      clearInterval(sampler)
      clearInterval(keeper)
      peak = Math.max(peak, residentMemory(process.pid))
      await update({ ...fields, progress_json: null })
    }
  }

  return async <Output>(name: string, work: () => Promise<Output>): Promise<Output> => {
    const key = { run, name }
    const known = await store
      .selectFrom('stages')
      .selectAll()
      .where('run', '=', run)
      .where('name', '=', name)
      .executeTakeFirst()
    const place = position++
    if (known?.status === 'done') return JSON.parse(known.output_json ?? 'null') as Output
    return turn(() => runStage(key, place, work))
  }
}
