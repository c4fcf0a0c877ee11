import type { Store } from '../../data/database.ts'
import type { Language } from '../../data/language.ts'
import type { Session, Sessions } from './sessions.ts'
import { parseSettings } from './sessions.ts'

/** Models that are compared with each other at most: with more, each would be judged too seldom. */
const mostModels = 8

/**
 * The session in which whoever chats may compare a language's models, made when somebody first wants to. It asks for nothing and has no end; its models are those that there are now.
 *
 * @param models the language's, the best first; two at least
 */
export async function standingSession(
  { store, sessions }: { store: Store; sessions: Sessions },
  language: Language,
  models: readonly string[],
): Promise<{ session: Session; changed: boolean }> {
  const compared = models.slice(0, mostModels)
  const rows = await store.selectFrom('sessions').select('id').where('language', '=', language.iso3).execute()
  const known = await Promise.all(rows.map(({ id }) => sessions.find(id)))
  const standing = known.find(({ settings, closedAt }) => settings.standing && closedAt === undefined)
  if (!standing) {
    const { session } = await sessions.create(language, {
      name: language.endonym ?? language.name,
      models: compared,
      standing: true,
      target: 1_000_000,
      perRater: 10_000,
      repeatShare: 0,
    })
    return { session, changed: false }
  }
  if (standing.settings.models.join('\n') === compared.join('\n')) return { session: standing, changed: false }
  const settings = parseSettings({ ...standing.settings, models: compared })
  await store
    .updateTable('sessions')
    .set({ settings_json: JSON.stringify(settings) })
    .where('id', '=', standing.id)
    .execute()
  return { session: { ...standing, settings }, changed: true }
}
