import { createQuickRandom } from '../../core/quick-random.ts'
import type { Random } from '../../core/random.ts'
import { createAssigner } from '../../evaluator/ratings/assign.ts'
import { createLikelihood } from '../../evaluator/ratings/bradley-terry.ts'
import type { Vote } from '../../evaluator/ratings/vote.ts'

/** People and models whose strengths are known. Everything is in natural log-odds. */
export type World = {
  strengths: readonly number[]
  raters: number
  /** Standard deviation of each rater's own liking for each model, and of their liking for the left. */
  taste: number
  /** What the left is liked for. */
  position: number
  /** How ties arise: `davidson`, as the fit takes it, or `threshold`: who cannot feel a difference says so (Rao and Kupper 1967), which it does not. */
  ties: 'davidson' | 'threshold'
  /** Davidson's ν, or the logarithm of Rao and Kupper's θ. */
  tieSize: number
}

export const modelsOf = ({ strengths }: World): string[] => strengths.map((_, i) => `model ${i + 1}`)

/** Probabilities of left, right and tie where the left is stronger by d. */
function probabilities({ ties, tieSize }: World, d: number): [left: number, right: number, tie: number] {
  if (ties === 'davidson') {
    const [up, down] = [Math.exp(d / 2), Math.exp(-d / 2)]
    const whole = up + down + tieSize
    return [up / whole, down / whole, tieSize / whole]
  }
  const left = 1 / (1 + Math.exp(tieSize - d))
  const right = 1 / (1 + Math.exp(tieSize + d))
  return [left, right, 1 - left - right]
}

/**
 * What a session with endless raters and votes, all pairs alike, would find: the fit to probabilities that are averaged over raters. It is a little closer to zero than the strengths of the mean rater, because people differ.
 *
 * @param covariates whether position is held equal.
 */
export function truth(world: World, covariates: readonly 'position'[] = []): Float64Array {
  const models = world.strengths.length
  const pairs = world.strengths.flatMap((_, i) => world.strengths.flatMap((_, j) => (i === j ? [] : [[i, j] as const])))
  const likelihood = createLikelihood(
    {
      models,
      covariates,
      left: Int32Array.from(pairs, ([i]) => i),
      right: Int32Array.from(pairs, ([, j]) => j),
      values: new Float64Array(pairs.length * covariates.length).fill(1),
    },
    { spread: Number.POSITIVE_INFINITY },
  )
  const counts = pairs.flatMap(([i, j]) => {
    const d = (world.strengths[i] as number) - (world.strengths[j] as number) + world.position
    return averaged(world, d).map((share) => 1e6 * share)
  })
  return likelihood.fit(Float64Array.from(counts)).subarray(0, models)
}

/** Over raters, whose difference is normal around the mean rater's: two models' tastes and one for the left. */
function averaged(world: World, d: number): number[] {
  const spread = world.taste * Math.sqrt(3)
  const points = Array.from({ length: 161 }, (_, i) => (i - 80) / 16)
  const weights = points.map((x) => Math.exp(-(x ** 2) / 2))
  const whole = weights.reduce((sum, each) => sum + each, 0)
  return [0, 1, 2].map((outcome) =>
    points.reduce((sum, x, i) => {
      const each = probabilities(world, d + spread * x)[outcome] as number
      return sum + ((weights[i] as number) / whole) * each
    }, 0),
  )
}

/**
 * The votes of a session, one after the other without end. Raters come at random, ten at a time have something to judge.
 *
 * @param assignment `random`: any pair, prompt and order; `active`: as sessions assign.
 */
export function* session(world: World, assignment: 'random' | 'active', random: Random): Generator<Vote, void> {
  const models = modelsOf(world)
  const prompts = Array.from({ length: 200 }, (_, i) => `prompt ${i + 1}`)
  const chance = createQuickRandom(random.fork('people'))
  const tastes = Array.from({ length: world.raters }, () => models.map(() => world.taste * chance.normal()))
  const leanings = Array.from({ length: world.raters }, () => world.position + world.taste * chance.normal())
  const assigner = createAssigner({
    models,
    prompts,
    random: { ...random, ...createQuickRandom(random.fork('assigner')) },
  })
  const next = (rater: number) => {
    if (assignment === 'active') return assigner.next(String(rater))
    const left = chance.int(models.length)
    const right = (left + 1 + chance.int(models.length - 1)) % models.length
    return {
      rater: String(rater),
      prompt: prompts[chance.int(prompts.length)] as string,
      left: models[left] as string,
      right: models[right] as string,
    }
  }
  const open = []
  for (;;) {
    const given = next(chance.int(world.raters))
    if (given) open.push(given)
    if (open.length < 10) continue
    const judged = open.shift()
    if (!judged) return
    const rater = Number(judged.rater)
    const liking = (model: string) => {
      const place = models.indexOf(model)
      return (world.strengths[place] as number) + ((tastes[rater] as number[])[place] as number)
    }
    const d = liking(judged.left) - liking(judged.right) + (leanings[rater] as number)
    const [left, right] = probabilities(world, d)
    const drawn = chance.next()
    const verdict =
      drawn < left ? 'left' : drawn < left + right ? 'right' : chance.next() < 0.5 ? 'both_good' : 'both_bad'
    const vote: Vote = { ...judged, prompt: judged.prompt ?? '', verdict }
    if (assignment === 'active') assigner.judge(vote)
    yield vote
  }
}

/** Strengths of models as sessions may have them: normal around zero. */
export function drawStrengths(models: number, spread: number, random: Random): number[] {
  const { normal } = createQuickRandom(random)
  return Array.from({ length: models }, () => spread * normal())
}
