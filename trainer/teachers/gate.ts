import { type AdaptiveLimit, createAdaptiveLimit } from './adaptive-limit.ts'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts'

/** Whether a failure says that too much is asked (429), may mean that (503), or neither. */
export type Overload = 'told' | 'likely' | 'no'

/** What became of a request, as far as the gate needs to know. */
export type Passage =
  | { answered: true; pace: number }
  | { answered: false; what: string; overload: Overload; retryAfter?: number }

/** Where requests to one endpoint wait for their turn. */
export type Gate = {
  /**
   * Sends one request when its turn comes.
   *
   * @throws EndonymError `teacher_down` once the endpoint has failed for too long; the signal's reason.
   */
  pass<T>(send: () => Promise<{ passage: Passage; result: T }>, signal?: AbortSignal): Promise<T>
  /** Lets nobody through any more: whoever waits gets this error. */
  close(error: unknown): void
}

type Waiting = { enter(): void; refuse(error: unknown): void }

/**
 * The gate of an endpoint: at most as many requests at once as the adaptive limit allows, none while the endpoint asked to be left alone or the circuit breaker is open, first come first served.
 *
 * @param options.bound requests at once at most.
 */
export function createGate(options: {
  title: string
  bound: number
  say(sentence: string): void
  /** The circuit breaker's times, in milliseconds. */
  waits?: { firstWait?: number; longestWait?: number; patience?: number }
}): Gate {
  const limit: AdaptiveLimit = createAdaptiveLimit(options.bound)
  const breaker: CircuitBreaker = createCircuitBreaker({
    title: options.title,
    // What was under way when it went down fails at once and together; only what is sent afterwards tells that it is down.
    threshold: () => Math.max(10, 2 * limit.current()),
    say: options.say,
    ...options.waits,
  })
  const queue = new Set<Waiting>()
  let running = 0
  let probing = false
  let heldUntil = 0
  let timer: NodeJS.Timeout | undefined
  let closed: { error: unknown } | undefined

  const admit = () => {
    clearTimeout(timer)
    for (const waiting of queue) {
      const wait = Math.max(heldUntil - performance.now(), breaker.wait())
      if (wait > 0) {
        timer = setTimeout(admit, Math.ceil(wait))
        return
      }
      if (breaker.closed() ? running >= limit.current() : probing) return
      waiting.enter()
    }
  }

  const close = (error: unknown) => {
    closed ??= { error }
    for (const waiting of queue) waiting.refuse(error)
  }

  const turn = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      if (closed) return reject(closed.error)
      if (signal?.aborted) return reject(signal.reason)
      const leave = () => {
        queue.delete(waiting)
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = () => waiting.refuse(signal?.reason)
      const waiting: Waiting = {
        enter: () => {
          leave()
          running++
          probing = !breaker.closed()
          resolve()
        },
        refuse: (error) => {
          leave()
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      queue.add(waiting)
      admit()
    })

  const learn = (passage: Passage, sentAt: number, busy: boolean) => {
    if (passage.answered) {
      if (!breaker.closed()) limit.restart()
      breaker.succeeded()
      limit.succeeded({ sentAt, pace: passage.pace, busy })
      return
    }
    if (passage.overload !== 'no') {
      limit.overloaded({ sentAt, sure: passage.overload === 'told' })
      if (passage.retryAfter !== undefined) heldUntil = Math.max(heldUntil, performance.now() + passage.retryAfter)
    }
    breaker.failed(passage)
  }

  return {
    close,
    pass: async (send, signal) => {
      await turn(signal)
      const sentAt = performance.now()
      const probe = probing
      try {
        const { passage, result } = await send()
        try {
          learn(passage, sentAt, running >= limit.current())
        } catch (error) {
          close(error)
          throw error
        }
        return result
      } finally {
        running--
        if (probe) probing = false
        admit()
      }
    },
  }
}
