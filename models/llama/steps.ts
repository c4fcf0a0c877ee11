/** One call's place among those that share a context. */
export type Member = {
  /**
   * Waits until every member has come this far.
   * @param decodes whether the member decodes a single token next, as one that generates does, or a piece of text.
   * @returns whether a single token is computed alone: no sequence before or after this one decodes a single token too.
   */
  next(decodes: 'token' | 'text'): Promise<boolean>
  leave(): void
}

/**
 * Keeps the calls on one context in step: each decodes its next tokens when all of them are ready to.
 *
 * Left to themselves, node-llama-cpp's sequences fall out of phase (of eight, seven are in each batch, as one is always still taking its token), and
 * while any of them decodes, the lock that a new call needs to clear its sequence is never free. In step, every batch holds every call that
 * generates, and between two batches the lock is free.
 */
export function createSteps(): { join(index: number): Member } {
  let members = 0
  let arrived: { index: number; decodes: 'token' | 'text'; go: (alone: boolean) => void }[] = []

  const release = (): void => {
    // Someone has joined since: the step is theirs too.
    if (arrived.length < members) return
    const all = arrived
    arrived = []
    const tokens = new Set(all.filter(({ decodes }) => decodes === 'token').map(({ index }) => index))
    for (const { index, go } of all) go(!tokens.has(index - 1) && !tokens.has(index + 1))
  }
  const check = (): void => {
    // After this turn of the event loop, when node-llama-cpp is done with the batch before.
    if (arrived.length > 0 && arrived.length === members) setImmediate(release)
  }
  return {
    join(index) {
      members++
      return {
        next: (decodes) =>
          new Promise((go) => {
            arrived.push({ index, decodes, go })
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
