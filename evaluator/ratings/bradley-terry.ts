import { EndonymError } from '../../core/error.ts'
import { solve } from './symmetric.ts'

/**
 * How ties count.
 *
 * `davidson` (Davidson 1970; Newman 2023 has the same model): a tie is an outcome of its own, whose odds are ν against the geometric mean of the two wins. Strengths are then the log-odds of those verdicts that
 * decide, however many ties there are, and whichever pairs were shown: what assignment needs that shows close pairs more often.
 * `half`: a tie is half a win for each, as LMArena and evalica count. Strengths shrink with the share of ties, and more for pairs that tie more, so what is estimated depends on which pairs were shown.
 */
export type Ties = 'davidson' | 'half'

/** What was compared: each cell is two models with their covariates, and votes that share these are counted together. */
export type Design = {
  models: number
  /** What may speak for an answer beside its model: `position`, `length`. */
  covariates: readonly string[]
  /** Of each cell, the models on the left and on the right. */
  left: Int32Array
  right: Int32Array
  /** Cells × covariates: how much of each is on the left side. */
  values: Float64Array
}

/** Parameters of a fit: strengths (natural log-odds, mean zero), the covariates' coefficients, log ν. */
export type Parameters = Float64Array

export type Likelihood = {
  /** Standard deviation of the prior. */
  spread: number
  size: number
  /**
   * The parameters that are likeliest, by Newton's method.
   *
   * @param counts cells × outcomes (left wins, right wins, ties).
   * @param start where to begin; `centre` the prior's means, which are zeros.
   * @throws EndonymError `ratings_unbounded` without a prior, where the likeliest parameters are infinite: a model that never lost, models that never met (Ford 1957).
   */
  fit(counts: Float64Array, options?: { start?: Parameters; centre?: Float64Array }): Parameters
  /** Fisher's information, size × size, prior included. Of an exponential family it asks how many votes each cell has (any outcome) and not what they said. */
  information(parameters: Parameters, counts: Float64Array): Float64Array
}

/**
 * The prior's standard deviation where nothing else is said: 1.5 on the scale of log-odds is 261 Elo points. What can be said of a model that has won all of its votes is then finite. It moves a hundred votes a model by two
 * hundredths inwards, which is about what maximum likelihood is too far out with so few: simulated sessions of 300 votes come out 1.00 times as spread as they are, and 1.03 times with a prior twice as wide.
 */
export const weakPrior = 1.5

/**
 * The likelihood of Bradley and Terry's model (1952) with ties: left wins : right wins : ties = e^(d/2) : e^(−d/2) : ν, where d is the difference of the two strengths, and covariates × coefficients.
 *
 * Half wins are the same likelihood with ν = 0 in the probabilities, because a tie's share in the sums is d/2 − d/2 in both.
 *
 * @param spread of a normal prior on every parameter; `Infinity` for plain maximum likelihood.
 */
