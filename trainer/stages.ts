import { residentMemory } from '../core/process.ts'
import type { Store } from '../data/database.ts'
import type { Memory } from '../data/memory.ts'
import type { StageRow } from '../data/schema.ts'

/** Runs a stage of a run, or gives what it left when it is done already. */
export type RunStage = <Output>(name: string, work: () => Promise<Output>) => Promise<Output>

/**
 * The stages of a run, in table `stages`: what each left for the later ones, and what it cost in time, memory, tokens and money, summed over every time that it was taken up.
 *
 * @param turn waits for the machine: its time is no part of the stage's.
 *
 * A stage's output is JSON and is written in one statement with its `done`, so after `kill -9` a stage is either done or starts over.
 */
export function createStages(
  store: Store,
  run: string,
  memory: Memory,
  turn: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): RunStage {
  let position = 0
  async function runStage<Output>(
    key: { run: string; name: string },
    place: number,
    work: () => Promise<Output>,
  ): Promise<Output> {
    const { name } = key
    await store
      .insertInto('stages')
      .values({ ...key, position: place, status: 'running' })
      .onConflict((conflict) => conflict.columns(['run', 'name']).doUpdateSet({ position: place, status: 'running' }))
      .execute()
    memory.take()
    const started = performance.now()
    let peak = residentMemory(process.pid)
    let written = 0
    const seconds = () => (performance.now() - started) / 1000
    // Time is written down while the stage runs: what a killed run spent is spent.
    const update = (fields: Partial<StageRow>) => {
      const now = seconds()
      const spent = now - written
      written = now
      return store
        .updateTable('stages')
        .set((eb) => ({
          ...fields,
          seconds: eb('seconds', '+', spent),
          peak_memory: eb.fn('max', ['peak_memory', eb.val(peak)]),
        }))
        .where('run', '=', run)
        .where('name', '=', name)
        .execute()
    }
    const sampler = setInterval(() => {
      peak = Math.max(peak, residentMemory(process.pid))
    }, 500)
    const keeper = setInterval(() => void update({}), 10_000)
    try {
      const output = await work()
      peak = Math.max(peak, residentMemory(process.pid))
      clearInterval(keeper)
      const used = memory.take()
      await update({
        status: 'done',
        output_json: JSON.stringify(output ?? null),
        prompt_tokens: used.promptTokens,
        completion_tokens: used.completionTokens,
        price: used.price,
      })
      return output
    } finally {
      clearInterval(sampler)
      clearInterval(keeper)
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
