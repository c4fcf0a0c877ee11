import { createRandom, type Random } from '../../core/random.ts'
import type { Store } from '../../data/database.ts'
import { type Assigner, createAssigner } from '../ratings/assign.ts'
import type { Rater } from './raters.ts'
import { type Session, stateOf } from './sessions.ts'
import type { GoldItem } from './settings.ts'
import { type Assignment, counts, makeTurn, type Task, type Tasks, taskOf } from './tasks.ts'
import type { Vote } from './votes.ts'

/** Why a rater is given nothing more: the session has what it wanted, they have given what they can, or it is not open. */
export type Done = 'enough' | 'yours' | 'closed'

/** Decides who judges what next. */
export type Director = {
  /** What a rater has open, or else something new. @returns it with the number of those that they have judged */
  next(session: Session, rater: Rater): Promise<{ task: Task; given: number } | { done: Done }>
  /** A task was judged. */
  judged(task: Task, vote: Pick<Vote, 'verdict'>): void
  /** A task will not be judged. */
  passed(task: Task): void
  /** Something that was given was taken back: what is known of the session is read anew. */
  forget(session: string): void
}

/** A rater's tasks between one and its repetition. */
const repeatAfter = 5

/** What is known of a session while it runs. */
type Board = {
  assigner: Assigner
  /** How often each answer was given to judge by itself, by `ratingKey`. */
  rated: Map<string, number>
  /** Judgements that count for the models: no gold items, and nothing that was repeated. */
  judgements: number
}

/** Directs sessions by what the database says of them, kept up with in memory. */
export function createDirector({ store, tasks }: { store: Store; tasks: Tasks }): Director {
  const boards = new Map<string, Promise<Board>>()
  /** Of two requests of one rater at once, the second one gets what the first was given. */
  const asking = new Map<string, Promise<unknown>>()

  const boardOf = (session: Session): Promise<Board> => {
    const known = boards.get(session.id)
    if (known) return known
    const board = readBoard(store, session)
    boards.set(session.id, board)
    board.catch(() => boards.delete(session.id))
    return board
  }

  const next = async (session: Session, rater: Rater): Promise<{ task: Task; given: number } | { done: Done }> => {
    const mine = await tasks.of(rater)
    const judged = mine.filter(({ status }) => status === 'judged')
    const open = mine.find(({ status }) => status === 'open')
    if (open) return { task: open, given: judged.length }
    if (stateOf(session) !== 'open') return { done: 'closed' }
    const { perRater, target } = session.settings
    if (judged.length >= perRater) return { done: 'yours' }
    const board = await boardOf(session)
    if (board.judgements >= target) return { done: 'enough' }
    const assignment = assign(session, board, mine, rater)
    if (!assignment) return { done: 'yours' }
    const task = await tasks.give(rater, assignment)
    // The assigner knows of the battles that it chose.
    if (task.kind === 'rating') take(board, task)
    return { task, given: judged.length }
  }

  const withBoard = (session: string, change: (board: Board) => void): void => {
    void boards.get(session)?.then(change, () => {})
  }
  return {
    next: (session, rater) => {
      const before = asking.get(rater.id) ?? Promise.resolve()
      const mine = before.then(() => next(session, rater))
      const settled = mine.catch(() => {})
      asking.set(rater.id, settled)
      void settled.then(() => asking.get(rater.id) === settled && asking.delete(rater.id))
      return mine
    },
    judged: (task, vote) => withBoard(task.session, (board) => count(board, task, vote)),
    passed: (task) => withBoard(task.session, (board) => giveBack(board, task)),
    forget: (session) => void boards.delete(session),
  }
}

/** Reads what has been given and judged so far. */
async function readBoard(store: Store, session: Session): Promise<Board> {
  const { models, prompts, seed, width } = session.settings
  const board: Board = {
    assigner: createAssigner({
      models,
      prompts: prompts.map((_, i) => String(i)),
      width,
      random: createRandom(`${seed} ${session.id}`),
    }),
    rated: new Map(),
    judgements: 0,
  }
  const rows = await store
    .selectFrom('tasks')
    .leftJoin('votes', 'votes.task', 'tasks.id')
    .selectAll('tasks')
    .select('votes.verdict')
    .where('tasks.session', '=', session.id)
    .orderBy('tasks.created_at')
    .execute()
  for (const { verdict, ...row } of rows) {
    const task = taskOf(row)
    if (task.status === 'passed') continue
    take(board, task)
    if (task.status === 'judged') count(board, task, { verdict: (verdict ?? undefined) as Vote['verdict'] })
  }
  return board
}

const ratingKey = (prompt: string | undefined, model: string): string => `${prompt ?? ''}\n${model}`

const battleOf = ({ rater, prompt, models }: Task) => ({
  rater,
  ...(prompt !== undefined && { prompt }),
  left: models.left,
  right: models.right ?? '',
})

function take(board: Board, task: Task): void {
  if (!counts(task)) return
  if (task.kind === 'battle') board.assigner.handOut(battleOf(task))
  else change(board.rated, task, 1)
}

function giveBack(board: Board, task: Task): void {
  if (!counts(task)) return
  if (task.kind === 'battle') board.assigner.takeBack(battleOf(task))
  else change(board.rated, task, -1)
}

