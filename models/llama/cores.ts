/**
 * The cores of a process, shared out among the contexts that compute at once: one context alone has all of them, and of several each has its part.
 *
 * Two small models that decode side by side on a core each are faster than both in turn on two cores: of a single token a second core makes little
 * (docs/performance.md, "What the processor does with small batches").
 */
export type Cores = {
  /** Counts one context more, or one less, that has work. */
  enter(): void
  leave(): void
  /** Waits for the share of those that have entered, first come first served. @returns with how many threads to compute @throws the signal's reason, if it fires first */
  take(signal?: AbortSignal): Promise<number>
  /** Gives back what was taken. */
  give(threads: number): void
}

/** Node's workers, on one of which each context computes. */
export type Workers = {
  /** Has as many of them take work, or all there are; one at least. */
  use(count: number): void
}

/** @param workers are told how many contexts have work. Without them contexts compute in turn, each on all cores. */
export function createCores(threads: number, workers?: Workers): Cores {
  let busy = 0
  let free = threads
  const waiting = new Set<() => void>()

  const grant = (): void => {
    for (const begin of waiting) {
      if (free < (workers ? 1 : threads)) return
      waiting.delete(begin)
      begin()
    }
  }
  return {
    enter: () => {
      busy++
      workers?.use(busy)
    },
    leave: () => {
      busy--
      workers?.use(busy)
    },
    take: (signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const giveUp = (): void => {
        if (waiting.delete(begin)) reject(signal?.reason)
      }
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp)
        const share = workers ? Math.max(1, Math.floor(threads / busy)) : threads
        const own = Math.min(share, free)
        free -= own
        resolve(own)
      }
      if (signal?.aborted) return Promise.reject(signal.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      waiting.add(begin)
      grant()
      return promise
    },
    give: (own) => {
      free += own
      grant()
    },
  }
}

/** Computes when it is the caller's turn. @throws the signal's reason, if it fires first */
export async function onCores<T>(
  cores: Cores,
  work: (threads: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  cores.enter()
  try {
    const threads = await cores.take(signal)
    try {
      signal?.throwIfAborted()
      return await work(threads)
    } finally {
      cores.give(threads)
    }
  } finally {
    cores.leave()
  }
}
