import { EndonymError } from '../../core/error.ts'
import type { Store } from '../../data/database.ts'
import { battleRows, ratingRows, toCsv, toJsonl } from './export.ts'
import { readJudgements } from './judgements.ts'
import { resultsOf, type SessionResults } from './results.ts'
import type { Session } from './sessions.ts'

/** `jsonl` and `csv` are what was judged, in LMArena's columns; `ratings` single answers with their marks. */
export const exportFormats = ['jsonl', 'csv', 'ratings'] as const
export type ExportFormat = (typeof exportFormats)[number]

export type Exported = { text: string; type: string; name: string; rows: number }

/** Reads what came of sessions. */
export type SessionReader = {
  results(session: Session): Promise<SessionResults>
  /** @throws EndonymError `nothing_judged` */
  export(session: Session, as: ExportFormat): Promise<Exported>
}

export function createSessionReader(store: Store): SessionReader {
  return {
    results: (session) => resultsOf(store, session),
    export: async (session, as) => {
      const judgements = await readJudgements(store, session.id)
      const rows = as === 'ratings' ? ratingRows(session, judgements) : battleRows(session, judgements)
      if (rows.length === 0) {
        const what = as === 'ratings' ? 'single answers' : 'battles'
        throw new EndonymError('nothing_judged', `No ${what} were judged in the session ${session.id} yet.`)
      }
      const [text, type, ending] =
        as === 'csv' ? [toCsv(rows), 'text/csv; charset=utf-8', 'csv'] : [toJsonl(rows), 'application/jsonl', 'jsonl']
      return { text, type, name: `session-${session.id}-${as}.${ending}`, rows: rows.length }
    },
  }
}
