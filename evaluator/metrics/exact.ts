import type { Interval } from './bootstrap.ts'

/**
 * The exact two-sided binomial test: how probable an outcome is, under `probability`, that is no likelier than `successes` of `trials`.
 *
 * Outcomes that are as likely but for rounding count as such (SciPy's `binomtest` takes the same 1e-7).
 *
 * @example binomialTest(60, 204, 1 / 7) // 3.04e-8: 60 of 204 right is no chance where one in seven is
 */
export function binomialTest(successes: number, trials: number, probability: number): number {
  if (trials === 0) return 1
  const logs = logFactorials(trials)
  const mass = (k: number): number =>
    Math.exp(
      (logs[trials] as number) -
        (logs[k] as number) -
        (logs[trials - k] as number) +
        k * Math.log(probability) +
        (trials - k) * Math.log1p(-probability),
    )
  const observed = mass(successes) * (1 + 1e-7)
  let sum = 0
  for (let k = 0; k <= trials; k++) {
    const each = mass(k)
    if (each <= observed) sum += each
  }
  return Math.min(1, sum)
}

/**
 * McNemar's exact test of two models on the same rows (McNemar 1947): whether the rows that only one of them has right are shared out between them by the toss of a coin.
 *
 * @param onlyFirst rows that the first has right and the second wrong.
 * @param onlySecond the other way round.
 */
export function mcnemarTest(onlyFirst: number, onlySecond: number): number {
  return binomialTest(onlyFirst, onlyFirst + onlySecond, 0.5)
}

/**
 * Wilson's score interval of a share (Wilson 1927), 95 %. Unlike a bootstrap's it does not shrink to a point where every row was right, or none.
 *
 * @example wilsonInterval(0, 10) // [0, 0.278]
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  if (trials === 0) return [Number.NaN, Number.NaN]
  // The 97.5 % point of the normal distribution.
  const z = 1.959963984540054
  const share = successes / trials
  const centre = (share + z ** 2 / (2 * trials)) / (1 + z ** 2 / trials)
  const half = (z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2))) / (1 + z ** 2 / trials)
  return [successes === 0 ? 0 : centre - half, successes === trials ? 1 : centre + half]
}

/** log(0!) … log(n!), summed with as little rounding as doubles allow. */
function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1)
  for (let k = 2; k <= n; k++) logs[k] = (logs[k - 1] as number) + Math.log(k)
  return logs
}
