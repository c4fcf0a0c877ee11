import { sum } from '../../core/sum.ts'
import type { Interval } from '../metrics/bootstrap.ts'
import { wilsonInterval } from '../metrics/exact.ts'
import type { Vote } from './vote.ts'

/** Who met whom and what came of it, models × models: the row's model against the column's. */
export type WinMatrix = {
  models: readonly string[]
  wins: number[][]
  bothGood: number[][]
  bothBad: number[][]
  /** Votes of the pair, whatever they said. */
  votes: number[][]
  /** How often the row's model was on the left. */
  onLeft: number[][]
}

/** A share with its 95 % interval by Wilson, which takes every answer for somebody else's word; NaN of none. */
export type Share = { count: number; of: number; share: number; interval: Interval }

export const shareOf = (count: number, of: number): Share => ({
  count,
  of,
  share: count / of,
  interval: wilsonInterval(count, of),
})

/** Counts votes by pair. Votes about models that are not among these are left out. */
export function winMatrix(votes: readonly Vote[], models: readonly string[]): WinMatrix {
  const places = new Map(models.map((model, place) => [model, place]))
  const zeros = () => models.map(() => models.map(() => 0))
  const matrix = { models, wins: zeros(), bothGood: zeros(), bothBad: zeros(), votes: zeros(), onLeft: zeros() }
  const add = (counts: number[][], row: number, column: number) => {
    const values = counts[row] as number[]
    values[column] = (values[column] as number) + 1
  }
  for (const { left, right, verdict } of votes) {
    const [one, other] = [places.get(left), places.get(right)]
    if (one === undefined || other === undefined) continue
    add(matrix.onLeft, one, other)
    if (verdict === 'left') add(matrix.wins, one, other)
    if (verdict === 'right') add(matrix.wins, other, one)
    for (const [row, column] of [
      [one, other],
      [other, one],
    ] as const) {
      add(matrix.votes, row, column)
      if (verdict === 'both_good') add(matrix.bothGood, row, column)
      if (verdict === 'both_bad') add(matrix.bothBad, row, column)
    }
  }
  return matrix
}

/** What the votes of one model come to. */
export type Tally = {
  votes: number
  wins: number
  losses: number
  bothGood: number
  /** Of its votes, those that found both answers bad. */
  bothBad: Share
  /** The mean over its opponents of wins and half of the ties; NaN where it had none. */
  winRate: number
}

export function tallyOf(matrix: WinMatrix, place: number): Tally {
  const row = (counts: number[][]) => counts[place] as number[]
  const [votes, wins, bothGood] = [row(matrix.votes), row(matrix.wins), row(matrix.bothGood)]
  const bothBad = row(matrix.bothBad)
  const rates = votes.flatMap((of, i) =>
    of === 0 ? [] : [((wins[i] as number) + ((bothGood[i] as number) + (bothBad[i] as number)) / 2) / of],
  )
  return {
    votes: sum(votes),
    wins: sum(wins),
    losses: sum(matrix.wins.map((values) => values[place] as number)),
    bothGood: sum(bothGood),
    bothBad: shareOf(sum(bothBad), sum(votes)),
    winRate: sum(rates) / rates.length,
  }
}

/** An answer that a rater saw, with the words that they had for it: `wrong_language`, … */
export type FlaggedAnswer = { model: string; flags: readonly string[] }

/** Of each model's answers, how many a flag was put on. An answer that was shown to two raters counts as two. */
export function flagRate(answers: readonly FlaggedAnswer[], flag: string): Record<string, Share> {
  const byModel = Map.groupBy(answers, ({ model }) => model)
  return Object.fromEntries(
    [...byModel].map(([model, own]) => [
      model,
      shareOf(own.filter(({ flags }) => flags.includes(flag)).length, own.length),
    ]),
  )
}
