import { createRandom } from '../core/random.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { modelsOf, type Vote } from './ratings/vote.ts'
import { type ModelRating, standing } from './ratings.ts'
import type { BitsPerByte } from './remembered-bits.ts'
import { comparisonOf, readCounted } from './sessions/results.ts'
import { createSessions, type Session, stateOf } from './sessions/sessions.ts'

/** What native speakers said of a language's models, over all sessions that count. */
export type Preferred = {
  votes: number
  raters: number
  /** The best first. */
  models: ModelRating[]
}

/** A model's line in a language's ranking. */
export type StandingModel = {
  model: string
  /** Undefined where nobody compared it with another yet. */
  rating?: ModelRating
  /** How well it predicts the language, where that was measured on the same text as of the others. */
  bitsPerByte?: BitsPerByte
}

export type Standings = {
  /** ISO 639-3 of the languages in which somebody compared models. */
  languages(): Promise<string[]>
  /** What speakers of a language prefer; undefined as long as nobody said. Counted again when there is more. */
  preferred(language: Pick<Language, 'iso3'>): Promise<Preferred | undefined>
}

/** What was counted, and of which votes it was. */
type Counted = { of: string; preferred: Preferred | undefined }

/** What was counted of each store, by language: whoever asks next need not count it again. */
const remembered = new WeakMap<Store, Map<string, Counted>>()

/**
 * The rankings of languages, each of all verdicts on its models: those of whoever compared two answers on the chat page (the standing session), and those of sessions that have ended. One that is open is
 * its organiser's alone.
 *
 * @example const ranked = await createStandings(store).preferred(resolveLanguage('gl'))
 */
export function createStandings(store: Store): Standings {
  const sessions = createSessions(store)
  const counted = remembered.get(store) ?? new Map<string, Counted>()
  remembered.set(store, counted)

  /** A language's sessions that count, and by what it is known that nothing was added to them. */
  const sessionsOf = async (iso3: string): Promise<{ all: Session[]; of: string }> => {
    const rows = await store.selectFrom('sessions').select('id').where('language', '=', iso3).orderBy('id').execute()
    const found = await Promise.all(rows.map(({ id }) => sessions.find(id)))
    const all = found.filter((session) => session.settings.standing || stateOf(session) === 'closed')
    const ids = all.map(({ id }) => id)
    const { n, last } = await store
      .selectFrom('votes')
      .select(({ fn }) => [fn.countAll<number>().as('n'), fn.max('received_at').as('last')])
      .where('session', 'in', ids)
      .executeTakeFirstOrThrow()
    return { all, of: JSON.stringify([ids, n, last]) }
  }

  return {
    languages: async () => {
      const rows = await store
        .selectFrom('votes')
        .innerJoin('sessions', 'sessions.id', 'votes.session')
        .select('sessions.language')
        .where('votes.verdict', 'is not', null)
        .distinct()
        .orderBy('sessions.language')
        .execute()
      return rows.map(({ language }) => language)
    },
    preferred: async ({ iso3 }) => {
      const { all, of } = await sessionsOf(iso3)
      const known = counted.get(iso3)
      if (known?.of === of) return known.preferred
      const votes = (await Promise.all(all.map((session) => votesOf(store, session)))).flat()
      const preferred = votes.length === 0 ? undefined : rankingOf(iso3, votes)
      counted.set(iso3, { of, preferred })
      return preferred
    },
  }
}

/** A session's battles. Its prompts are numbers, which are other prompts in another session. */
async function votesOf(store: Store, session: Session): Promise<Vote[]> {
  const { counted } = await readCounted(store, session)
  return counted.flatMap(comparisonOf).map((vote) => ({ ...vote, prompt: `${session.id} ${vote.prompt}` }))
}

function rankingOf(iso3: string, votes: readonly Vote[]): Preferred {
  const random = createRandom(`standings ${iso3}`)
  const { raters, models } = standing(votes, modelsOf(votes), { random })
  return { votes: votes.length, raters, models }
}

/**
 * A language's models in their order: first those that people compared, by what they prefer; then those that were measured, by bits per byte; then the others. Models that are gone keep their places.
 *
 * @param models those that there are
 */
export function standingsOf(
  preferred: Preferred | undefined,
  models: readonly { id: string; bitsPerByte?: BitsPerByte }[],
): StandingModel[] {
  const ratings = preferred?.models ?? []
  const bits = new Map(models.flatMap(({ id, bitsPerByte }) => (bitsPerByte ? [[id, bitsPerByte]] : [])))
  const rated = new Set(ratings.map(({ model }) => model))
  const lineOf = (model: string, rating?: ModelRating): StandingModel => {
    const bitsPerByte = bits.get(model)
    return { model, ...(rating && { rating }), ...(bitsPerByte && { bitsPerByte }) }
  }
  const least = ({ bitsPerByte }: StandingModel): number => bitsPerByte?.value ?? Number.POSITIVE_INFINITY
  const others = models.filter(({ id }) => !rated.has(id)).map(({ id }) => lineOf(id))
  return [
    ...ratings.map((rating) => lineOf(rating.model, rating)),
    // Two that were not measured are equal; their difference would be no number.
    ...others.sort((a, b) => (least(a) === least(b) ? 0 : least(a) - least(b))),
  ]
}
