import { setTimeout as sleep } from 'node:timers/promises'

/** What whoever watches is told: everything at first, then the parts that are no longer as they were. */
export type Change = { event: 'state' | 'change'; data: Record<string, unknown> } | { event: 'still' }

/** Milliseconds between two looks, and after how many whoever listens hears that there is nothing new. */
const every = 1_000
const stillEvery = 15_000

/**
 * Looks at something again and again and tells what has changed. A look that takes long is followed by a longer pause, so that watching never takes more than a tenth of the time there is.
 *
 * @param over whether what was seen is the last that will be
 */
export async function* watch<T extends Record<string, unknown>>(
  look: () => Promise<T>,
  { over, signal }: { over: (seen: T) => boolean; signal: AbortSignal },
): AsyncGenerator<Change> {
  let told: Record<string, string> = {}
  let spoken = 0
  for (let first = true; !signal.aborted; first = false) {
    const started = performance.now()
    const seen = await look()
    const parts = Object.fromEntries(Object.entries(seen).map(([key, value]) => [key, JSON.stringify(value ?? null)]))
    const changed = Object.keys(parts).filter((key) => parts[key] !== told[key])
    told = parts
    const now = performance.now()
    if (first || changed.length > 0) {
      spoken = now
      const data = Object.fromEntries(changed.map((key) => [key, seen[key]]))
      yield { event: first ? 'state' : 'change', data }
    } else if (now - spoken > stillEvery) {
      spoken = now
      yield { event: 'still' }
    }
    if (over(seen)) return
    await sleep(Math.max(every, 10 * (now - started)), undefined, { signal }).catch(() => {})
  }
}
