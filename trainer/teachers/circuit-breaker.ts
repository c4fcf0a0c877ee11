import { EndonymError } from '../../core/error.ts'
import { duration } from '../../core/format.ts'

/** Stops a run from asking an endpoint that only fails. */
export type CircuitBreaker = {
  /** Requests go through. Where not, one goes through at a time, to find out. */
  closed(): boolean
  /** Milliseconds until that one may be sent; 0 where it may now. */
  wait(): number
  succeeded(): void
  /** @throws EndonymError `teacher_down` when it has been waited long enough. */
  failed(fault: { what: string; retryAfter?: number }): void
}

/**
 * Opens after `threshold` failures with no success between them. Then a single request is let through after a wait that doubles with each that fails, from `firstWait` to `longestWait`; the first success
 * closes it. After `patience` without one, the run ends. Times are milliseconds.
 *
 * @param options.say hears a sentence when requests stop and when they go on.
 */
export function createCircuitBreaker(options: {
  /** Who is asked, for the sentences. */
  title: string
  threshold(): number
  firstWait?: number
  longestWait?: number
  patience?: number
  say(sentence: string): void
  now?: () => number
}): CircuitBreaker {
  const { title, threshold, firstWait = 5_000, longestWait = 300_000, patience = 1_800_000, say } = options
  const now = options.now ?? (() => performance.now())
  let failures = 0
  let openedAt: number | undefined
  let wait = 0
  let nextAt = 0

  return {
    closed: () => openedAt === undefined,
    wait: () => (openedAt === undefined ? 0 : Math.max(0, nextAt - now())),
    succeeded: () => {
      failures = 0
      if (openedAt === undefined) return
      say(`${title} answers again after ${duration((now() - openedAt) / 1000)}; the run goes on.`)
      openedAt = undefined
    },
    failed: ({ what, retryAfter = 0 }) => {
      failures++
      if (openedAt === undefined) {
        if (failures < threshold()) return
        openedAt = now()
        wait = Math.max(firstWait, retryAfter)
        say(
          `${title} failed ${failures} times in a row: ${what}. Nothing more is sent but one request from time to time, the first in ${duration(wait / 1000)}, until it answers.`,
        )
      } else {
        // Stragglers that were sent before it opened say nothing new.
        if (now() < nextAt) return
        wait = Math.max(Math.min(longestWait, wait * 2), retryAfter)
      }
      nextAt = now() + wait
      if (nextAt - openedAt <= patience) return
      throw new EndonymError(
        'teacher_down',
        `${title} has not answered for ${duration((now() - openedAt) / 1000)}: ${what}. The run stops here. Everything that was answered is kept; run the same command again when it is back.`,
      )
    },
  }
}
