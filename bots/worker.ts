import { EndonymError, messageOf } from '../core/error.ts'
import type { Inbox, Received } from './inbox.ts'
import type { Outbox } from './outbox.ts'
import { MovedError, type Platform, type Update } from './platform.ts'

export type Worker = {
  /** Answers what a chat has waiting. */
  wake(chat: string): void
  /** Takes up what was not finished when the process ended. */
  resume(): Promise<void>
  /** Resolves when nothing runs. */
  idle(): Promise<void>
}

export type WorkerDeps = {
  inbox: Inbox
  outbox: Outbox
  platform: Platform
  /** Works out what an update is answered with, and writes it down. */
  answer(received: Received): Promise<void>
  /** Deletes what is kept of somebody whose account is no more. */
  forget(update: Update): Promise<void>
  /** Chats that are answered at once. */
  parallel: number
  stopped: AbortSignal
  log(line: string): void
}

/** Answers updates: those of a chat in their order, chats beside each other. */
export function createWorker(deps: WorkerDeps): Worker {
  const { inbox, outbox, platform, answer, forget, parallel, stopped, log } = deps
  const waiting = new Set<string>()
  const running = new Map<string, Promise<void>>()

  const finish = async (received: Received): Promise<void> => {
    const { update, seq, state } = received
    if (state === 'new') await answer(received)
    const { chat, group, at } = update
    await outbox.deliver(seq, { chat, group, at })
    await inbox.done(seq)
  }

  const failed = async ({ update, seq }: Received, error: unknown): Promise<void> => {
    if (error instanceof MovedError) return inbox.move(update.chat, error.to)
    const code = error instanceof EndonymError ? error.code : 'defect'
    if (code === 'account_deleted') await forget(update)
    // Whoever cannot be reached is not written to again before they write.
    if (code === 'account_deleted' || code === 'chat_gone') return inbox.drop(update.chat)
    log(`An update was given up: ${code === 'defect' && error instanceof Error ? error.stack : messageOf(error)}`)
    return inbox.done(seq)
  }

  const work = async (chat: string): Promise<void> => {
    for (;;) {
      waiting.delete(chat)
      const received = await inbox.next(chat)
      if (!received || stopped.aborted) return
      try {
        await finish(received)
      } catch (error) {
        if (stopped.aborted) return
        // It waits for its person to write first.
        if (error instanceof EndonymError && error.code === 'window_closed') return
        await failed(received, error)
        if (error instanceof MovedError) wake(error.to)
      }
    }
  }

  const next = (): void => {
    if (stopped.aborted) return
    for (const chat of waiting) {
      if (running.size >= parallel) return
      if (running.has(chat)) continue
      waiting.delete(chat)
      running.set(
        chat,
        work(chat)
          .catch((error: unknown) => log(`A chat was not answered: ${error instanceof Error ? error.stack : error}`))
          .finally(() => {
            running.delete(chat)
            next()
          }),
      )
    }
  }
  const wake = (chat: string): void => {
    waiting.add(chat)
    next()
  }
  return {
    wake,
    resume: async () => {
      for (const chat of await inbox.waiting()) wake(chat)
      await inbox.prune(platform.remembers)
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}
