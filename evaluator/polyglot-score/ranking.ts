import type { Change } from './recovery.ts'

/** How one teacher's data stands: by itself (z), by what its student gained over the base, and by the Polyglot Score where a reference allows one. */
export type Contestant = { z?: number | undefined; change?: Change | undefined; pg?: number | undefined }

export type Ranking = {
  /** What the order rests on: the Polyglot Score; the change, and z among those that it does not tell apart; or z alone. */
  by: 'polyglot score' | 'change' | 'z'
  /** Places of the contestants, the best first. */
  order: number[]
  /** Those whose students the held-out rows do not tell from the best one's: to prefer one of them for its score alone is to follow noise. */
  leaders: number[]
}

/**
 * Orders contestants.
 *
 * Without a Polyglot Score the change comes first: those whose students are not clearly worse than the one with the highest change are taken as one group, in the order of z; the others follow by their change.
 *
 * @param differenceOf what the second's student scores more than the first's; undefined where one has none.
 */
export function rank(
  contestants: readonly Contestant[],
  differenceOf: (from: number, to: number) => Change | undefined,
): Ranking {
  const places = [...contestants.keys()]
  const value = (key: 'z' | 'pg', place: number) => contestants[place]?.[key] ?? Number.NEGATIVE_INFINITY
  const change = (place: number) => contestants[place]?.change?.value ?? Number.NEGATIVE_INFINITY
  const like = (best: number) =>
    places.filter(
      (place) => place === best || (differenceOf(best, place)?.interval[1] ?? Number.NEGATIVE_INFINITY) >= 0,
    )
  if (contestants.some(({ pg }) => pg !== undefined)) {
    const order = places.sort((a, b) => compare(value('pg', a), value('pg', b)) || compare(change(a), change(b)))
    return { by: 'polyglot score', order, leaders: order.length > 0 ? like(order[0] as number) : [] }
  }
  if (contestants.some((contestant) => contestant.change !== undefined)) {
    const byChange = [...places].sort((a, b) => compare(change(a), change(b)))
    const leaders = like(byChange[0] as number).sort(
      (a, b) => compare(value('z', a), value('z', b)) || compare(change(a), change(b)),
    )
    return { by: 'change', order: [...leaders, ...byChange.filter((place) => !leaders.includes(place))], leaders }
  }
  const order = places.sort((a, b) => compare(value('z', a), value('z', b)))
  return { by: 'z', order, leaders: [] }
}

/** The higher first. */
const compare = (a: number, b: number) => (a === b ? 0 : b - a)
