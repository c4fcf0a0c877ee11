import type { Cores } from './cores.ts'
import type { Pace, Plan } from './pace.ts'

/** One call's place among those that share a context. */
export type Member = {
  /**
   * Waits for its turn to decode a single token, as one that generates does: together with all others that do, or after one of them, whichever is faster.
   * @returns whether the token is computed alone: no sequence before or after this one decodes a token too.
   */
  token(): Promise<boolean>
  /** Waits for its turn to decode a piece of text, while nobody else decodes anything. @param size tokens of the piece at most */
  text(size: number): Promise<void>
  leave(): void
}

/** Tokens of text that are read one piece after the other while those that generate wait. */
const textBudget = 512

type Arrival = { ticket: number; index: number; go: (alone: boolean) => void } & (
  | { decodes: 'token' }
  | { decodes: 'text'; size: number }
)

export type StepsOptions = {
  cores: Cores
  pace?: Pace
  /** Is told with how many threads the next batch is computed. */
  compute?: (threads: number) => void
}

/**
 * Keeps the calls on one context in step: they decode when all of them are ready to. In turns, a token of each that generates, in one batch (or a few one by one, where the pace says so), and some pieces of text, one by one: whoever
 * came first reads its prompt to the end first, so that it answers early and others may take over what is the same in theirs.
 *
 * Left to themselves, node-llama-cpp's sequences fall out of phase (of eight, seven are in each batch, as one is always still taking its token), and
 * while any of them decodes, the lock that a new call needs to clear its sequence is never free. In step, every batch holds every call that
 * generates, and between two batches the lock is free.
 */
export function createSteps({ cores, pace, compute }: StepsOptions): { join(index: number): Member } {
  let members = 0
  let tickets = 0
  let arrived: Arrival[] = []
  /** Of the tokens of text that may be read before those that generate go on. */
  let budget = textBudget

  /** Threads that this context has taken, for the step that is under way. */
  let own = 0
  let waiting = false
  /** The batch that is being decoded, of sequences that generate. */
  let batch: { plan: Plan; begun: number } | undefined

  const release = (): void => {
    const texts = arrived.filter((each) => each.decodes === 'text')
    const tokens = arrived.filter((each) => each.decodes === 'token')
    const [first] = texts.toSorted((a, b) => a.ticket - b.ticket)
    if (first && (budget > 0 || tokens.length === 0)) {
      budget -= first.size
      arrived = arrived.filter((each) => each !== first)
      compute?.(own)
      first.go(false)
      return
    }
    // Whoever came first has waited longest.
    const plan = pace?.plan(tokens.length, own) ?? { sequences: tokens.length, threads: own }
    const next = tokens.slice(0, plan.sequences)
    budget = Math.min(textBudget, budget + textBudget * (next.length / tokens.length))
    const going = new Set<Arrival>(next)
    arrived = arrived.filter((each) => !going.has(each))
    batch = { plan, begun: performance.now() }
    compute?.(plan.threads)
    const indexes = new Set(next.map(({ index }) => index))
    for (const { index, go } of next) go(!indexes.has(index - 1) && !indexes.has(index + 1))
  }
  const endStep = (): void => {
    if (own > 0) cores.give(own)
    own = 0
  }
  const step = async (): Promise<void> => {
    waiting = true
    own = await cores.take()
    // After this turn of the event loop, when node-llama-cpp is done with the batch before: it would begin the next with those that have come until then. Of one alone none is missing.
    if (members > 1) await new Promise(setImmediate)
    waiting = false
    // Someone may have joined since: the step is theirs too.
    if (arrived.length > 0 && arrived.length === members) release()
    else endStep()
  }
  const check = (): void => {
    if (arrived.length < members || waiting) return
    if (batch) pace?.took(batch.plan, own, performance.now() - batch.begun)
    batch = undefined
    endStep()
    if (members > 0) void step()
  }
  return {
    join(index) {
      if (members === 0) cores.enter()
      members++
      const ticket = tickets++
      const arrive = (how: { decodes: 'token' } | { decodes: 'text'; size: number }): Promise<boolean> =>
        new Promise((go) => {
          arrived.push({ ...how, ticket, index, go })
          check()
        })
      return {
        token: () => arrive({ decodes: 'token' }),
        text: async (size) => {
          await arrive({ decodes: 'text', size })
        },
        leave() {
          members--
          if (members === 0) cores.leave()
          check()
        },
      }
    },
  }
}
