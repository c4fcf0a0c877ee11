import type { Random } from '../../core/random.ts'
import { createBook } from './assign/book.ts'
import { createPairValue } from './assign/pair-value.ts'
import type { Vote } from './vote.ts'

/** Two answers that a rater is given to compare. */
export type Assignment = {
  rater: string
  /** None where raters ask what they like. */
  prompt?: string
  left: string
  right: string
}

export type Assigner = {
  /** Chooses what a rater is given next, and counts it as handed out; undefined where they have seen every pair on every prompt. */
  next(rater: string): Assignment | undefined
  /** Something that was handed out earlier and is not judged yet: what a server tells after a restart. */
  handOut(assignment: Assignment): void
  /** A vote: of what was handed out, or of a session that was begun before. */
  judge(vote: Vote): void
  /** What was handed out will not be judged; that rater is not given it again. */
  takeBack(assignment: Assignment): void
}

/**
 * Chooses pairs that tell most about the ranking.
 *
 * For each pair: by how much a vote would narrow the differences that are neither decided nor narrow enough (`assign/pair-value.ts`), divided by the root of one more than how often this rater has had the pair, and
 * never the pair that the rater had last while there is another, so that each rater sees many models. What is handed out counts as judged, so that raters who come at once are given different pairs. A share of
 * assignments is random pairs: what chance has made look decided is then never left off for good, without which too many intervals miss the truth (bench/ratings.ts).
 *
 * Of its prompts a pair takes the one that it was shown on least, then the one that was shown least to this rater, then least at all, then the one that decides most often. The order of the two is by turns within each pair,
 * and random where both orders were shown as often.
 *
 * Same seed and same calls, same assignments. Votes about models or prompts that are not in the session are passed over.
 *
 * @param width Elo points to which an interval of a difference is to narrow.
 * @param exploration the share of random pairs.
 * @example createAssigner({ models: ['a', 'b', 'c'], prompts: ['p1', 'p2'], random: createRandom('session 7') }).next('rater 1')
 */
export function createAssigner({
  models,
  prompts,
  random,
  width = 100,
  exploration = 0.2,
}: {
  models: readonly string[]
  prompts: readonly string[]
  random: Random
  width?: number
  exploration?: number
}): Assigner {
  const pairs = models.flatMap((one, i) => models.slice(i + 1).map((other) => [one, other] as const))
  const book = createBook(pairs, prompts)
  const worthOf = createPairValue(models.length, width)
  const values = new Float64Array(pairs.length)

  function rankedPairs(rater: string): number[] {
    const shuffled = random.shuffle([...pairs.keys()])
    if (random.next() < exploration) return shuffled
    worthOf(book, values)
    const last = book.lastOf(rater)
    const worth = (pair: number) =>
      pair === last ? 0 : (values[pair] as number) / Math.sqrt(1 + book.timesOf(rater, pair))
    return shuffled
      .map((pair) => ({ pair, worth: worth(pair) }))
      .sort((a, b) => b.worth - a.worth)
      .map(({ pair }) => pair)
  }

  return {
    next: (rater) => {
      for (const pair of rankedPairs(rater)) {
        const prompt = book.promptFor(rater, pair, random)
        if (prompts.length > 0 && prompt === undefined) continue
        const [one, other] = pairs[pair] as readonly [string, string]
        const lead = book.leadOf(pair)
        const inOrder = lead < 0 || (lead === 0 && random.next() < 0.5)
        const assignment: Assignment = {
          rater,
          ...(prompt === undefined ? {} : { prompt }),
          left: inOrder ? one : other,
          right: inOrder ? other : one,
        }
        book.handOut(assignment)
        return assignment
      }
      return undefined
    },
    handOut: book.handOut,
    judge: book.judge,
    takeBack: book.takeBack,
  }
}
