import { type Context, Hono } from 'hono'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { z } from 'zod'
import { EndonymError, RetryError } from '../../core/error.ts'
import type { Director } from '../../evaluator/sessions/director.ts'
import { type Rater, type Raters, raterProfile } from '../../evaluator/sessions/raters.ts'
import { consentHash, type Session, type Sessions, stateOf } from '../../evaluator/sessions/sessions.ts'
import type { Task, Tasks } from '../../evaluator/sessions/tasks.ts'
import { type Votes, voteBody } from '../../evaluator/sessions/votes.ts'
import type { AnswerVariables } from '../ending.ts'
import { readBody } from '../openai/request.ts'
import type { Answering } from './answering.ts'
import { sendEvents } from './send-events.ts'
import { tokenOf } from './token.ts'

export type RaterRouteDeps = {
  sessions: Sessions
  raters: Raters
  tasks: Tasks
  votes: Votes
  director: Director
  answering: Answering
  /** Raters an hour that an address may bring: a school has one, and so does who would vote a thousand times. */
  ratersPerHour: number
}

/** Questions in one free conversation at most. */
const mostQuestions = 8

const turnBody = z.object({
  question: z.string().trim().min(1).max(8000).optional(),
  /** Which question of a list, from 0. */
  turn: z.int().min(0).max(100).optional(),
})

/** Tasks at most of which it is known how far their raters have heard. */
const mostHeard = 10_000

/**
 * What raters ask, under `/api/sessions/:session`: see docs/sessions.md. Nothing that is answered here tells which model is which.
 */
export function raterRoutes(deps: RaterRouteDeps): Hono<{ Variables: AnswerVariables }> {
  const { sessions, raters, tasks, votes, director, answering, ratersPerHour } = deps
  const joining = new RateLimiterMemory({ points: ratersPerHour, duration: 3600 })
  const sessionOf = (c: Context): Promise<Session> => sessions.find(c.req.param('session') ?? '')
  const raterOf = async (c: Context): Promise<Rater> => raters.find((await sessionOf(c)).id, tokenOf(c))
  const taskOf = async (c: Context): Promise<Task> => tasks.find(await raterOf(c), c.req.param('task') ?? '')

  /** Of tasks that are open, the turns that were heard to their ends. What is not known here is sent again. */
  const heard = new Map<string, number>()
  const hear = (task: string, turns: number): void => {
    heard.set(task, Math.max(turns, heard.get(task) ?? 0))
    const [oldest] = heard.keys()
    if (heard.size > mostHeard && oldest !== undefined) heard.delete(oldest)
  }

  return new Hono<{ Variables: AnswerVariables }>()
    .get('/', async (c) => c.json(faceOf(await sessionOf(c))))
    .post('/raters', async (c) => {
      const session = await sessionOf(c)
      mustBeOpen(session)
      const profile = readBody(await c.req.text(), raterProfile)
      await joining.consume(c.var.client).catch((reason: unknown) => {
        if (!(reason instanceof RateLimiterRes)) throw reason
        const seconds = Math.ceil(reason.msBeforeNext / 1000)
        throw new RetryError('busy', 'Too many have joined from this address. Try again later.', seconds)
      })
      const { rater, token } = await raters.join(session, profile)
      return c.json({ rater: rater.id, token }, 201)
    })
    .get('/me', async (c) => {
      const { session: _, channel: __, ...rater } = await raterOf(c)
      return c.json({ rater, given: await raters.given(await raterOf(c)) })
    })
    .delete('/me', async (c) => {
      const rater = await raterOf(c)
      const deleted = await raters.forget(rater)
      director.forget(rater.session)
      return c.json({ deleted })
    })
    .post('/tasks', async (c) => {
      const session = await sessionOf(c)
      const rater = await raterOf(c)
      const next = await director.next(session, rater)
      if ('done' in next) return c.json({ done: true, reason: next.done })
      return c.json({ done: false, task: shown(session, next.task, next.given) })
    })
    .post('/tasks/:task/turns', async (c) => {
      const session = await sessionOf(c)
      const task = await taskOf(c)
      const body = readBody(await c.req.text(), turnBody)
      const [nth, asked] = whichTurn(session, task, body, heard.get(task.id) ?? 0)
      return sendEvents(c, answering.ask(session, task, nth, asked), (last) => {
        if (last.event === 'end') hear(task.id, nth + 1)
      })
    })
    .put('/tasks/:task/vote', async (c) => {
      const task = await taskOf(c)
      const vote = readBody(await c.req.text(), voteBody)
      const cast = await votes.cast(task, vote)
      if (cast === 'new') director.judged(task, vote)
      heard.delete(task.id)
      return c.json({ kept: true }, cast === 'new' ? 201 : 200)
    })
    .post('/tasks/:task/pass', async (c) => {
      const task = await taskOf(c)
      await tasks.pass(task)
      heard.delete(task.id)
      director.passed(task)
      return c.json({})
    })
}

