import type { Judgement } from './judgements.ts'
import { type GoldItem, scales } from './settings.ts'

/** How well a rater reads, by items whose verdict is known. */
export type Attention = {
  rater: string
  nickname: string | null
  judged: number
  gold: { right: number; of: number }
  /** Middle time from the end of the answers to the verdict, in seconds; null where no browser said it. */
  seconds: number | null
  /** Their votes do not count: they missed half of the gold items or more, of three at least. */
  leftOut: boolean
}

const fewest = 3
const least = 0.5

/** Everybody who judged something, those who read worst first. */
export function attentionOf(gold: readonly GoldItem[], judgements: readonly Judgement[]): Attention[] {
  const byRater = Map.groupBy(judgements, ({ rater }) => rater.id)
  return [...byRater]
    .map(([rater, own]) => {
      const known = own.filter(({ task }) => task.gold)
      const right = known.filter((judgement) => isRight(gold, judgement)).length
      const seconds = own.flatMap(({ vote }) => vote.seconds ?? []).sort((a, b) => a - b)
      return {
        rater,
        nickname: own[0]?.rater.nickname ?? null,
        judged: own.length,
        gold: { right, of: known.length },
        seconds: seconds[Math.floor(seconds.length / 2)] ?? null,
        leftOut: known.length >= fewest && right / known.length <= least,
      }
    })
    .sort((a, b) => share(a) - share(b))
}

const share = ({ gold: { right, of } }: Attention): number => (of === 0 ? 1 : right / of)

/** Whether a gold item was judged as it is: the good answer chosen, or all marks within their bands. */
function isRight(gold: readonly GoldItem[], { task, vote }: Judgement): boolean {
  const item = gold[Number(task.prompt?.replace('gold:', ''))]
  if (!item) return false
  if ('good' in item) return vote.verdict !== undefined && chosen(task.models, vote.verdict) === 'good'
  return scales.every((scale) => {
    const [low, high] = item.marks[scale] ?? [1, 5]
    const mark = vote.scales?.[scale] ?? 0
    return mark >= low && mark <= high
  })
}

/** The model whose answer was chosen; a tie chooses none. */
const chosen = (models: { left: string; right?: string }, verdict: string): string | undefined =>
  verdict === 'left' ? models.left : verdict === 'right' ? models.right : undefined
