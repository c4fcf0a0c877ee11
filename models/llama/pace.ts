/** How to go on where some sequences are ready to generate: with a token of so many of them (one, or all), on so many threads. */
export type Plan = { sequences: number; threads: number }

/** In which way sequences that generate go fastest, as their context finds out. */
export type Pace = {
  /** @param ready sequences that are ready to generate @param threads that may be used */
  plan(ready: number, threads: number): Plan
  /** Notes how many milliseconds a plan took that was made where so many threads might be used. */
  took(plan: Plan, threads: number, milliseconds: number): void
}

/** From this many on one batch on all threads is fastest on every machine that was tried. */
const always = 5
/** Batches of each kind that are timed before one is preferred. */
const enough = 8
/** After so many batches of the preferred kind one of another is timed again: other programs come and go. */
const again = 64
/** What the newest batch counts for in the mean. */
const newest = 0.1

/**
 * Finds out what is fastest from how long batches take. On two cores llama.cpp decodes one token of a small model in 5 ms and a batch of two in 14 (docs/performance.md, "What the processor does with small batches"), and with one thread
 * a token alone takes hardly longer than with two; on a GPU, or where memory is the limit, a batch of two takes hardly longer than one, and a large model wants all its threads.
 */
export function createPace(): Pace {
  const costs = new Map<string, { mean: number; batches: number }>()
  const key = ({ sequences, threads }: Plan, most: number): string => `${sequences} on ${threads} of ${most}`
  let decided = 0
  return {
    plan(ready, most) {
      const together = { sequences: ready, threads: most }
      if (ready >= always) return together
      const plans = [together]
      if (ready > 1) plans.push({ sequences: 1, threads: most })
      if (most > 1) plans.push({ sequences: 1, threads: 1 })
      const cost = (plan: Plan): number => (costs.get(key(plan, most))?.mean ?? 0) / plan.sequences
      const untried = plans.find((plan) => (costs.get(key(plan, most))?.batches ?? 0) < enough)
      if (untried) return untried
      const [fastest = together, ...others] = plans.toSorted((a, b) => cost(a) - cost(b))
      decided++
      return (decided % again === 0 && others[(decided / again) % others.length]) || fastest
    },
    took(plan, most, milliseconds) {
      const known = costs.get(key(plan, most))
      // The first ones are worth the same each.
      const weight = Math.max(newest, 1 / ((known?.batches ?? 0) + 1))
      const mean = (known?.mean ?? 0) * (1 - weight) + milliseconds * weight
      costs.set(key(plan, most), { mean, batches: (known?.batches ?? 0) + 1 })
    },
  }
}
