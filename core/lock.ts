import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { EndonymError } from './error.ts'

/**
 * Runs `work` while this process alone holds the lock `file`.
 *
 * The lock is an exclusive transaction on a small SQLite database: the operating system lets go of it when its process ends, however it ends, so
 * there is no stale lock to clear after `kill -9` or a power cut, which lock files and their time-outs cannot promise.
 *
 * @param options.wait `true` waits for the holder to finish; `false` throws at once.
 * @param options.busy the sentence for the person when it is held: thrown, or handed to `onWait` once before waiting.
 * @throws EndonymError `locked`
 * @example await withLock(path.join(home.dir, 'run.lock'), () => distill(…), { busy: 'Another run uses this home.' })
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: { busy: string; wait?: boolean; onWait?: (sentence: string) => void; signal?: AbortSignal },
): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const database = new Database(file, { timeout: 0 })
  try {
    for (let told = false, tries = 1; ; tries++) {
      try {
        database.exec('BEGIN EXCLUSIVE')
        break
      } catch (cause) {
        if ((cause as { code?: string }).code !== 'SQLITE_BUSY') throw cause
        // Whoever only looks whether it is held holds it for a moment: that is no reason to give up.
        if (!options.wait && tries < 3) {
          await sleep(20)
          continue
        }
        if (!options.wait) throw new EndonymError('locked', options.busy, { cause })
        if (!told) options.onWait?.(options.busy)
        told = true
        options.signal?.throwIfAborted()
        await sleep(200)
      }
    }
    return await work()
  } finally {
    database.close()
  }
}

/** What whoever waits for the machine says. */
export const machineBusy = 'Waiting for another Endonym process on this machine to finish its computation.'

/**
 * The lock under which heavy stages (generating, training, evaluating, quantising) take turns on this machine, whatever their home: two programs that compute at once on few cores
 * slow each other down by an order of magnitude (ggml's barrier spins).
 */
export function withMachine<T>(
  work: () => Promise<T>,
  options: { onWait?: (sentence: string) => void; signal?: AbortSignal } = {},
): Promise<T> {
  const file = path.join(os.tmpdir(), `endonym-${os.userInfo().uid}`, 'compute.lock')
  return withLock(file, work, {
    ...options,
    wait: true,
    busy: machineBusy,
  })
}

/** The machine's lock for work that may turn out to need no computation: `take` waits for it once, `release` gives it back. */
export function machineWhenNeeded(options: { onWait?: (sentence: string) => void; signal?: AbortSignal } = {}): {
  take(): Promise<void>
  release(): Promise<void>
} {
  const done = Promise.withResolvers<void>()
  let holding: Promise<void> | undefined
  let taken: Promise<void> | undefined
  return {
    take: () => {
      taken ??= new Promise((resolve, reject) => {
        holding = withMachine(() => {
          resolve()
          return done.promise
        }, options)
        holding.catch(reject)
      })
      return taken
    },
    release: async () => {
      done.resolve()
      // Whoever waits for the lock is told why it was not to be had.
      await holding?.catch(() => {})
    },
  }
}
