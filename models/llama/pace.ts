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
/** Batches that are computed in one way before another is chosen: threads settle on their cores in the first half, which is not counted. */
const block = 8
/** After so many blocks of the fastest way comes one of another: other programs come and go. */
const again = 32
/** What the newest batch counts for in the mean. */
const newest = 0.1

/**
 * Finds out what is fastest from how long batches take. On two cores llama.cpp decodes one token of a small model in 5 ms and a batch of two in 14 (docs/performance.md, "What the processor does with small batches"), and with one thread
 * a token alone takes hardly longer than with two; on a GPU, or where memory is the limit, a batch of two takes hardly longer than one, and a large model wants all its threads.
 */
export function createPace(): Pace {
  /** Mean milliseconds of a batch, once it is known. */
  const means = new Map<string, number>()
  const tried = new Set<string>()
  const situations = new Map<string, { plan: Plan; left: number; blocks: number }>()
  let run = { of: '', batches: 0 }

  const choose = (plans: readonly Plan[], most: number, blocks: number): Plan => {
    const cost = (plan: Plan): number => (means.get(keyOf(plan, most)) ?? Number.POSITIVE_INFINITY) / plan.sequences
    const untried = plans.find((plan) => !tried.has(keyOf(plan, most)))
    const [fastest, ...others] = plans.toSorted((a, b) => cost(a) - cost(b))
    const other = blocks % again === 0 ? others[(blocks / again) % others.length] : undefined
    return untried ?? other ?? (fastest as Plan)
  }
  return {
    plan(ready, most) {
      const together = { sequences: ready, threads: most }
      if (ready >= always) return together
      const plans: Plan[] = [together]
      if (ready > 1) plans.push({ sequences: 1, threads: most })
      if (most > 1) plans.push({ sequences: 1, threads: 1 })
      const key = `${ready} on ${most}`
      const known = situations.get(key)
      if (known && known.left > 0) {
        known.left--
        return known.plan
      }
      const blocks = (known?.blocks ?? 0) + 1
      const plan = choose(plans, most, blocks)
      tried.add(keyOf(plan, most))
      situations.set(key, { plan, left: block - 1, blocks })
      return plan
    },
    took(plan, most, milliseconds) {
      const of = keyOf(plan, most)
      run = { of, batches: run.of === of ? run.batches + 1 : 1 }
      if (run.batches <= block / 2) return
      const known = means.get(of) ?? milliseconds
      means.set(of, known + newest * (milliseconds - known))
    },
  }
}

/** One way, where so many threads might be used. */
const keyOf = ({ sequences, threads }: Plan, most: number): string => `${sequences} on ${threads} of ${most}`