/** What everybody with the link may know of a session. */
function faceOf(session: Session) {
  const { id, language, settings } = session
  const { name, dialect, dialects, judge, prompts, consent, opensAt, closesAt, perRater } = settings
  return {
    id,
    name,
    language: {
      tag: language.bcp47,
      name: language.name,
      endonym: language.endonym ?? null,
      direction: language.direction,
    },
    dialect: dialect ?? null,
    dialects,
    judge,
    free: prompts.length === 0,
    consent: consent ?? null,
    consentHash: consentHash(session),
    state: stateOf(session),
    opensAt: opensAt ?? null,
    closesAt: closesAt ?? null,
    perRater,
  }
}

/** A task as its rater is told of it. */
function shown({ settings }: Session, task: Task, given: number) {
  const questions = questionsOf(settings.prompts, task)
  // What was answered long ago is asked like everything else, so that it looks the same.
  const known = task.gold || task.repeats !== undefined
  const turns = known ? task.turns.slice(0, -1) : task.turns
  return {
    id: task.id,
    kind: task.kind,
    free: questions.length === 0,
    questions,
    asked: turns.length,
    turns,
    given,
    perRater: settings.perRater,
  }
}

/** What is to be asked in a task; nothing where its rater asks. Gold items and repeated ones have been asked already. */
function questionsOf(prompts: readonly (readonly string[])[], { prompt, gold, repeats, turns }: Task): string[] {
  if (gold || repeats !== undefined) return turns.map(({ question }) => question)
  return prompt === undefined ? [] : [...(prompts[Number(prompt)] ?? [])]
}

/**
 * Which question of a task is asked: the one that is named; else the last that was answered, until its rater has heard it to the end; else the next.
 *
 * @param heard turns that the rater has heard to their ends, as far as is known
 */
function whichTurn(
  { settings }: Session,
  task: Task,
  { question, turn }: z.infer<typeof turnBody>,
  heard: number,
): [nth: number, question: string] {
  const { turns } = task
  const questions = questionsOf(settings.prompts, task)
  const last = turns.at(-1)
  if (questions.length > 0) {
    const next = Math.min(turns.length, questions.length - 1)
    const nth = Math.min(turn ?? Math.max(heard, turns.length - 1), next)
    return [nth, questions[nth] ?? '']
  }
  if (last && (question === undefined || question === last.question)) return [turns.length - 1, last.question]
  if (question === undefined) throw new EndonymError('question_missing', 'Nothing was asked: send a "question".')
  if (task.status !== 'open' || turns.length >= mostQuestions) {
    throw new EndonymError('task_closed', 'Nothing more can be asked here.')
  }
  return [turns.length, question]
}

function mustBeOpen(session: Session): void {
  const state = stateOf(session)
  if (state === 'open') return
  const sentence = state === 'early' ? 'This session has not begun yet.' : 'This session has ended.'
  throw new EndonymError('session_closed', sentence)
}
