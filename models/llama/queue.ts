/** Hands out things of which there are few, first come first served. */
export type Queue<T> = {
  /** Waits for a thing; undefined when the signal fires or the queue closes first. `prefer` chooses among several free ones: the highest number wins. */
  take(signal?: AbortSignal, prefer?: (item: T) => number): Promise<T | undefined>
  give(item: T): void
  /** Puts what is free in order: the first is handed out first. */
  sort(order: (a: T, b: T) => number): void
  /** Nothing is handed out any more. Resolves when all has been given back. */
  close(): Promise<void>
}

export function createQueue<T>(items: readonly T[]): Queue<T> {
  const free = [...items]
  const waiting = new Set<(item: T | undefined) => void>()
  const closing = Promise.withResolvers<void>()
  let closed = false

  const settle = (): void => {
    if (closed && free.length === items.length) closing.resolve()
  }
  return {
    async take(signal, prefer = () => 0) {
      if (closed || signal?.aborted) return undefined
      if (free.length > 0) {
        const best = free.reduce((a, b) => (prefer(b) > prefer(a) ? b : a))
        free.splice(free.indexOf(best), 1)
        return best
      }
      const { promise, resolve } = Promise.withResolvers<T | undefined>()
      const giveUp = (): void => {
        if (waiting.delete(resolve)) resolve(undefined)
      }
      waiting.add(resolve)
      signal?.addEventListener('abort', giveUp, { once: true })
      const item = await promise
      signal?.removeEventListener('abort', giveUp)
      return item
    },
    give(item) {
      const [next] = waiting
      if (next) {
        waiting.delete(next)
        next(item)
        return
      }
      free.push(item)
      settle()
    },
    sort(order) {
      free.sort(order)
    },
    close() {
      closed = true
      for (const resolve of waiting) resolve(undefined)
      waiting.clear()
      settle()
      return closing.promise
    },
  }
}
