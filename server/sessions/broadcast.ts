/** Events that are told to everybody who listens, however late they come. */
export type Broadcast<T> = {
  tell(event: T): void
  end(): void
  /** All events from the first, until the end or until `signal` fires. */
  listen(signal: AbortSignal): AsyncGenerator<T>
}

/** Keeps all that it was told, so that whoever lost the connection starts over and misses nothing. */
export function createBroadcast<T>(): Broadcast<T> {
  const events: T[] = []
  let ended = false
  let more = Promise.withResolvers<void>()
  const wake = (): void => {
    more.resolve()
    more = Promise.withResolvers()
  }
  return {
    tell: (event) => {
      events.push(event)
      wake()
    },
    end: () => {
      ended = true
      wake()
    },
    listen: async function* (signal) {
      const gone = Promise.withResolvers<void>()
      const leave = (): void => gone.resolve()
      signal.addEventListener('abort', leave, { once: true })
      try {
        for (let i = 0; !signal.aborted; ) {
          const event = events[i]
          if (event !== undefined) {
            yield event
            i++
          } else if (ended) return
          else await Promise.race([more.promise, gone.promise])
        }
      } finally {
        signal.removeEventListener('abort', leave)
      }
    },
  }
}
