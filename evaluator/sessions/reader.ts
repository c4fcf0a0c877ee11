import { EndonymError } from '../../core/error.ts'
import type { Store } from '../../data/database.ts'
import { battleRows, ratingRows, toCsv, toJsonl } from './export.ts'
import { readJudgements } from './judgements.ts'
import { dpoRows, ktoRows, leftOutText } from './preference-rows.ts'
import { readPreferences } from './preferences.ts'
import { resultsOf, type SessionResults } from './results.ts'
import type { Session } from './sessions.ts'

/**
 * `jsonl` and `csv` are what was judged, in LMArena's columns; `ratings` single answers with their marks; `dpo` and `kto` rows to train on.
 */
export const exportFormats = ['jsonl', 'csv', 'ratings', 'dpo', 'kto'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** A file. `note` says what was left out of it, where something was. */
export type Exported = { text: string; type: string; name: string; rows: number; note?: string }

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
      const { rows, note } = await rowsOf(store, session, as)
      if (rows.length === 0) {
        throw new EndonymError(
          'nothing_judged',
          `The session ${session.id} has no ${whats[as]} yet.${note === undefined ? '' : ` ${note}`}`,
        )
      }
      const [text, type, ending] =
        as === 'csv' ? [toCsv(rows), 'text/csv; charset=utf-8', 'csv'] : [toJsonl(rows), 'application/jsonl', 'jsonl']
      const name = `session-${session.id}-${as}.${ending}`
      return { text, type, name, rows: rows.length, ...(note !== undefined && { note }) }
    },
  }
}

const whats: Record<ExportFormat, string> = {
  jsonl: 'battles that were judged',
  csv: 'battles that were judged',
  ratings: 'single answers that were judged',
  dpo: 'answers of which one is better, to train on',
  kto: 'answers that are wanted or not, to train on',
}

async function rowsOf(
  store: Store,
  session: Session,
  as: ExportFormat,
): Promise<{ rows: readonly object[]; note?: string | undefined }> {
  if (as === 'dpo' || as === 'kto') {
    const preferences = await readPreferences(store, [session])
    const { rows, leftOut } = as === 'dpo' ? dpoRows(preferences) : ktoRows(preferences)
    return { rows, note: leftOutText(leftOut) }
  }
  const judgements = await readJudgements(store, session.id)
  return { rows: as === 'ratings' ? ratingRows(session, judgements) : battleRows(session, judgements) }
}
