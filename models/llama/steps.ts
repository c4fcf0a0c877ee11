/** One call's place among those that share a context. */
export type Member = {
  /** Waits until every member has come this far. */
  next(): Promise<void>
  leave(): void
}

/**
 * Keeps the calls on one context in step: each decodes its next tokens when all of them are ready to.
 *
 * Left to themselves, node-llama-cpp's sequences fall out of phase (of eight, seven are in each batch, as one is always still taking its token), and
 * while any of them decodes, the lock that a new call needs to clear its sequence is never free. In step, every batch holds every call, and between
 * two batches the lock is.
 */
export function createSteps(): { join(): Member } {
  let members = 0
  let arrived: (() => void)[] = []

  const release = (): void => {
    // Someone has joined since: the step is theirs too.
    if (arrived.length < members) return
    const all = arrived
    arrived = []
    for (const resolve of all) resolve()
  }
  const check = (): void => {
    // After this turn of the event loop, when node-llama-cpp is done with the batch before.
    if (arrived.length > 0 && arrived.length === members) setImmediate(release)
  }
  return {
    join() {
      members++
      return {
        next: () =>
          new Promise((resolve) => {
            arrived.push(resolve)
            check()
          }),
        leave() {
          members--
          check()
        },
      }
    },
  }
}
