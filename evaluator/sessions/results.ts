import type { Store } from '../../data/database.ts'
import type { Session } from './sessions.ts'
export type SessionResults = { session: string }
export async function resultsOf(_store: Store, session: Session): Promise<SessionResults> {
  return { session: session.id }
}
