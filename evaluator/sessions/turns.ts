import { z } from 'zod'

/** One question of a task, and what was answered to it. */
const taskTurn = z.object({
  question: z.string(),
  left: z.string(),
  /** None where a single answer is judged. */
  right: z.string().nullable(),
  /** Sent after the last piece of each answer: whoever shows them had all of it. */
  receipts: z.object({ left: z.string(), right: z.string().nullable() }),
})
export type TaskTurn = z.infer<typeof taskTurn>

/** Reads `tasks.turns_json`. */
export const readTurns = (json: string): TaskTurn[] => z.array(taskTurn).parse(JSON.parse(json))

/** The sides of a screen. A single answer is on the left. */
export const sides = ['left', 'right'] as const
export type Side = (typeof sides)[number]
