/** Lets so many work at once, and those who wait one after the other, each client in turn. */
export type FairQueue = {
  /** Waits for a place. @returns what gives it back; undefined when the signal fires first */
  enter(client: string, signal?: AbortSignal): Promise<(() => void) | undefined>
  /** Lets those who wait go without a place. */
  refuseWaiting(): void
  readonly running: number
  readonly waiting: number
  /** Whether a client has its share of so many who may wait: an equal one of each of those who do. */
  hasShare(client: string, most: number): boolean
}

/**
 * @param places that are worked on at once.
 * @example const leave = await queue.enter('key 1f0c22ab'); try { … } finally { leave?.() }
 */
export function createFairQueue(places: number): FairQueue {
  /** Clients in the order of their turns, each with what it waits for. */
  const lines = new Map<string, Set<(go: boolean) => void>>()
  const busy = new Map<string, number>()
  let running = 0
  let waiting = 0

  const begin = (client: string): (() => void) => {
    running++
    busy.set(client, (busy.get(client) ?? 0) + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      running--
      const more = (busy.get(client) ?? 0) - 1
      if (more > 0) busy.set(client, more)
      else busy.delete(client)
      next()
    }
  }
  /** The client with the fewest at work is next; of several, the one that has waited longest since its last turn. */
  const next = (): void => {
    let chosen: string | undefined
    for (const client of lines.keys()) {
      if (chosen === undefined || (busy.get(client) ?? 0) < (busy.get(chosen) ?? 0)) chosen = client
    }
    if (chosen === undefined) return
    const line = lines.get(chosen) ?? new Set()
    lines.delete(chosen)
    const [first] = line
    if (!first) return
    line.delete(first)
    if (line.size > 0) lines.set(chosen, line)
    first(true)
  }

  return {
    get running() {
      return running
    },
    get waiting() {
      return waiting
    },
    hasShare: (client, most) => {
      const clients = lines.size + (lines.has(client) ? 0 : 1)
      return (lines.get(client)?.size ?? 0) >= most / clients
    },
    refuseWaiting() {
      const all = [...lines.values()].flatMap((line) => [...line])
      lines.clear()
      for (const turn of all) turn(false)
    },
    async enter(client, signal) {
      if (signal?.aborted) return undefined
      if (running < places) return begin(client)
      const { promise, resolve } = Promise.withResolvers<(() => void) | undefined>()
      const line = lines.get(client) ?? new Set()
      lines.set(client, line)
      const turn = (go: boolean): void => resolve(go ? begin(client) : undefined)
      const giveUp = (): void => {
        line.delete(turn)
        if (line.size === 0 && lines.get(client) === line) lines.delete(client)
        turn(false)
      }
      line.add(turn)
      waiting++
      signal?.addEventListener('abort', giveUp, { once: true })
      try {
        return await promise
      } finally {
        waiting--
        signal?.removeEventListener('abort', giveUp)
      }
    },
  }
}
