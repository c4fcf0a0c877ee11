import type { Store } from '../../data/database.ts'
import type { Message } from '../../models/runtime.ts'
import { conversationOn } from './export.ts'
import { type Judgement, readJudgements } from './judgements.ts'
import { countedOf } from './results.ts'
import type { Session } from './sessions.ts'
import { type Flag, scales } from './settings.ts'
import { counts, type Task } from './tasks.ts'
import { type Side, sides } from './turns.ts'

/** An answer as it was judged, after all that was said before. */
export type Answer = { prompt: Message[]; completion: Message[]; model: string | null }

/** Where something was said: in a session's task, or as feedback in a chat. */
export type Said = { session: string | undefined; id: string }

/** One person's word that `better` is better than `worse`; `correction` where a person wrote the better one. */
export type PairSaid = Said & { kind: 'verdict' | 'correction'; better: Answer; worse: Answer }

/** One person's word on one answer, and what it was told by. */
export type LabelSaid = Said & { kind: 'verdict' | 'marks' | 'feedback' | 'correction'; answer: Answer; label: boolean }

/** One person's look at one answer, and whether they flagged it as one to learn nothing from. */
export type Look = { answer: Answer; spoiled: boolean }

/** What people said of answers. That of several sessions is taken together before rows are made of it. */
export type Preferences = {
  pairs: PairSaid[]
  labels: LabelSaid[]
  looks: Look[]
  /** Votes of people who missed the items whose verdict is known. */
  inattentive: number
}

/** Flags after which an answer is nothing to learn from, whatever it was compared with. */
const spoiling: readonly Flag[] = ['wrong_language', 'harmful']

/** A mark from which an answer is wanted on all scales; and one up to which it is not wanted, on any. */
const wanted = 4
const unwanted = 2

/** Reads what people said in sessions, and in chats with the models of the sessions. */
export async function readPreferences(store: Store, sessions: readonly Session[]): Promise<Preferences> {
  const all: Preferences = { pairs: [], labels: [], looks: [], inattentive: 0 }
  for (const session of sessions) {
    const { pairs, labels, looks, inattentive } = preferencesOf(session, await readJudgements(store, session.id))
    all.pairs.push(...pairs)
    all.labels.push(...labels)
    all.looks.push(...looks)
    all.inattentive += inattentive
  }
  const models = [...new Set(sessions.flatMap(({ settings }) => settings.models))]
  const chats = await readChats(store, models)
  all.pairs.push(...chats.pairs)
  all.labels.push(...chats.labels)
  all.looks.push(...chats.looks)
  return all
}

/** What was said in a session. Gold items, what was repeated and people who did not read are left out, as in its results. */
export function preferencesOf(session: Session, judgements: readonly Judgement[]): Preferences {
  const { id } = session
  const answered = ({ task }: Judgement): boolean => task.turns.length > 0
  const all = judgements.filter(({ task }) => counts(task)).filter(answered)
  const heard = countedOf(session, judgements).counted.filter(answered)
  return {
    pairs: heard.flatMap((judgement) => pairsOf(id, judgement)),
    labels: heard.flatMap((judgement) => labelsOf(id, judgement)),
    looks: heard.flatMap(({ task, vote }) =>
      sidesOf(task).map((side) => ({
        answer: lastAnswer(task, side),
        spoiled: isSpoiled(vote.flags[side]),
      })),
    ),
    inattentive: all.length - heard.length,
  }
}

const sidesOf = ({ models }: Task): Side[] => sides.filter((side) => models[side] !== undefined)

const isSpoiled = (flags: readonly Flag[]): boolean => flags.some((flag) => spoiling.includes(flag))

/** The last answer of a side, after all that was said before on it. */
function lastAnswer(task: Task, side: Side): Answer {
  const messages = conversationOn(task, side)
  return { prompt: messages.slice(0, -1), completion: messages.slice(-1), model: task.models[side] ?? null }
}

/** A person's text in place of an answer. */
const corrected = ({ prompt }: Answer, text: string): Answer => ({
  prompt,
  completion: [{ role: 'assistant', content: text }],
  model: null,
})

/** The verdict's pair, and a pair of each correction with what it corrects. */
function pairsOf(session: string, { task, vote }: Judgement): PairSaid[] {
  const said = { session, id: task.id }
  const pairs: PairSaid[] = []
  if (task.kind === 'battle' && (vote.verdict === 'left' || vote.verdict === 'right')) {
    const [better, worse] = (vote.verdict === 'left' ? (['left', 'right'] as const) : (['right', 'left'] as const)).map(
      (side) => lastAnswer(task, side),
    )
    if (better && worse) pairs.push({ ...said, kind: 'verdict', better, worse })
  }
  for (const side of sidesOf(task)) {
    const text = vote.corrections[side]
    if (text === undefined) continue
    const worse = lastAnswer(task, side)
    pairs.push({ ...said, kind: 'correction', better: corrected(worse, text), worse })
  }
  return pairs
}

function labelsOf(session: string, { task, vote }: Judgement): LabelSaid[] {
  const said = { session, id: task.id }
  return sidesOf(task).flatMap((side): LabelSaid[] => {
    const answer = lastAnswer(task, side)
    const kind = task.kind === 'battle' ? 'verdict' : 'marks'
    const label = isSpoiled(vote.flags[side]) ? false : task.kind === 'battle' ? byVerdict(vote, side) : byMarks(vote)
    const text = vote.corrections[side]
    return [
      ...(label === undefined ? [] : [{ ...said, kind, answer, label } as const]),
      ...(text === undefined
        ? []
        : [{ ...said, kind: 'correction', answer: corrected(answer, text), label: true } as const]),
    ]
  })
}

function byVerdict({ verdict }: Judgement['vote'], side: Side): boolean | undefined {
  if (verdict === undefined) return undefined
  return verdict === side || verdict === 'both_good'
}

/** All scales must be good, and one that is bad is enough: nobody wants a fluent lie. */
function byMarks({ scales: marks }: Judgement['vote']): boolean | undefined {
  if (!marks) return undefined
  const given = scales.map((scale) => marks[scale])
  if (Math.min(...given) >= wanted) return true
  return Math.min(...given) <= unwanted ? false : undefined
}

/** What people said of answers in their chats with these models. */
async function readChats(
  store: Store,
  models: readonly string[],
): Promise<Pick<Preferences, 'pairs' | 'labels' | 'looks'>> {
  const rows = await store
    .selectFrom('feedback')
    .selectAll()
    .where('model', 'in', models)
    .orderBy('created_at')
    .execute()
  const [pairs, labels, looks]: [PairSaid[], LabelSaid[], Look[]] = [[], [], []]
  for (const { id, model, thumb, flags_json, correction, conversation_json } of rows) {
    const conversation = JSON.parse(conversation_json) as Message[]
    if (conversation.length < 2 || conversation.at(-1)?.role !== 'assistant') continue
    const answer: Answer = { prompt: conversation.slice(0, -1), completion: conversation.slice(-1), model }
    const said = { session: undefined, id }
    const spoiled = isSpoiled(JSON.parse(flags_json) as Flag[])
    looks.push({ answer, spoiled })
    if (spoiled || thumb !== null) labels.push({ ...said, kind: 'feedback', answer, label: !spoiled && thumb === 'up' })
    if (correction === null) continue
    const better = corrected(answer, correction)
    labels.push({ ...said, kind: 'correction', answer: better, label: true })
    pairs.push({ ...said, kind: 'correction', better, worse: answer })
  }
  return { pairs, labels, looks }
}
