import { sum } from '../../core/sum.ts'
import type { Interval } from '../metrics/bootstrap.ts'
import { eloPerUnit } from './bradley-terry.ts'
import type { Neighbours } from './ranking.ts'

export type Stop = {
  done: boolean
  /**
   * Why: `decided`: every two neighbours are told apart; `narrow`: those that are not are known to be close; `target`: the votes that were planned have come in; `few`: too few votes to say anything; `open`: neither.
   */
  reason: 'decided' | 'narrow' | 'target' | 'few' | 'open'
  votes: number
  target: number
  /** Elo points. */
  width: number
  /** Neighbours that are neither told apart nor known to within `width`. */
  open: Neighbours[]
  /** About how many more votes it takes, if they go to the pairs that need them; never more than are left to the target. */
  votesToGo: number
}

/** Votes of each model, below which intervals are not trusted to end a session. */
export const fewestVotes = 20

/**
 * Says whether a session has what it wanted: every two neighbours of the ranking are told apart, or the interval of their difference is no wider than `width` Elo points; or the target is reached.
 *
 * It is asked again and again, and each time an interval may miss the truth by chance: a pair that is truly equal is told apart at some time in more than 5 % of sessions. How often, bench/ratings.ts measures.
 *
 * @param votesByModel of each model, how many votes it was in.
 */
export function shouldStop({
  neighbours,
  votesByModel,
  votes,
  target,
  width,
}: {
  neighbours: readonly Neighbours[]
  votesByModel: readonly number[]
  votes: number
  target: number
  width: number
}): Stop {
  const few = Math.min(...votesByModel) < fewestVotes
  const open = neighbours.filter(
    ({ decided, difference }) => few || !(decided || widthOf(difference.interval) <= width),
  )
  const settled = open.length === 0 ? (neighbours.every(({ decided }) => decided) ? 'decided' : 'narrow') : undefined
  const reason = settled ?? (votes >= target ? 'target' : few ? 'few' : 'open')
  const done = reason !== 'few' && reason !== 'open'
  const lacking = sum(votesByModel.map((own) => Math.max(0, fewestVotes - own))) / 2
  const wanted = done ? 0 : Math.max(1, Math.ceil(lacking), Math.ceil(votesFor(open, votes, width)))
  return { done, reason, votes, target, width, open, votesToGo: Math.min(wanted, Math.max(0, target - votes)) }
}

/**
 * Votes until the open pairs are decided or narrow, whichever is sooner if the differences stay what they are. The variance of a difference shrinks as votes grow: with all votes alike, until the worst pair has enough; with votes
 * of the open pairs only, by what one vote tells of two that are close (`eloPerVote`). The smaller of the two estimates holds.
 */
function votesFor(open: readonly Neighbours[], votes: number, width: number): number {
  const needs = open.map(({ difference }) => {
    const variance = widthOf(difference.interval) ** 2
    const wanted = Math.max(width, 2 * difference.value) ** 2
    return { ratio: Math.max(1, variance / wanted), alone: Math.max(0, eloPerVote ** 2 * (1 / wanted - 1 / variance)) }
  })
  const alike = votes * (Math.max(1, ...needs.map(({ ratio }) => ratio)) - 1)
  const aimed = sum(needs.map(({ alone }) => alone))
  return votes === 0 ? aimed : Math.min(alike, aimed)
}

/** The width of the 95 % interval after one vote of two equal models, a quarter of whose votes are ties: 2 · 1.96 / √(0.75 / 4) units of log-odds. */
const eloPerVote = (2 * 1.959963984540054 * eloPerUnit) / Math.sqrt(0.75 / 4)

const widthOf = ([low, high]: Interval): number => high - low
