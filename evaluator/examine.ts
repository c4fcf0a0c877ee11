import type { Progress } from '../core/progress.ts'
import type { Question, RememberAll } from '../data/memory.ts'
import type { Message } from '../models/runtime.ts'
import type {
  Answer,
  ChatItem,
  CompletionItem,
  DialogueItem,
  Examinee,
  ExamineePool,
  Item,
  LikelihoodAsk,
  LikelihoodItem,
  Verdict,
} from './benchmark.ts'
import { type Ask, ask, type Reply, type ScoreReply, type TextReply } from './examine/ask.ts'
import { withoutExamples } from './examine/fit.ts'
import type { Counts } from './metrics/bootstrap.ts'

/** What one item came to. */
export type Result = {
  id: string
  counts: Counts
  /** The first of `answers`. */
  answer?: Answer
  /** Where answers were asked for: one for each turn. */
  answers?: Answer[]
  /** Where likelihoods were asked for: natural logarithms. */
  continuations?: { text: string; logProb: number; tokens: number; greedy: boolean }[]
  /** What was asked: a text as it stands, or a conversation for the chat template. */
  prompt: string | readonly Message[]
  verdict?: Verdict
  /** Tokens that were left out at the beginning of the prompt, because the context is shorter than it. */
  cut?: number
  /** Examples that were left out at the beginning of the conversation, for the same reason. */
  dropped?: number
  /** The prompt did not fit, and was not asked. */
  unasked?: true
}

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

  /** Asks several things at once; those that memory lacks make one group, so that they come to the same whenever they are asked. */
  const askAll = async (asks: readonly Ask[]): Promise<Reply[]> => {
    const questions = asks.map((each) => question(source, each))
    return await rememberAll<Reply>(questions, async (missing) => {
      signal?.throwIfAborted()
      const open = await opened()
      await open.forget()
      const missingAsks = missing.map((place) => asks[place] as Ask)
      const replies = await ask(open, missingAsks, signal)
      // An answer that was cut off is not the model's, and must not be remembered as such.
      signal?.throwIfAborted()
      return replies
    })
  }

  const examineGroup = async (items: readonly Item[]): Promise<Result[]> => {
    const replies = await askAll(items.flatMap(firstAsks))
    const results: Result[] = []
    const dialogues: { place: number; item: DialogueItem; answers: TextReply[] }[] = []
    items.forEach((item, place) => {
      const mine = replies.splice(0, firstAsks(item).length)
      if ('turns' in item) dialogues.push({ place, item, answers: mine as TextReply[] })
      else results[place] = 'asks' in item ? scored(item, mine as ScoreReply[]) : answered(item, mine[0] as TextReply)
    })
    const turns = Math.max(0, ...dialogues.map(({ item }) => item.turns.length))
    for (let turn = 1; turn < turns; turn++) {
      const going = dialogues.filter(({ item }) => turn < item.turns.length)
      const next = await askAll(going.map(({ item, answers }) => turnOf(item, answers)))
      for (const [i, { answers }] of going.entries()) answers.push(next[i] as TextReply)
    }
    for (const { place, item, answers } of dialogues) results[place] = conversed(item, answers)
    return results
  }

  return {
    examine: async (items, stage) => {
      const started = performance.now()
      const order = inOrderOfPrompts(items)
      const results: Result[] = new Array(items.length)
      for (let from = 0; from < order.length; from += concurrency) {
        signal?.throwIfAborted()
        const places = order.slice(from, from + concurrency)
        const group = await examineGroup(places.map((place) => items[place] as Item))
        for (const [i, place] of places.entries()) results[place] = group[i] as Result
        progress({ stage, done: from + places.length, total: items.length })
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

/** Places of the items such that prompts which begin alike (examples, a passage) follow each other: what two in a row share is read once. */
function inOrderOfPrompts(items: readonly Item[]): number[] {
  const prompt = (place: number): string => {
    const item = items[place]
    return item && 'asks' in item ? JSON.stringify(item.asks[0]?.prompt ?? '') : ''
  }
  const prompts = items.map((_, place) => prompt(place))
  return [...items.keys()].sort((a, b) =>
    (prompts[a] ?? '') < (prompts[b] ?? '') ? -1 : prompts[a] === prompts[b] ? a - b : 1,
  )
}

/** What a reply is remembered under: a score by its prompt and its continuation, so that it is found again whatever else may follow the prompt. */
export function question(source: string, each: Ask): Question {
  if ('continuation' in each) return { kind: 'score', source, request: each }
  const { sampling } = each
  const request = 'messages' in each ? { messages: each.messages, sampling } : { prompt: each.prompt, sampling }
  return { kind: 'answer', source, request }
}

/** What is asked of an item at first; a dialogue's later turns follow its answers. */
function firstAsks(item: Item): Ask[] {
  if ('asks' in item) {
    return item.asks.flatMap(({ prompt, continuations }) =>
      continuations.map((continuation) => ({ prompt, continuation })),
    )
  }
  if ('turns' in item) return [turnOf(item, [])]
  return [item]
}

/** The conversation up to the next turn of the person. */
function turnOf({ turns, sampling }: DialogueItem, answers: readonly Answer[]): Extract<Ask, { messages: unknown }> {
  const messages = turns.slice(0, answers.length + 1).flatMap((content, i): Message[] => {
    const answer = answers[i]
    return [
      { role: 'user', content },
      ...(answer ? [{ role: 'assistant', content: answer.text } satisfies Message] : []),
    ]
  })
  return { messages, sampling }
}

function scored(item: LikelihoodItem, scores: readonly ScoreReply[]): Result {
  const texts = item.asks.flatMap(({ continuations }) => continuations)
  const [first] = item.asks as readonly [LikelihoodAsk]
  const cut = Math.max(0, ...scores.map((score) => score.cut ?? 0))
  return {
    id: item.id,
    counts: item.count(scores),
    prompt: first.prompt,
    continuations: scores.map(({ logProb, tokens, greedy }, i) => ({ text: texts[i] ?? '', logProb, tokens, greedy })),
    ...(item.verdict && { verdict: item.verdict(scores) }),
    ...(cut > 0 && { cut }),
  }
}

function answered(item: ChatItem | CompletionItem, reply: TextReply): Result {
  const answer = plain(reply)
  return {
    id: item.id,
    counts: item.count(answer),
    prompt: 'messages' in item ? withoutExamples(item.messages, reply.dropped ?? 0) : item.prompt,
    answer,
    answers: [answer],
    ...(item.verdict && { verdict: item.verdict(answer) }),
    ...(reply.cut !== undefined && { cut: reply.cut }),
    ...(reply.dropped !== undefined && { dropped: reply.dropped }),
    ...(reply.unasked && { unasked: true }),
  }
}

function conversed(item: DialogueItem, replies: readonly TextReply[]): Result {
  const answers = replies.map(plain)
  const [answer] = answers
  return {
    id: item.id,
    counts: item.count(answers),
    prompt: item.turns.map((content) => ({ role: 'user', content })),
    ...(answer && { answer }),
    answers,
    ...(replies.some(({ unasked }) => unasked) && { unasked: true }),
  }
}

const plain = ({ text, finishReason }: TextReply): Answer => ({ text, finishReason })
