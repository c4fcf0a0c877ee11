import { createLikelihood, eloPerUnit, type Parameters } from '../bradley-terry.ts'
import { invert } from '../symmetric.ts'
import type { Book } from './book.ts'

/**
 * How much one more vote of each pair is worth to the ranking.
 *
 * Two models are told apart where 1.96 standard errors of their difference are less than it, and known well enough where the interval is no wider than `width`: the standard error that is wanted is the larger of the two. The ranking's
 * want is the sum over all pairs of (variance / wanted variance)⁴, which looks to the worst and leaves alone what is decided. A vote of one pair changes every variance, by the rank-one update of the inverse
 * of Fisher's information (Sherman and Morrison 1950): by i·(c'Vx)² / (1 + i·x'Vx), with i the information of one vote, which is less the further apart the two are. Its worth is the want's derivative in that direction.
 */
export function createPairValue(models: number, width: number): (book: Book, values: Float64Array) => void {
  const pairs = Array.from({ length: models }, (_, i) => i).flatMap((i) =>
    Array.from({ length: models - i - 1 }, (_, k) => [i, i + 1 + k] as const),
  )
  const likelihood = createLikelihood({
    models,
    covariates: [],
    left: Int32Array.from(pairs, ([one]) => one),
    right: Int32Array.from(pairs, ([, other]) => other),
    values: new Float64Array(0),
  })
  const narrow = (width / eloPerUnit / (2 * z)) ** 2
  const wants = new Float64Array(pairs.length)
  let parameters: Parameters = new Float64Array(likelihood.size)
  let fitted = -1

  return (book, values) => {
    if (fitted !== book.votes()) {
      parameters = likelihood.fit(book.outcomes, { start: parameters })
      fitted = book.votes()
    }
    const { size } = likelihood
    const variance = invert(likelihood.information(parameters, withPending(book)), size)
    if (!variance) throw new Error('The information of a prior is positive definite.')
    const at = (row: number, column: number) => variance[row * size + column] as number
    const varianceOf = (one: number, other: number) => at(one, one) + at(other, other) - 2 * at(one, other)
    pairs.forEach(([one, other], pair) => {
      const difference = (parameters[one] as number) - (parameters[other] as number)
      const wanted = Math.max(narrow, (difference / z) ** 2)
      wants[pair] = (varianceOf(one, other) / wanted) ** 3 / wanted
    })
    const nu = Math.exp(parameters[size - 1] as number)
    pairs.forEach(([one, other], pair) => {
      let change = 0
      pairs.forEach(([a, b], i) => {
        change += (wants[i] as number) * (at(a, one) - at(a, other) - at(b, one) + at(b, other)) ** 2
      })
      const information = informationOf((parameters[one] as number) - (parameters[other] as number), nu)
      values[pair] = (information * change) / (1 + information * varianceOf(one, other))
    })
  }
}

const z = 1.959963984540054

/** What one vote tells about the difference of two strengths, ν known. */
function informationOf(difference: number, nu: number): number {
  const [up, down] = [Math.exp(difference / 2), Math.exp(-difference / 2)]
  const whole = up + down + nu
  return (up + down) / whole / 4 - ((up - down) / whole / 2) ** 2
}

/** Votes with what is handed out: to the information it is the same. */
function withPending({ outcomes, pending }: Book): Float64Array {
  return outcomes.map((votes, place) => votes + (place % 3 === 0 ? (pending[place / 3] as number) : 0))
}
