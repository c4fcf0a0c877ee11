/** What work is shared out to. */
type Worker = { settings: { weight: number }; readonly running: number }

/**
 * Chooses who works next: who has the fewest running for its weight. Of several that have equally few, each gets its share by weight, in turns that are spread out (smooth weighted round robin: all
 * are given their weight, and the richest is chosen and pays for it).
 *
 * @example const next = createBalance<Upstream>(); const upstream = next(healthy)
 */
export function createBalance<T extends Worker>(): (workers: readonly T[]) => T | undefined {
  const credits = new WeakMap<T, number>()
  return (workers) => {
    const loadOf = ({ running, settings }: T): number => running / settings.weight
    const least = Math.min(...workers.map(loadOf))
    const idlest = workers.filter((worker) => loadOf(worker) === least)
    let chosen: T | undefined
    let total = 0
    for (const worker of idlest) {
      total += worker.settings.weight
      credits.set(worker, (credits.get(worker) ?? 0) + worker.settings.weight)
      if (!chosen || (credits.get(worker) ?? 0) > (credits.get(chosen) ?? 0)) chosen = worker
    }
    if (chosen) credits.set(chosen, (credits.get(chosen) ?? 0) - total)
    return chosen
  }
}
