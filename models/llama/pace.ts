/** Whether sequences that generate go faster in one batch or one after the other, as their context finds out. */
export type Pace = {
  /** Whether to decode tokens of so many sequences in one batch. */
  together(sequences: number): boolean
  /** Notes how many milliseconds a batch of so many sequences took. */
  took(sequences: number, milliseconds: number): void
}

/** From this many on one batch is faster on every machine that was tried. */
const always = 5
/** Batches of each kind that are timed before one is preferred. */
const enough = 8
/** After so many batches of the preferred kind one of the other is timed again: other programs come and go. */
const again = 64
/** What the newest batch counts for in the mean. */
const newest = 0.1

/**
 * Finds out which is faster from how long batches take. On two cores llama.cpp decodes one token of a small model in 5 ms and a batch of two in 14 (docs/performance.md, "What the processor does with small batches"); on a GPU,
 * or where memory is the limit, a batch of two takes hardly longer than one.
 */
export function createPace(): Pace {
  const costs = new Map<number, { mean: number; batches: number }>()
  let decided = 0
  return {
    together(sequences) {
      if (sequences === 1 || sequences >= always) return true
      const alone = costs.get(1)
      const batch = costs.get(sequences)
      if (!batch || batch.batches < enough) return true
      if (!alone || alone.batches < enough) return false
      const faster = batch.mean <= sequences * alone.mean
      decided++
      return decided % again === 0 ? !faster : faster
    },
    took(sequences, milliseconds) {
      const known = costs.get(sequences)
      // The first ones are worth the same each.
      const weight = Math.max(newest, 1 / ((known?.batches ?? 0) + 1))
      const mean = (known?.mean ?? 0) * (1 - weight) + milliseconds * weight
      costs.set(sequences, { mean, batches: (known?.batches ?? 0) + 1 })
    },
  }
}
