import { createRandom } from '../../core/random.ts'
import type { Store } from '../../data/database.ts'
import { type Alpha, krippendorffAlpha } from '../ratings/agreement.ts'
import { selfAgreement } from '../ratings/kappa.ts'
import { type Stop, shouldStop } from '../ratings/stop.ts'
import type { Vote as Comparison } from '../ratings/vote.ts'
import type { FlaggedAnswer, Share } from '../ratings/win-matrix.ts'
import { type Ratings, rate } from '../ratings.ts'
import { type Attention, attentionOf } from './attention.ts'
import { type Judgement, readJudgements } from './judgements.ts'
import { type MarkedModel, markedModels } from './marks.ts'
import { type Session, type SessionState, stateOf } from './sessions.ts'
import { type Scale, scales } from './settings.ts'
import { counts } from './tasks.ts'

/** Everything that came of a session, as its organiser sees it. */
export type SessionResults = {
  session: {
    id: string
    name: string
    /** BCP-47. */
    language: string
    models: readonly string[]
    judge: string
    state: SessionState
    opensAt: string | null
    closesAt: string | null
  }
  progress: {
    /** Judgements that count for the models: neither gold items nor what was repeated. */
    judged: number
    target: number
    raters: number
    /** Given and not judged yet; and passed over. */
    open: number
    passed: number
  }
  /** Battles; null as long as there was none. */
  battles: Ratings | null
  /** Whether there are enough of them. */
  stop: Stop | null
  /** Single answers; null as long as there was none. */
  marks: { models: MarkedModel[]; agreement: Record<Scale, Alpha> } | null
  /** How often raters said the same of what they were given twice. */
  selfAgreement: Share & { kappa: number }
  /** Raters, by how well they read; those who do not are left out of all of the above. */
  attention: Attention[]
}

/** Reads and counts what was judged in a session. Numbers follow from the votes alone: the bootstrap's seed is the session's. */
export async function resultsOf(store: Store, session: Session): Promise<SessionResults> {
  const { attention, heeded, counted } = await readCounted(store, session)
  const { id, language, settings } = session
  const { name, models, judge, opensAt, closesAt, target } = settings
  const battles = counted.flatMap(comparisonOf)
  const ratings = battles.length === 0 ? null : rateBattles(session, battles, counted)
  return {
    session: {
      ...{ id, name, models, judge },
      language: language.bcp47,
      state: stateOf(session),
      opensAt: opensAt ?? null,
      closesAt: closesAt ?? null,
    },
    progress: { judged: counted.length, target, ...(await statusCounts(store, id)) },
    battles: ratings,
    stop: ratings && stopOf(session, ratings),
    marks: marksOf(session, counted),
    selfAgreement: selfAgreement(repeatedPairs(heeded)),
    attention,
  }
}

/** @see countedOf */
export const readCounted = async (store: Store, session: Session) =>
  countedOf(session, await readJudgements(store, session.id))

/** What was judged in a session by those who read what they judge (`heeded`), and of that what speaks of its models (`counted`): neither gold items nor what was shown again. */
export function countedOf(
  { settings }: Pick<Session, 'settings'>,
  judgements: readonly Judgement[],
): { attention: Attention[]; heeded: Judgement[]; counted: Judgement[] } {
  const attention = attentionOf(settings.gold, judgements)
  const inattentive = new Set(attention.filter(({ leftOut }) => leftOut).map(({ rater }) => rater))
  const heeded = judgements.filter(({ rater }) => !inattentive.has(rater.id))
  return { attention, heeded, counted: heeded.filter(({ task }) => counts(task)) }
}

/** A battle's vote as a ranking takes it. */
export function comparisonOf({ task, vote, rater }: Judgement): Comparison[] {
  const { left, right } = task.models
  if (right === undefined || vote.verdict === undefined) return []
  const length = (side: 'left' | 'right') =>
    task.turns.reduce((sum, turn) => sum + Array.from(turn[side] ?? '').length, 0)
  return [
    {
      rater: rater.id,
      // In a conversation of their own, raters agree with nobody.
      prompt: task.prompt ?? task.id,
      left,
      right,
      verdict: vote.verdict,
      leftLength: length('left'),
      rightLength: length('right'),
    },
  ]
}

/** The answers that were judged, with what was said of each. */
export function flaggedAnswers(judgements: readonly Judgement[]): FlaggedAnswer[] {
  return judgements.flatMap(({ task, vote }) => {
    const { left, right } = task.models
    return [
      { model: left, flags: vote.flags.left },
      ...(right === undefined ? [] : [{ model: right, flags: vote.flags.right }]),
    ]
  })
}

function rateBattles(
  { id, settings }: Session,
  battles: readonly Comparison[],
  judgements: readonly Judgement[],
): Ratings {
  const raters = new Map(judgements.map(({ rater }) => [rater.id, rater]))
  return rate(battles, {
    models: settings.models,
    random: createRandom(`results ${id}`),
    answers: flaggedAnswers(judgements),
    groups: {
      dialect: ({ rater }) => raters.get(rater)?.dialect ?? undefined,
      proficiency: ({ rater }) => raters.get(rater)?.proficiency ?? undefined,
    },
  })
}

function stopOf({ settings: { target, width } }: Session, { neighbours, models, votes }: Ratings): Stop {
  return shouldStop({ neighbours, votesByModel: models.map((model) => model.votes), votes, target, width })
}

function marksOf({ id }: Session, judgements: readonly Judgement[]): SessionResults['marks'] {
  const marked = judgements.filter(({ vote }) => vote.scales)
  if (marked.length === 0) return null
  const random = createRandom(`results ${id}`)
  const units = Map.groupBy(marked, ({ task }) => `${task.prompt ?? task.id}\n${task.models.left}`)
  const alpha = (scale: Scale) =>
    krippendorffAlpha({
      units: [...units.values()].map((unit) => unit.flatMap(({ vote }) => vote.scales?.[scale] ?? [])),
      level: 'ordinal',
      random: random.fork(scale),
    })
  return {
    models: markedModels(marked, random.fork('marks')),
    agreement: Object.fromEntries(scales.map((scale) => [scale, alpha(scale)])) as Record<Scale, Alpha>,
  }
}

/** What raters said first and again of what they were given twice: the second time sides were exchanged. */
function repeatedPairs(judgements: readonly Judgement[]): [string, string][] {
  const byTask = new Map(judgements.map((judgement) => [judgement.task.id, judgement]))
  const turned = { left: 'right', right: 'left', both_good: 'both_good', both_bad: 'both_bad' } as const
  return judgements.flatMap(({ task, vote }): [string, string][] => {
    const first = task.repeats === undefined ? undefined : byTask.get(task.repeats)
    if (!first) return []
    if (vote.verdict && first.vote.verdict) return [[first.vote.verdict, turned[vote.verdict]]]
    const [one, other] = [first.vote.scales, vote.scales]
    return one && other ? scales.map((scale): [string, string] => [String(one[scale]), String(other[scale])]) : []
  })
}

async function statusCounts(store: Store, session: string): Promise<{ raters: number; open: number; passed: number }> {
  const count = async (status: 'open' | 'passed') => {
    const { n } = await store
      .selectFrom('tasks')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('session', '=', session)
      .where('status', '=', status)
      .executeTakeFirstOrThrow()
    return Number(n)
  }
  const { n } = await store
    .selectFrom('raters')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('session', '=', session)
    .executeTakeFirstOrThrow()
  return { raters: Number(n), open: await count('open'), passed: await count('passed') }
}
