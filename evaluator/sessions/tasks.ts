import crypto from 'node:crypto'
import { EndonymError } from '../../core/error.ts'
import type { Store } from '../../data/database.ts'
import type { TaskRow } from '../../data/schema.ts'
import type { Rater } from './raters.ts'
import { readTurns, type TaskTurn } from './turns.ts'

/** Something to judge, as one rater was given it. */
export type Task = {
  id: string
  session: string
  rater: string
  kind: 'battle' | 'rating'
  /** Number of the session's question, `gold:` with that of a gold item; none where the rater asks. */
  prompt?: string
  gold: boolean
  /** The task that it is given a second time of. */
  repeats?: string
  /** The models on the screen's sides. */
  models: { left: string; right?: string }
  turns: TaskTurn[]
  status: 'open' | 'judged' | 'passed'
  createdAt: string
}

/** What is to be judged next. A gold item and what is repeated have their answers already. */
export type Assignment = Pick<Task, 'kind' | 'gold' | 'models'> & {
  prompt?: string
  repeats?: string
  turns?: readonly TaskTurn[]
}

export type Tasks = {
  /** Gives a rater something to judge. */
  give(rater: Rater, assignment: Assignment): Promise<Task>
  /** What a rater has not judged yet. */
  open(rater: Rater): Promise<Task | undefined>
  /** @throws EndonymError `task_not_found`, also of what is another rater's */
  find(rater: Rater, id: string): Promise<Task>
  /** All that a rater was given, in that order. */
  of(rater: Rater): Promise<Task[]>
  /** Adds what was asked and answered. */
  answered(task: Task, turns: readonly TaskTurn[]): Promise<void>
  /** Passes a task over without a verdict. @throws EndonymError `task_closed` where it was judged */
  pass(task: Task): Promise<void>
}

/** Tasks on table `tasks`. */
export function createTasks(store: Store): Tasks {
  const of = (rater: Rater) => store.selectFrom('tasks').selectAll().where('rater', '=', rater.id)
  return {
    give: async (rater, { kind, gold, models, prompt, repeats, turns = [] }) => {
      const row: TaskRow = {
        id: crypto.randomBytes(12).toString('base64url'),
        session: rater.session,
        rater: rater.id,
        kind,
        prompt: prompt ?? null,
        gold: gold ? 1 : 0,
        repeats: repeats ?? null,
        left_model: models.left,
        right_model: models.right ?? null,
        turns_json: JSON.stringify(turns),
        status: 'open',
        created_at: new Date().toISOString(),
      }
      await store.insertInto('tasks').values(row).execute()
      return taskOf(row)
    },
    open: async (rater) => {
      const row = await of(rater).where('status', '=', 'open').orderBy('created_at').executeTakeFirst()
      return row && taskOf(row)
    },
    find: async (rater, id) => {
      const row = await of(rater).where('id', '=', id).executeTakeFirst()
      if (row) return taskOf(row)
      throw new EndonymError('task_not_found', 'There is no such task of this rater.')
    },
    of: async (rater) => (await of(rater).orderBy('created_at').execute()).map(taskOf),
    answered: async ({ id }, turns) => {
      await store
        .updateTable('tasks')
        .set({ turns_json: JSON.stringify(turns) })
        .where('id', '=', id)
        .where('status', '=', 'open')
        .execute()
    },
    pass: async ({ id }) => {
      const { numUpdatedRows } = await store
        .updateTable('tasks')
        .set({ status: 'passed' })
        .where('id', '=', id)
        .where('status', '!=', 'judged')
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw new EndonymError('task_closed', 'This was judged already.')
    },
  }
}

/** A question with its answers, and new receipts for them. */
export function makeTurn(question: string, answers: { left: string; right?: string | undefined }): TaskTurn {
  const receipt = () => crypto.randomBytes(9).toString('base64url')
  return {
    question,
    left: answers.left,
    right: answers.right ?? null,
    receipts: { left: receipt(), right: answers.right === undefined ? null : receipt() },
  }
}

/** Whether a task tells something of the models, and not of the rater. */
export const counts = ({ gold, repeats }: Task): boolean => !gold && repeats === undefined

/** A task from its row. */
export function taskOf(row: TaskRow): Task {
  return {
    id: row.id,
    session: row.session,
    rater: row.rater,
    kind: row.kind,
    ...(row.prompt !== null && { prompt: row.prompt }),
    gold: row.gold === 1,
    ...(row.repeats !== null && { repeats: row.repeats }),
    models: { left: row.left_model, ...(row.right_model !== null && { right: row.right_model }) },
    turns: readTurns(row.turns_json),
    status: row.status,
    createdAt: row.created_at,
  }
}
