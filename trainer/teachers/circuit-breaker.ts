import { type Breaker, createBreaker } from '../../core/breaker.ts'
import { EndonymError } from '../../core/error.ts'
import { duration } from '../../core/format.ts'

/** Stops a run from asking an endpoint that only fails. */
export type CircuitBreaker = Pick<Breaker, 'closed' | 'wait'> & {
  succeeded(): void
  /** @throws EndonymError `teacher_down` when it has been waited long enough. */
  failed(fault: { what: string; retryAfter?: number }): void
}

/**
 * A breaker (`core/breaker.ts`) that says what it does. After `patience` without a success, the run ends. Times are milliseconds.
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
  const { title, threshold, firstWait = 5_000, longestWait = 300_000, patience = 1_800_000, say, now } = options
  const breaker = createBreaker({ threshold, firstWait, longestWait, ...(now && { now }) })
  return {
    closed: breaker.closed,
    wait: breaker.wait,
    succeeded: () => {
      const openFor = breaker.succeeded()
      if (openFor === undefined) return
      say(`${title} answers again after ${duration(openFor / 1000)}; the run goes on.`)
    },
    failed: ({ what, retryAfter }) => {
      const open = breaker.failed(retryAfter)
      if (!open) return
      const { first, failures, openFor, wait } = open
      if (first) {
        say(
          `${title} failed ${failures} times in a row: ${what}. Nothing more is sent but one request from time to time, the first in ${duration(wait / 1000)}, until it answers.`,
        )
      }
      if (openFor + wait <= patience) return
      throw new EndonymError(
        'teacher_down',
        `${title} has not answered for ${duration(openFor / 1000)}: ${what}. The run stops here. Everything that was answered is kept; run the same command again when it is back.`,
      )
    },
  }
}
