import { z } from 'zod'
import { sha256 } from '../core/hash.ts'
import type { Store } from '../data/database.ts'
import { channels, flags } from './sessions/settings.ts'

/** What somebody says of an answer in a chat. */
export const feedbackBody = z.object({
  /** Made by whoever sends it: the same again is the same. */
  id: z.uuid(),
  model: z.string().min(1).max(200),
  thumb: z.enum(['up', 'down']).optional(),
  flags: z.array(z.enum(flags)).max(flags.length).default([]),
  /** What they would have answered. */
  correction: z.string().trim().max(20_000).optional(),
  /** The conversation up to that answer. */
  conversation: z
    .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string().max(50_000) }))
    .min(1)
    .max(200),
  /** What their browser or chat is known by, so that they can take it back. */
  person: z.string().min(16).max(100),
  channel: z.enum(channels).default('web'),
})
export type FeedbackBody = z.output<typeof feedbackBody>

/** Keeps what was said of an answer; said anew, the last word holds. Nobody can change another's. @param language ISO 639-3 of what the model was taught */
export async function saveFeedback(store: Store, body: FeedbackBody, language: string | undefined): Promise<void> {
  const { id, model, thumb, flags, correction, conversation, person, channel } = body
  const said = {
    model,
    language: language ?? null,
    thumb: thumb ?? null,
    flags_json: JSON.stringify(flags),
    correction: correction || null,
    conversation_json: JSON.stringify(conversation),
  }
  const owner = sha256(person)
  await store
    .insertInto('feedback')
    .values({ id, ...said, channel, person: owner, created_at: new Date().toISOString() })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(said).where('feedback.person', '=', owner))
    .execute()
}

/** Deletes all that somebody said of answers. @returns how much that was */
export async function forgetFeedback(store: Store, person: string): Promise<number> {
  const { numDeletedRows } = await store.deleteFrom('feedback').where('person', '=', sha256(person)).executeTakeFirst()
  return Number(numDeletedRows)
}

/** Thumbs of each model of a language. @param language ISO 639-3 */
export async function thumbsOf(store: Store, language: string): Promise<Map<string, { up: number; down: number }>> {
  const rows = await store
    .selectFrom('feedback')
    .select(['model', 'thumb', ({ fn }) => fn.countAll<number>().as('n')])
    .where('language', '=', language)
    .where('thumb', 'is not', null)
    .groupBy(['model', 'thumb'])
    .execute()
  const thumbs = new Map<string, { up: number; down: number }>()
  for (const { model, thumb, n } of rows) {
    const own = thumbs.get(model) ?? { up: 0, down: 0 }
    if (thumb) own[thumb] = Number(n)
    thumbs.set(model, own)
  }
  return thumbs
}
