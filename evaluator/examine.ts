import { EndonymError } from '../core/error.ts'
import type { Progress } from '../core/progress.ts'
import type { Remember } from '../data/memory.ts'
import type { Generation, Score } from '../models/runtime.ts'
import type { Answer, Examinee, ExamineePool, Item } from './benchmark.ts'
import type { Counts } from './metrics/bootstrap.ts'

/** What one item came to. `answer` is there where one was asked for. */
export type Result = { id: string; counts: Counts; answer?: Answer }

export type Examination = { results: Result[]; seconds: number }

/** Puts items to one model. Its pool is opened when the first thing is asked that is not remembered, so a finished evaluation is repeated without loading a model. */
export type Examiner = {
  examine(items: readonly Item[], stage: string): Promise<Examination>
  /** Closes the pool, if it was opened. */
  close(): Promise<void>
}

/**
 * @param deps.remember where replies are kept: what was answered before is not asked again.
 * @example const { results } = await createExaminer(base, { remember, progress, signal }).examine(await benchmark.items(), 'base')
 */
export function createExaminer(
  examinee: Examinee,
  { remember, progress, signal }: { remember: Remember; progress: Progress; signal?: AbortSignal | undefined },
): Examiner {
  let pool: Promise<ExamineePool> | undefined
  const opened = (): Promise<ExamineePool> => {
    pool ??= examinee.open()
    return pool
  }
  const { source, concurrency } = examinee

  const examine = async (item: Item): Promise<Result> => {
    if ('asks' in item) {
      const scores = await Promise.all(
        item.asks.map((ask) =>
          remember({ kind: 'score', source, request: ask }, async () => {
            signal?.throwIfAborted()
            const score: Score = await (await opened()).score(ask.prompt, ask.continuation)
            return { ...score, promptTokens: score.tokens, completionTokens: 0 }
          }),
        ),
      )
      return { id: item.id, counts: item.count(scores) }
    }
    const { messages, sampling } = item
    const answer = await remember({ kind: 'answer', source, request: { messages, sampling } }, async () => {
      signal?.throwIfAborted()
      const generation = await (await opened())
        .chat(messages, { ...sampling, ...(signal && { signal }) })
        .catch(unanswerable)
      // An answer that was cut off is not the model's, and must not be remembered as such.
      signal?.throwIfAborted()
      return generation
    })
    return { id: item.id, counts: item.count(answer), answer: { text: answer.text, finishReason: answer.finishReason } }
  }

  return {
    examine: async (items, stage) => {
      const started = performance.now()
      const results: Result[] = []
      const queue = items.entries()
      let done = 0
      const worker = async () => {
        for (const [index, item] of queue) {
          signal?.throwIfAborted()
          results[index] = await examine(item)
          progress({ stage, done: ++done, total: items.length })
        }
      }
      const workers = await Promise.allSettled(Array.from({ length: Math.min(concurrency, items.length) }, worker))
      for (const result of workers) if (result.status === 'rejected') throw result.reason
      return { results, seconds: (performance.now() - started) / 1000 }
    },
    close: async () => {
      const running = pool
      pool = undefined
      if (running) await (await running).dispose()
    },
  }
}

/** A prompt that does not fit into the model's context is a question that it fails, not the end of the evaluation. */
function unanswerable(error: unknown): Generation {
  if (!(error instanceof EndonymError) || error.code !== 'prompt_too_long') throw error
  return { text: '', finishReason: 'length', promptTokens: 0, completionTokens: 0 }
}
