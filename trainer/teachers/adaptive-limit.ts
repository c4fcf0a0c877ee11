/** How many requests may be under way, found by trying: more while that goes well, fewer at once when it does not. */
export type AdaptiveLimit = {
  /** A whole number from 1 to the bound. */
  current(): number
  /** @param pace seconds that the answer took for each of its tokens. */
  succeeded(request: { sentAt: number; pace: number; busy: boolean }): void
  /** The endpoint failed as it does when it is asked too much. @param sure it said so (429); else that is taken to be so where it happens often. */
  overloaded(request: { sentAt: number; sure: boolean }): void
  /** Begins again small, as after an outage. */
  restart(): void
}

/** Requests at once to begin with. */
const start = 4
/** What is left of the limit after an overload. */
const decrease = 0.7
/** Answers this many times slower than they were at best mean that a queue builds up there: no more are added. Batching alone slows a server's tokens two- or threefold, and is worth it. */
const slow = 3
/** And this many times: fewer. */
const tooSlow = 6

/** The share of late answers that were overloads from which those that do not say so (503) count: some servers give one by chance. */
const often = 0.25

/**
 * Additive increase, multiplicative decrease (Jacobson and Karels, "Congestion avoidance and control", 1988): doubles each round until the first overload; after it, grows by one a round and stops short
 * of where the overload was. That ceiling is lifted by one after five rounds without another, since limits change too.
 *
 * Times are milliseconds of one clock.
 */
export function createAdaptiveLimit(bound: number, now: () => number = () => performance.now()): AdaptiveLimit {
  let limit = Math.min(start, bound)
  let ceiling = Number.POSITIVE_INFINITY
  let lessenedAt = Number.NEGATIVE_INFINITY
  let smooth = 0
  let best = Number.POSITIVE_INFINITY
  let seen = 0
  let calm = 0
  let share = 0

  // Requests that were sent before the last decrease tell of the limit as it was then.
  const lessen = (sentAt: number, factor: number): boolean => {
    if (sentAt < lessenedAt) return false
    lessenedAt = now()
    calm = 0
    limit = Math.max(1, limit * factor)
    return true
  }

  return {
    current: () => Math.max(1, Math.floor(limit)),
    succeeded: ({ sentAt, pace, busy }) => {
      seen++
      share *= 0.9
      smooth = seen === 1 ? pace : smooth * 0.9 + pace * 0.1
      if (seen >= 8) best = Math.min(best, smooth)
      if (++calm >= 5 * limit) {
        ceiling++
        calm = 0
      }
      if (smooth > best * tooSlow) {
        if (lessen(sentAt, 0.9)) ceiling = Math.min(ceiling, Math.max(2, limit / 0.9))
        return
      }
      // A limit that is not made use of says nothing of a higher one.
      if (!busy || smooth > best * slow) return
      const growth = ceiling === Number.POSITIVE_INFINITY ? 1 : 1 / limit
      limit = Math.max(limit, Math.min(bound, ceiling - 1, limit + growth))
    },
    overloaded: ({ sentAt, sure }) => {
      share = share * 0.9 + 0.1
      const before = limit
      if ((sure || share > often) && lessen(sentAt, decrease)) ceiling = Math.max(2, Math.floor(before))
    },
    restart: () => {
      limit = Math.min(start, limit)
    },
  }
}