function count(board: Board, task: Task, { verdict }: Pick<Vote, 'verdict'>): void {
  if (!counts(task)) return
  board.judgements++
  if (verdict !== undefined) board.assigner.judge({ prompt: '', ...battleOf(task), verdict })
}

function change(rated: Board['rated'], { prompt, models }: Task, by: number): void {
  const key = ratingKey(prompt, models.left)
  rated.set(key, (rated.get(key) ?? 0) + by)
}

/** Something new for a rater; none where they have judged all that there is. */
function assign(session: Session, board: Board, mine: readonly Task[], rater: Rater): Assignment | undefined {
  const { settings } = session
  // The same again if the process ends before the task is written.
  const random = createRandom(`${settings.seed} ${rater.id}`).fork(String(mine.length))
  const kind = kindOf(settings.judge, mine)
  const known =
    goldFor(settings.gold, settings.goldShare, kind, mine, random) ?? repeated(settings.repeatShare, kind, mine, random)
  if (known) return known
  if (kind === 'rating') return leastRated(session, board, mine, random)
  const battle = board.assigner.next(rater.id)
  if (!battle) return undefined
  return {
    kind,
    gold: false,
    models: { left: battle.left, right: battle.right },
    ...(battle.prompt !== undefined && { prompt: battle.prompt }),
  }
}

/** Battles and single answers by turns, where both are wanted. */
function kindOf(judge: 'battles' | 'ratings' | 'both', mine: readonly Task[]): Task['kind'] {
  if (judge !== 'both') return judge === 'battles' ? 'battle' : 'rating'
  return mine.filter(counts).length % 2 === 0 ? 'battle' : 'rating'
}

/** Whether something that is given in a share of cases is due: as soon as less than its share has been given, and never at the very beginning. */
const due = (share: number, sofar: number, all: number): boolean => share > 0 && sofar < Math.floor(share * (all + 1))

/** An item with a known verdict that the rater has not had. */
function goldFor(
  gold: readonly GoldItem[],
  share: number,
  kind: Task['kind'],
  mine: readonly Task[],
  random: Random,
): Assignment | undefined {
  const had = new Set(mine.filter((task) => task.gold).map(({ prompt }) => prompt))
  if (!due(share, had.size, mine.length)) return undefined
  const left = gold
    .map((item, i) => ({ item, prompt: `gold:${i}` }))
    .filter(({ item, prompt }) => 'good' in item === (kind === 'battle') && !had.has(prompt))
  if (left.length === 0) return undefined
  const { item, prompt } = random.pick(left)
  const question = item.turns[0] ?? ''
  if (!('good' in item)) {
    return { kind, gold: true, prompt, models: { left: 'gold' }, turns: [makeTurn(question, { left: item.answer })] }
  }
  const flipped = random.int(2) === 1
  const [left0, right0] = flipped ? [item.bad, item.good] : [item.good, item.bad]
  return {
    kind,
    gold: true,
    prompt,
    models: flipped ? { left: 'bad', right: 'good' } : { left: 'good', right: 'bad' },
    turns: [makeTurn(question, { left: left0, right: right0 })],
  }
}

/** One of the rater's own again, with its sides exchanged: whoever judges it otherwise does not agree with themself. */
function repeated(share: number, kind: Task['kind'], mine: readonly Task[], random: Random): Assignment | undefined {
  const had = new Set(mine.flatMap(({ repeats }) => repeats ?? []))
  if (!due(share, had.size, mine.length)) return undefined
  const old = mine
    .slice(0, -repeatAfter)
    .filter((task) => task.kind === kind && task.status === 'judged' && counts(task) && !had.has(task.id))
  if (old.length === 0) return undefined
  const { id, prompt, models, turns } = random.pick(old)
  const { left, right } = models
  return {
    kind,
    gold: false,
    repeats: id,
    ...(prompt !== undefined && { prompt }),
    models: right === undefined ? { left } : { left: right, right: left },
    turns: turns.map((turn) =>
      makeTurn(turn.question, turn.right === null ? { left: turn.left } : { left: turn.right, right: turn.left }),
    ),
  }
}

/** The answer that was judged least by itself, of those that the rater has not judged. */
function leastRated(
  { settings }: Session,
  board: Board,
  mine: readonly Task[],
  random: Random,
): Assignment | undefined {
  const free = settings.prompts.length === 0
  const prompts = free ? [undefined] : settings.prompts.map((_, i) => String(i))
  const had = new Set(mine.filter(counts).map(({ prompt, models }) => ratingKey(prompt, models.left)))
  const times = (prompt: string | undefined, model: string) => board.rated.get(ratingKey(prompt, model)) ?? 0
  const all = prompts.flatMap((prompt) => settings.models.map((model) => ({ prompt, model })))
  const left = free ? all : all.filter(({ prompt, model }) => !had.has(ratingKey(prompt, model)))
  const least = Math.min(...left.map(({ prompt, model }) => times(prompt, model)))
  const candidates = left.filter(({ prompt, model }) => times(prompt, model) === least)
  if (candidates.length === 0) return undefined
  const { prompt, model } = random.pick(candidates)
  return { kind: 'rating', gold: false, models: { left: model }, ...(prompt !== undefined && { prompt }) }
}
