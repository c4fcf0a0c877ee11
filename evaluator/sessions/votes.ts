import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { sha256 } from '../../core/hash.ts'
import type { Store } from '../../data/database.ts'
import type { VoteRow } from '../../data/schema.ts'
import { flags, scales, verdicts } from './settings.ts'
import type { Task } from './tasks.ts'

const said = (most: number) => z.string().trim().max(most).optional()
const mark = z.int().min(1).max(5)
const flagged = z.array(z.enum(flags)).max(flags.length)

/** What a rater says of a task. */
export const voteBody = z.object({
  /** Of a battle. */
  verdict: z.enum(verdicts).optional(),
  /** Of a single answer. */
  scales: z.object({ fluency: mark, helpfulness: mark, correctness: mark }).optional(),
  flags: z.object({ left: flagged.default([]), right: flagged.default([]) }).default({ left: [], right: [] }),
  comment: said(4000),
  /** What the rater would have answered in place of each. */
  corrections: z.object({ left: said(20_000), right: said(20_000) }).default({}),
  /** Those that came with the ends of the last answers. */
  receipts: z.object({ left: z.string().max(64), right: z.string().max(64).nullable().default(null) }),
  /** From the end of the answers to the verdict. */
  seconds: z.number().min(0).max(1e6).optional(),
  /** By the rater's clock, which may be wrong. */
  judgedAt: z.iso.datetime({ offset: true }),
})
export type VoteBody = z.input<typeof voteBody>

/** What was said of a task, as it is kept. */
export type Vote = Omit<z.output<typeof voteBody>, 'receipts'>

export type Votes = {
  /**
   * Keeps a rater's vote on a task, once: the same again changes nothing.
   *
   * @returns whether it is `new` or was known
   * @throws EndonymError `vote_invalid`, `not_seen`, `vote_differs`, `task_passed`
   */
  cast(task: Task, body: z.output<typeof voteBody>): Promise<'new' | 'known'>
}

/** Votes on table `votes`. A vote is committed before it is answered for, so that no end of this process loses one. */
export function createVotes(store: Store): Votes {
  return {
    cast: async (task, { receipts, ...vote }) => {
      check(task, vote)
      const last = task.turns.at(-1)
      if (!last || receipts.left !== last.receipts.left || receipts.right !== last.receipts.right) {
        throw new EndonymError('not_seen', 'A vote counts only for answers that were seen to their ends.')
      }
      return store.transaction().execute(async (store) => {
        const known = await store.selectFrom('votes').selectAll().where('task', '=', task.id).executeTakeFirst()
        if (known) {
          if (sha256(readVote(known)) === sha256(normal(vote))) return 'known'
          throw new EndonymError('vote_differs', 'This was judged before, in another way. The first verdict holds.')
        }
        const moved = await store
          .updateTable('tasks')
          .set({ status: 'judged' })
          .where('id', '=', task.id)
          .where('status', '=', 'open')
          .executeTakeFirst()
        if (moved.numUpdatedRows === 0n)
          throw new EndonymError('task_passed', 'This was passed over, and is not judged any more.')
        await store.insertInto('votes').values(rowOf(task, vote)).execute()
        return 'new'
      })
    },
  }
}

/** A battle wants a verdict, a single answer its marks. */
function check({ kind }: Task, { verdict, scales: marks, flags, corrections }: Vote): void {
  const battle = kind === 'battle'
  const fits = battle ? verdict !== undefined && !marks : marks !== undefined && verdict === undefined
  const oneSided = battle || (flags.right.length === 0 && corrections.right === undefined)
  if (fits && oneSided) return
  throw new EndonymError(
    'vote_invalid',
    battle
      ? `Two answers are judged by "verdict": ${verdicts.join(', ')}.`
      : `One answer is judged by "scales": ${scales.join(', ')}, each from 1 to 5; it is on the left.`,
  )
}

function rowOf(task: Task, vote: Vote): VoteRow {
  const { verdict, scales, flags, comment, corrections, seconds, judgedAt } = normal(vote)
  return {
    task: task.id,
    session: task.session,
    rater: task.rater,
    verdict: verdict ?? null,
    scales_json: scales ? JSON.stringify(scales) : null,
    flags_json: JSON.stringify(flags),
    comment: comment ?? null,
    corrections_json: JSON.stringify(corrections),
    seconds: seconds ?? null,
    judged_at: judgedAt,
    received_at: new Date().toISOString(),
  }
}

/** A vote from its row. */
export function readVote(row: VoteRow): Vote {
  return normal({
    verdict: row.verdict ?? undefined,
    scales: row.scales_json === null ? undefined : JSON.parse(row.scales_json),
    flags: JSON.parse(row.flags_json),
    comment: row.comment ?? undefined,
    corrections: JSON.parse(row.corrections_json),
    seconds: row.seconds ?? undefined,
    judgedAt: row.judged_at,
  } as Vote)
}

/** Without what says nothing, so that equal votes are equal as texts. */
function normal({ verdict, scales, flags, comment, corrections, seconds, judgedAt }: Vote): Vote {
  return {
    ...(verdict !== undefined && { verdict }),
    ...(scales && { scales }),
    flags: { left: [...new Set(flags.left)].sort(), right: [...new Set(flags.right)].sort() },
    ...(comment && { comment }),
    corrections: {
      ...(corrections.left && { left: corrections.left }),
      ...(corrections.right && { right: corrections.right }),
    },
    ...(seconds !== undefined && { seconds }),
    judgedAt,
  }
}
