import crypto from 'node:crypto'
import { gather } from '../core/gather.ts'
import { sha256 } from '../core/hash.ts'
import type { Store } from './database.ts'

/** What something was asked, by whom it is answered, and so what the answer is remembered under. */
export type Question = {
  kind: 'teacher' | 'translation' | 'answer' | 'score' | 'data'
  /** Who is asked; changes whenever the answer may: a model's SHA-256, an endpoint and model, a translator and its version. */
  source: string
  /** Any JSON: its canonical form is hashed. */
  request: unknown
}

/** What every answer says of its cost. Seconds and price that are left out count 0. */
export type Cost = { promptTokens: number; completionTokens: number; seconds?: number; price?: number }

/** Answers `question` from memory where it was answered before, else by `ask`, whose answer is written down before it is returned. */
export type Remember = <T extends Cost>(question: Question, ask: () => Promise<T>) => Promise<T>

/** What was used since the ledger was opened, and how much of it was answered from memory. */
export type Ledger = {
  requests: number
  remembered: number
  /** Asked, and not answered. */
  failed: number
  promptTokens: number
  completionTokens: number
  price: number
  /** Of what was not remembered: tokens that were written, and money. */
  writtenTokens: number
  spent: number
}

/**
 * Answers several questions at once. Those that were not answered before go to `ask` together, as their places in the list, and their answers are written down in one transaction: where an answer's last
 * digits depend on what is computed beside it, as a batched model's do, a group that was cut off is asked again whole and comes to the same.
 */
export type RememberAll = <T extends Cost>(
  questions: readonly Question[],
  ask: (missing: number[]) => Promise<T[]>,
) => Promise<T[]>

export type Memory = {
  remember: Remember
  rememberAll: RememberAll
  /** The answer to a question where it was answered before, or undefined. */
  recall<T extends Cost>(question: Question): Promise<T | undefined>
  /** Writes down answers that came by another way than `remember`, in one transaction; those that are there already stay. */
  enter(answers: readonly { hash: string; question: Question; answer: Cost }[]): Promise<void>
  /** Writes down what was paid for an answer to `question` that is of no use. It belongs to the ledger and answers nothing. @param answer.id what its endpoint calls it: the same is written once. */
  waste(question: Question, answer: Cost & { id?: string }): Promise<void>
  /** The hash that a question's answer is remembered under. */
  hash(question: Question): string
  /** What was used since the last call of `take`. */
  take(): Ledger
}

const emptyLedger = (): Ledger => ({
  requests: 0,
  remembered: 0,
  failed: 0,
  promptTokens: 0,
  completionTokens: 0,
  price: 0,
  writtenTokens: 0,
  spent: 0,
})

type Answer = { key: string; question: Question; fresh: Cost; seconds: number; wasted?: boolean }

/** Rows that are read or committed together: what one turn of the event loop brings, up to this many. A commit takes as long for a hundred rows as for one. */
const together = 500

/**
 * The memory on table `completions`: an answer is committed when it arrives, so whatever was paid for in money or time survives `kill -9`, and asking again costs nothing.
 *
 * The same question asked twice at once is asked once. Failures are not remembered.
 *
 * @example const answer = await memory.remember({ kind: 'teacher', source: teacher.name, request }, () => teacher.complete(request))
 */
