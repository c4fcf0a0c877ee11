import type { Design } from './bradley-terry.ts'
import { leftWins, outcomeOf, rightWins, tie, type Vote } from './vote.ts'

/**
 * What may speak for an answer beside its model. `position`: it is on the left. `length`: how much longer it is than the other, (left − right) / (left + right) as in LMArena's style control (Li et al. 2024), times
 * three, so that it is one where the left is twice as long; zero where a length is unknown. It is rounded, so that thousands of votes are hundreds of cells.
 */
export type Covariate = 'position' | 'length'

/** Votes as a fit needs them. */
export type Table = {
  models: readonly string[]
  design: Design
  /** Of each vote, its cell and outcome: 3 · cell + outcome. */
  entries: Int32Array
  /** The same by rater. */
  byRater: readonly Int32Array[]
}

/** Sorts votes into cells. Votes about models that are not among these are left out. */
export function tabulate(
  votes: readonly Vote[],
  models: readonly string[],
  covariates: readonly Covariate[] = [],
): Table {
  const places = new Map(models.map((model, place) => [model, place]))
  const cells = new Map<string, { left: number; right: number; values: number[] }>()
  const numbers = new Map<string, number>()
  const entries: number[] = []
  const byRater = new Map<string, number[]>()
  for (const vote of votes) {
    const [left, right] = [places.get(vote.left), places.get(vote.right)]
    if (left === undefined || right === undefined) continue
    // Without covariates it does not matter who stood where.
    const swapped = covariates.length === 0 && left > right
    const cell = {
      left: swapped ? right : left,
      right: swapped ? left : right,
      values: covariates.map((covariate) => amountOf(vote, covariate)),
    }
    const key = [cell.left, cell.right, ...cell.values].join()
    let number = numbers.get(key)
    if (number === undefined) {
      number = numbers.size
      numbers.set(key, number)
      cells.set(key, cell)
    }
    const said = outcomeOf(vote)
    const outcome = !swapped || said === tie ? said : said === leftWins ? rightWins : leftWins
    const entry = 3 * number + outcome
    entries.push(entry)
    const own = byRater.get(vote.rater)
    if (own) own.push(entry)
    else byRater.set(vote.rater, [entry])
  }
  const rows = [...cells.values()]
  return {
    models,
    design: {
      models: models.length,
      covariates,
      left: Int32Array.from(rows, ({ left }) => left),
      right: Int32Array.from(rows, ({ right }) => right),
      values: Float64Array.from(rows.flatMap(({ values }) => values)),
    },
    entries: Int32Array.from(entries),
    byRater: [...byRater.values()].map((own) => Int32Array.from(own)),
  }
}

/** Votes by cell and outcome. */
export function countEntries({ design, entries }: Table): Float64Array {
  const counts = new Float64Array(3 * design.left.length)
  for (const entry of entries) counts[entry] = (counts[entry] as number) + 1
  return counts
}

function amountOf({ leftLength = 0, rightLength = 0 }: Vote, covariate: Covariate): number {
  if (covariate === 'position') return 1
  if (leftLength === 0 || rightLength === 0) return 0
  return Math.round((30 * (leftLength - rightLength)) / (leftLength + rightLength)) / 10
}
