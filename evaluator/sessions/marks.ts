import type { Random } from '../../core/random.ts'
import { bootstrap, type Estimate, ratio } from '../metrics/bootstrap.ts'
import { type FlaggedAnswer, flagRate, type Share } from '../ratings/win-matrix.ts'
import type { Judgement } from './judgements.ts'
import { type Flag, flags, type Scale, scales } from './settings.ts'

/** What raters think of a model's answers by themselves. */
export type MarkedModel = {
  model: string
  answers: number
  /** Means of 1 to 5; 95 % intervals by bootstrap over raters, whose marks hang together. */
  marks: Record<Scale, Estimate>
  flags: Record<Flag, Share>
}

/** The best first, by the mean of all marks. @param judgements those that have marks */
export function markedModels(judgements: readonly Judgement[], random: Random): MarkedModel[] {
  const byModel = Map.groupBy(judgements, ({ task }) => task.models.left)
  return [...byModel]
    .map(([model, own]) => {
      const mark = (scale: Scale) => meanMark(own, scale, random.fork(`${model} ${scale}`))
      const answers: FlaggedAnswer[] = own.map(({ vote }) => ({ model, flags: vote.flags.left }))
      return {
        model,
        answers: own.length,
        marks: Object.fromEntries(scales.map((scale) => [scale, mark(scale)])) as MarkedModel['marks'],
        flags: Object.fromEntries(flags.map((flag) => [flag, flagRate(answers, flag)[model]])) as MarkedModel['flags'],
      }
    })
    .sort((a, b) => overall(b) - overall(a))
}

function meanMark(judgements: readonly Judgement[], scale: Scale, random: Random): Estimate {
  const byRater = Map.groupBy(judgements, ({ rater }) => rater.id)
  const units = [...byRater.values()].map((own) => [
    own.reduce((sum, { vote }) => sum + (vote.scales?.[scale] ?? 0), 0),
    own.length,
  ])
  return bootstrap({ units, statistic: ratio, random })
}

const overall = ({ marks }: MarkedModel): number => scales.reduce((sum, scale) => sum + marks[scale].value, 0)