export function createMemory(store: Store): Memory {
  const asking = new Map<string, Promise<unknown>>()
  let ledger = emptyLedger()

  const count = (cost: Cost, from: 'memory' | 'asking' | 'waste') => {
    if (from !== 'waste') ledger.requests++
    if (from === 'memory') ledger.remembered++
    ledger.promptTokens += cost.promptTokens
    ledger.completionTokens += cost.completionTokens
    ledger.price += cost.price ?? 0
    if (from === 'memory') return
    ledger.writtenTokens += cost.completionTokens
    ledger.spent += cost.price ?? 0
  }

  /** Counts questions that could not be answered. */
  const counted = async <T>(questions: number, asking: Promise<T>): Promise<T> => {
    try {
      return await asking
    } catch (error) {
      ledger.requests += questions
      ledger.failed += questions
      throw error
    }
  }

  const read = gather(together, async (keys: string[]) => {
    const rows = await store
      .selectFrom('completions')
      .select(['hash', 'response_json'])
      .where('hash', 'in', keys)
      .execute()
    const known = new Map(rows.map((row) => [row.hash, row.response_json]))
    return keys.map((key) => known.get(key))
  })

  const recall = async <T extends Cost>(key: string): Promise<T | undefined> => {
    const json = await read(key)
    if (json === undefined) return undefined
    const known = JSON.parse(json) as T
    count(known, 'memory')
    return known
  }

  const write = async (answers: readonly Answer[]) => {
    const rows = answers.map(({ key, question, fresh, seconds }) => ({
      hash: key,
      kind: question.kind,
      source: question.source,
      request_json: JSON.stringify(question.request),
      response_json: JSON.stringify(fresh),
      prompt_tokens: fresh.promptTokens,
      completion_tokens: fresh.completionTokens,
      seconds: fresh.seconds ?? seconds,
      price: fresh.price ?? 0,
      created_at: new Date().toISOString(),
    }))
    await store
      .insertInto('completions')
      .values(rows)
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute()
    for (const { fresh, wasted } of answers) count(fresh, wasted ? 'waste' : 'asking')
    return answers
  }
  const writeOne = gather(together, write)

  const answer = async <T extends Cost>(key: string, question: Question, ask: () => Promise<T>): Promise<T> => {
    const known = await recall<T>(key)
    if (known !== undefined) return known
    const started = performance.now()
    const fresh = await counted(1, ask())
    await writeOne({ key, question, fresh, seconds: (performance.now() - started) / 1000 })
    return fresh
  }

  const answerAll: RememberAll = async <T extends Cost>(
    questions: readonly Question[],
    ask: (missing: number[]) => Promise<T[]>,
  ): Promise<T[]> => {
    const keys = questions.map(hash)
    const answers = new Map<string, T>()
    const missing = new Map<string, number>()
    const known = await Promise.all([...new Set(keys)].map(async (key) => [key, await recall<T>(key)] as const))
    for (const [key, answer] of known) {
      if (answer === undefined) missing.set(key, keys.indexOf(key))
      else answers.set(key, answer)
    }
    if (missing.size > 0) {
      const started = performance.now()
      const fresh = await counted(missing.size, ask([...missing.values()]))
      const seconds = (performance.now() - started) / 1000 / missing.size
      const asked = [...missing].map(([key, place], nth) => ({
        key,
        question: questions[place] as Question,
        fresh: fresh[nth] as T,
        seconds,
      }))
      await write(asked)
      for (const { key, fresh } of asked) answers.set(key, fresh)
    }
    return keys.map((key) => answers.get(key) as T)
  }

  const hash = ({ kind, source, request }: Question) => sha256({ kind, source, request })
  return {
    hash,
    rememberAll: answerAll,
    remember: async <T extends Cost>(question: Question, ask: () => Promise<T>): Promise<T> => {
      const key = hash(question)
      const running = asking.get(key) as Promise<T> | undefined
      if (running) return running
      const promise = answer(key, question, ask)
      asking.set(key, promise)
      try {
        return await promise
      } finally {
        asking.delete(key)
      }
    },
    recall: (question) => recall(hash(question)),
    // They count as questions when they are wanted; until then only as what they cost.
    enter: async (answers) => {
      await write(
        answers.map(({ hash: key, question, answer }) => ({ key, question, fresh: answer, seconds: 0, wasted: true })),
      )
    },
    waste: async (question, answer) => {
      // What was paid for is told apart by its id from the question itself, and from its other answers.
      const wasted = {
        kind: question.kind,
        source: question.source,
        request: { wasted: answer.id ?? crypto.randomUUID(), of: hash(question) },
      }
      await writeOne({ key: hash(wasted), question: wasted, fresh: answer, seconds: 0, wasted: true })
    },
    take: () => {
      const taken = ledger
      ledger = emptyLedger()
      return taken
    },
  }
}
