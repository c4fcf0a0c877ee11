/** Tells when something that only fails is to be left alone. Times are milliseconds. */
export type Breaker = {
  /** Requests go through. Where not, one goes through at a time, to find out. */
  closed(): boolean
  /** Until that one may be sent; 0 where it may now. */
  wait(): number
  /** @returns for how long it was open; undefined where it was not */
  succeeded(): number | undefined
  /** @param retryAfter how long it wants to be left alone. @returns undefined where this opened nothing, and kept nothing open for longer */
  failed(retryAfter?: number): Open | undefined
}

/** A breaker that a failure has opened (`first`), or keeps open. */
export type Open = { first: boolean; failures: number; openFor: number; wait: number }

/**
 * Opens after `threshold` failures with no success between them. Then a single request is let through after a wait that doubles with each that fails, from `firstWait` to `longestWait`; the first
 * success closes it.
 *
 * @example const breaker = createBreaker({ threshold: () => 5, firstWait: 1000, longestWait: 60_000 })
 */
export function createBreaker(options: {
  threshold(): number
  firstWait: number
  longestWait: number
  now?: () => number
}): Breaker {
  const { threshold, firstWait, longestWait, now = () => performance.now() } = options
  let failures = 0
  let openedAt: number | undefined
  let wait = 0
  let nextAt = 0

  return {
    closed: () => openedAt === undefined,
    wait: () => (openedAt === undefined ? 0 : Math.max(0, nextAt - now())),
    succeeded: () => {
      failures = 0
      const openFor = openedAt === undefined ? undefined : now() - openedAt
      openedAt = undefined
      return openFor
    },
    failed: (retryAfter = 0) => {
      failures++
      const first = openedAt === undefined
      if (openedAt === undefined) {
        if (failures < threshold()) return undefined
        openedAt = now()
        wait = Math.max(firstWait, retryAfter)
      } else {
        // Stragglers that were sent before it opened say nothing new.
        if (now() < nextAt) return undefined
        wait = Math.max(Math.min(longestWait, wait * 2), retryAfter)
      }
      const openFor = now() - openedAt
      nextAt = now() + wait
      return { first, failures, openFor, wait }
    },
  }
}
