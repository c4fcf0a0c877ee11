import { EndonymError } from '../core/error.ts'
import type { Progress } from '../core/progress.ts'
import type { RememberAll } from '../data/memory.ts'
import type { Generation, Score } from '../models/runtime.ts'
import type { Answer, ChatItem, Examinee, ExamineePool, Item, LikelihoodItem } from './benchmark.ts'
import type { Counts } from './metrics/bootstrap.ts'

/** What one item came to. `answer` is there where one was asked for. */
export type Result = { id: string; counts: Counts; answer?: Answer }

type Ask = ChatItem | LikelihoodItem['asks'][number]

type Reply = Generation | (Score & { promptTokens: number; completionTokens: number })

export type Examination = { results: Result[]; seconds: number }

/** Puts items to one model. Its pool is opened when the first thing is asked that is not remembered, so a finished evaluation is repeated without loading a model. */
export type Examiner = {
  examine(items: readonly Item[], stage: string): Promise<Examination>
  /** Closes the pool, if it was opened. */
  close(): Promise<void>
}

/**
 * @param deps.rememberAll where replies are kept: what was answered before is not asked again.
 * @example const { results } = await createExaminer(base, { rememberAll, progress, signal }).examine(await benchmark.items(), 'base')
 */
export function createExaminer(
  examinee: Examinee,
  { rememberAll, progress, signal }: { rememberAll: RememberAll; progress: Progress; signal?: AbortSignal | undefined },
): Examiner {
  let pool: Promise<ExamineePool> | undefined
  const opened = (): Promise<ExamineePool> => {
    pool ??= examinee.open()
    return pool
  }
  const { source, concurrency } = examinee

  /** Scores or answers some items at once; those that memory lacks make one group, so that it comes to the same whenever it is asked. */
  const examineGroup = async (items: readonly Item[]): Promise<Result[]> => {
    const asks = items.flatMap((item): Ask[] => ('asks' in item ? [...item.asks] : [item]))
    const questions = asks.map((ask) =>
      'messages' in ask
        ? ({ kind: 'answer', source, request: { messages: ask.messages, sampling: ask.sampling } } as const)
        : ({ kind: 'score', source, request: ask } as const),
    )
    const replies = await rememberAll<Reply>(questions, async (missing) => {
      signal?.throwIfAborted()
      const open = await opened()
      await open.forget()
      const replies = await Promise.all(missing.map((place) => reply(open, asks[place] as Ask)))
      // An answer that was cut off is not the model's, and must not be remembered as such.
      signal?.throwIfAborted()
      return replies
    })
    return items.map((item) => {
      const mine = replies.splice(0, 'asks' in item ? item.asks.length : 1)
      if ('asks' in item) return { id: item.id, counts: item.count(mine as Score[]) }
      const { text, finishReason } = mine[0] as Generation
      return { id: item.id, counts: item.count({ text, finishReason }), answer: { text, finishReason } }
    })
  }

  const reply = async (open: ExamineePool, ask: Ask): Promise<Reply> => {
    if ('messages' in ask)
      return open.chat(ask.messages, { ...ask.sampling, ...(signal && { signal }) }).catch(unanswerable)
    const [score] = await open.score(ask.prompt, [ask.continuation])
    if (!score) throw new Error('A text was to be scored and was not.')
    return { ...score, promptTokens: score.tokens, completionTokens: 0 }
  }

  return {
    examine: async (items, stage) => {
      const started = performance.now()
      const results: Result[] = []
      for (let from = 0; from < items.length; from += concurrency) {
        signal?.throwIfAborted()
        results.push(...(await examineGroup(items.slice(from, from + concurrency))))
        progress({ stage, done: results.length, total: items.length })
      }
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