export function createLikelihood(
  { models, covariates, left, right, values }: Design,
  { ties = 'davidson', spread = weakPrior }: { ties?: Ties; spread?: number } = {},
): Likelihood {
  const extra = covariates.length
  const size = models + extra + 1
  const precision = spread === Number.POSITIVE_INFINITY ? 0 : 1 / spread ** 2
  const gradient = new Float64Array(size)
  const information = new Float64Array(size * size)
  // A cell reaches the strengths of its two models, with slopes 1 and −1, and the coefficients of its covariates.
  const reach = 2 + extra
  const places = Int32Array.from({ length: reach }, (_, i) => models - 2 + i)
  const slopes = Float64Array.from({ length: reach }, (_, i) => (i === 0 ? 1 : -1))

  const last = size - 1

  /** The logarithm of the likelihood and prior; fills `gradient` and `information`. */
  function evaluate(parameters: Parameters, counts: Float64Array, centre?: Float64Array): number {
    return startWithPrior(parameters, centre) + addVotes(parameters, counts)
  }

  function startWithPrior(parameters: Parameters, centre?: Float64Array): number {
    let sum = 0
    information.fill(0)
    for (let i = 0; i < size; i++) {
      const distance = (parameters[i] as number) - (centre?.[i] ?? 0)
      sum -= (precision * distance ** 2) / 2
      gradient[i] = -precision * distance
      information[i * size + i] = precision
    }
    // Only differences of strengths are told by votes: their mean is held at zero.
    for (let i = 0; i < models; i++) {
      for (let j = 0; j < models; j++) information[i * size + j] = (information[i * size + j] as number) + 1
    }
    if (ties === 'half') information[last * size + last] = 1
    return sum
  }

  function addVotes(parameters: Parameters, counts: Float64Array): number {
    let sum = 0
    const logNu = parameters[last] as number
    const nu = ties === 'half' ? 0 : Math.exp(logNu)
    for (let cell = 0; cell < left.length; cell++) {
      const wins = counts[3 * cell] as number
      const losses = counts[3 * cell + 1] as number
      const tied = counts[3 * cell + 2] as number
      const votes = wins + losses + tied
      if (votes === 0) continue
      places[0] = left[cell] as number
      places[1] = right[cell] as number
      let d = (parameters[places[0]] as number) - (parameters[places[1]] as number)
      for (let i = 0; i < extra; i++) {
        const value = values[cell * extra + i] as number
        slopes[2 + i] = value
        d += value * (parameters[models + i] as number)
      }
      const up = Math.exp(d / 2)
      const down = 1 / up
      const whole = up + down + nu
      const lead = (up - down) / whole / 2
      const ofTie = nu / whole
      sum += ((wins - losses) * d) / 2 - votes * Math.log(whole)
      const score = (wins - losses) / 2 - votes * lead
      const curvature = votes * ((1 - ofTie) / 4 - lead ** 2)
      const cross = -votes * ofTie * lead
      for (let a = 0; a < reach; a++) {
        const at = places[a] as number
        const slope = slopes[a] as number
        gradient[at] = (gradient[at] as number) + slope * score
        for (let b = 0; b < reach; b++) {
          const place = at * size + (places[b] as number)
          information[place] = (information[place] as number) + slope * (slopes[b] as number) * curvature
        }
        information[last * size + at] = (information[last * size + at] as number) + slope * cross
      }
      if (nu > 0) {
        sum += tied * logNu
        gradient[last] = (gradient[last] as number) + tied - votes * ofTie
        information[last * size + last] = (information[last * size + last] as number) + votes * ofTie * (1 - ofTie)
      }
    }
    return sum
  }

  return {
    spread,
    size,
    fit: (counts, { start, centre } = {}) => {
      let parameters = start ?? new Float64Array(size)
      let value = evaluate(parameters, counts, centre)
      for (let round = 0; round < 50 && solve(information, gradient); round++) {
        const step = gradient.slice()
        let next = moved(parameters, step, 1)
        // Convergence is quadratic: what is left after so small a step is its square.
        if (step.every((each) => Math.abs(each) < 1e-4)) return next
        let after = evaluate(next, counts, centre)
        // Newton's step may overshoot where the start is far away; the likelihood is concave, so a shorter one does not.
        for (let share = 0.5; after < value - 1e-9 * Math.abs(value) && share > 1e-6; share /= 2) {
          next = moved(parameters, step, share)
          after = evaluate(next, counts, centre)
        }
        parameters = next
        value = after
      }
      throw new EndonymError(
        'ratings_unbounded',
        'These votes give no finite ratings: a model won or lost every time, or some models were never compared with the others. Collect more votes, or rate with a prior.',
      )
    },
    information: (parameters, counts) => {
      evaluate(parameters, counts)
      const whole = information.slice()
      for (let i = 0; i < size; i++) whole[i * size + size - 1] = whole[(size - 1) * size + i] as number
      return whole
    },
  }
}

function moved(from: Float64Array, step: Float64Array, share: number): Float64Array {
  return from.map((value, i) => value + share * (step[i] as number))
}

/** Elo points of one unit of natural log-odds: ten times the odds are 400 points. */
export const eloPerUnit = 400 / Math.LN10

/** A strength on the scale that people know from chess; the mean of the models is 1000. */
export const toElo = (strength: number): number => 1000 + eloPerUnit * strength
