import { sum } from '../../core/sum.ts'
import type { Code } from './agreement.ts'
import { type Share, shareOf } from './win-matrix.ts'

/** What a disagreement weighs, by how many categories lie between: all the same, the number, its square. */
export type Weights = 'none' | 'linear' | 'quadratic'

/**
 * Cohen's kappa of two raters (1960), or weighted (1968): one minus the disagreement seen over the one that chance would make of how often each says what.
 *
 * @param pairs what the first and the second said of the same thing.
 * @param categories in their order, which weights need; those that were used, in order of number or alphabet, where they are left out.
 * @returns NaN where there is no pair, or both always said the same one thing.
 * @example cohenKappa([['yes', 'yes'], ['yes', 'no'], ['no', 'no']])
 */
export function cohenKappa(
  pairs: readonly (readonly [Code, Code])[],
  { weights = 'none', categories = categoriesOf(pairs) }: { weights?: Weights; categories?: readonly Code[] } = {},
): number {
  const places = pairs.map(([first, second]) => [categories.indexOf(first), categories.indexOf(second)] as const)
  const weigh = (a: number, b: number): number => {
    if (weights === 'none') return a === b ? 0 : 1
    return weights === 'linear' ? Math.abs(a - b) : (a - b) ** 2
  }
  const share = (side: 0 | 1, category: number) => places.filter((place) => place[side] === category).length
  const firsts = categories.map((_, category) => share(0, category))
  const seconds = categories.map((_, category) => share(1, category))
  const observed = sum(places.map(([a, b]) => weigh(a, b)))
  const expected = firsts.flatMap((first, a) => seconds.map((second, b) => first * second * weigh(a, b)))
  const chance = sum(expected) / pairs.length
  return chance === 0 ? Number.NaN : 1 - observed / chance
}

/** How often raters who were given the same again said the same: the share, and kappa against chance. */
export function selfAgreement(repeats: readonly (readonly [Code, Code])[]): Share & { kappa: number } {
  const same = repeats.filter(([first, again]) => first === again).length
  return { ...shareOf(same, repeats.length), kappa: cohenKappa(repeats) }
}

function categoriesOf(pairs: readonly (readonly [Code, Code])[]): Code[] {
  return [...new Set(pairs.flat())].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1))
}
