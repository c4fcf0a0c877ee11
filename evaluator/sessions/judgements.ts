import type { Store } from '../../data/database.ts'
import type { Rater } from './raters.ts'
import { type Task, taskOf } from './tasks.ts'
import { readVote, type Vote } from './votes.ts'

/** A task, what was said of it, and who said so. */
export type Judgement = {
  task: Task
  vote: Vote
  rater: Pick<Rater, 'id' | 'nickname' | 'proficiency' | 'dialect' | 'ageBand' | 'channel'>
  /** By our clock. */
  receivedAt: string
}

/** All that was judged in a session, in the order in which it came. */
export async function readJudgements(store: Store, session: string): Promise<Judgement[]> {
  const tasks = await store
    .selectFrom('tasks')
    .selectAll()
    .where('session', '=', session)
    .where('status', '=', 'judged')
    .execute()
  const raters = await store.selectFrom('raters').selectAll().where('session', '=', session).execute()
  const votes = await store
    .selectFrom('votes')
    .selectAll()
    .where('session', '=', session)
    .orderBy('received_at')
    .execute()
  const [taskById, raterById] = [
    new Map(tasks.map((row) => [row.id, row])),
    new Map(raters.map((row) => [row.id, row])),
  ]
  return votes.flatMap((row) => {
    const [task, rater] = [taskById.get(row.task), raterById.get(row.rater)]
    if (!task || !rater) return []
    const { id, nickname, proficiency, dialect, age_band: ageBand, channel } = rater
    return {
      task: taskOf(task),
      vote: readVote(row),
      rater: { id, nickname, proficiency, dialect, ageBand, channel },
      receivedAt: row.received_at,
    }
  })
}
