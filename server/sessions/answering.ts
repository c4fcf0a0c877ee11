import { EndonymError, messageOf, RetryError } from '../../core/error.ts'
import type { Store } from '../../data/database.ts'
import type { Session } from '../../evaluator/sessions/sessions.ts'
import { makeTurn, type Task, type Tasks } from '../../evaluator/sessions/tasks.ts'
import { type Side, sides, type TaskTurn } from '../../evaluator/sessions/turns.ts'
import type { Turn } from '../../models/tools.ts'
import type { Serving } from '../serving.ts'
import { type Broadcast, createBroadcast } from './broadcast.ts'
import { createLockstep } from './lockstep.ts'

/** What a rater's browser is told while a task's question is answered. A failure has a code for the page to put into words, and none that a model or server chose. */
export type AnswerEvent =
  | { event: 'piece'; side: Side; text: string }
  | { event: 'end'; side: Side; receipt: string }
  | { event: 'failed'; code: 'busy' | 'too_long' | 'failed'; retryAfter?: number }

export type Answering = {
  /**
   * Answers a question of a task by its models, side by side. It goes on when whoever asked is gone, and is kept: who asks again, be it the `nth` question of a task that was answered, hears it from its
   * beginning.
   */
  ask(session: Session, task: Task, nth: number, question: string): Broadcast<AnswerEvent>
}

/** Where pieces go, and what ends it. */
type How = { onText: (text: string) => void; signal: AbortSignal }

/** Answers of one model to the question of a list are kept, and shown to all. */
type Known = { session: string; prompt: string; model: string; turn: number }

export type AnsweringDeps = {
  store: Store
  tasks: Tasks
  serving: Serving
  /** Seconds that an answer may take. */
  seconds: number
  /** Fires when the server ends. */
  stopped: AbortSignal
  /** Is told why an answer failed, which raters are not. */
  log: (line: string) => void
}

export function createAnswering({ store, tasks, serving, seconds, stopped, log }: AnsweringDeps): Answering {
  /** What is being answered, by task. */
  const running = new Map<string, { nth: number; events: Broadcast<AnswerEvent> }>()

  const remembered = async ({ session, prompt, model, turn }: Known): Promise<string | undefined> => {
    const found = await store
      .selectFrom('session_answers')
      .select('text')
      .where('session', '=', session)
      .where('prompt', '=', prompt)
      .where('model', '=', model)
      .where('turn', '=', turn)
      .executeTakeFirst()
    return found?.text
  }
  const remember = async (known: Known, text: string): Promise<void> => {
    await store
      .insertInto('session_answers')
      .values({ ...known, text, created_at: new Date().toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }

  /** Answers to questions of a list that are being given, which others wait for. */
  const giving = new Map<string, Promise<string>>()

  /** Asks the model on a side. */
  const generate = async (
    { settings }: Session,
    task: Task,
    side: Side,
    question: string,
    how: How,
  ): Promise<string> => {
    const turns: Turn[] = task.turns.flatMap((before): Turn[] => [
      { role: 'user', content: before.question },
      { role: 'assistant', content: before[side] ?? '' },
    ])
    const model = await serving.find(task.models[side])
    const reply = await serving.chat(model, [...turns, { role: 'user', content: question }], {
      client: `rater ${task.rater}`,
      temperature: settings.temperature,
      maxTokens: settings.maxTokens,
      ...how,
    })
    if (reply.finishReason === 'aborted')
      throw new RetryError('answer_ended', 'It took too long, or the server ends.', 2)
    return reply.text
  }
  /** The answer of the model on a side: to a question of a list the one that it has given, or is giving. */
  const answer = async (session: Session, task: Task, side: Side, question: string, how: How): Promise<string> => {
    const { prompt, turns, models } = task
    if (prompt === undefined) return generate(session, task, side, question, how)
    const known: Known = { session: session.id, prompt, model: models[side] ?? '', turn: turns.length }
    const key = JSON.stringify(known)
    const others = giving.get(key)
    if (others) {
      const text = await others
      how.onText(text)
      return text
    }
    const give = async (): Promise<string> => {
      const old = await remembered(known)
      if (old !== undefined) how.onText(old)
      const text = old ?? (await generate(session, task, side, question, how))
      if (old === undefined) await remember(known, text)
      return text
    }
    const text = give()
    giving.set(key, text)
    return text.finally(() => giving.delete(key))
  }

  const run = async (session: Session, task: Task, question: string, events: Broadcast<AnswerEvent>): Promise<void> => {
    const shown = sides.filter((side) => task.models[side] !== undefined)
    const lockstep = createLockstep(shown, (side, text) => events.tell({ event: 'piece', side, text }))
    // One answer is of no use without the other.
    const failed = new AbortController()
    const signal = AbortSignal.any([stopped, failed.signal, AbortSignal.timeout(seconds * 1000)])
    try {
      const texts = await Promise.all(
        shown.map(async (side) => {
          const text = await answer(session, task, side, question, {
            onText: (piece) => lockstep.push(side, piece),
            signal,
          })
          lockstep.end(side)
          return text
        }),
      )
      const turn = makeTurn(question, { left: texts[0] ?? '', right: texts[1] })
      await tasks.answered(task, [...task.turns, turn])
      tellEnds(turn, events)
    } catch (error) {
      failed.abort()
      log(`A rater's question was not answered: ${messageOf(error)}`)
      events.tell(failure(error))
    }
  }

  return {
    ask: (session, task, nth, question) => {
      const now = running.get(task.id)
      const old = task.turns[nth]
      if (now && (now.nth === nth || !old)) return now.events
      const events = createBroadcast<AnswerEvent>()
      if (old) {
        for (const side of sides) {
          const text = old[side]
          if (text !== null) events.tell({ event: 'piece', side, text })
        }
        tellEnds(old, events)
        events.end()
        return events
      }
      running.set(task.id, { nth, events })
      void run(session, task, question, events).finally(() => {
        running.delete(task.id)
        events.end()
      })
      return events
    },
  }
}

function tellEnds({ receipts }: TaskTurn, events: Broadcast<AnswerEvent>): void {
  for (const side of sides) {
    const receipt = receipts[side]
    if (receipt !== null) events.tell({ event: 'end', side, receipt })
  }
}

function failure(error: unknown): AnswerEvent {
  if (error instanceof RetryError) return { event: 'failed', code: 'busy', retryAfter: error.retryAfter }
  const code = error instanceof EndonymError && error.code === 'prompt_too_long' ? 'too_long' : 'failed'
  return { event: 'failed', code }
}
