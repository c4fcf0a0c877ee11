import { Hono } from 'hono'
import type { Logger } from 'pino'
import { z } from 'zod'
import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import { resolveLanguage } from '../data/languages.ts'
import { createDirector } from '../evaluator/sessions/director.ts'
import { createRaters } from '../evaluator/sessions/raters.ts'
import { createSessionReader } from '../evaluator/sessions/reader.ts'
import { consentHash, createSessions } from '../evaluator/sessions/sessions.ts'
import { channels } from '../evaluator/sessions/settings.ts'
import { standingSession } from '../evaluator/sessions/standing.ts'
import { createTasks } from '../evaluator/sessions/tasks.ts'
import { createVotes } from '../evaluator/sessions/votes.ts'
import { bestFirst } from './choose.ts'
import type { AnswerVariables } from './ending.ts'
import type { Keys } from './keys.ts'
import { readBody } from './openai/request.ts'
import type { Serving } from './serving.ts'
import { createAnswering } from './sessions/answering.ts'
import { organiserRoutes } from './sessions/organiser-routes.ts'
import { raterRoutes } from './sessions/rater-routes.ts'

export type SessionRouteDeps = {
  store: Store
  serving: Serving
  log: Logger
  keys?: Keys | undefined
  /** Seconds that an answer may take. */
  seconds: number
  /** Fires when the server ends. */
  stopped: AbortSignal
  /** Raters an hour that an address may bring. (300) */
  ratersPerHour?: number | undefined
}

const compareBody = z.object({ language: z.string().min(1).max(100), channel: z.enum(channels).default('web') })

/** Preference sessions: `/api/sessions`, for raters and for organisers, and `/api/compare`, for whoever compares on the chat page. */
export function sessionRoutes(deps: SessionRouteDeps): Hono<{ Variables: AnswerVariables }> {
  const { store, serving, log, keys, seconds, stopped, ratersPerHour = 300 } = deps
  const sessions = createSessions(store)
  const raters = createRaters(store)
  const tasks = createTasks(store)
  const director = createDirector({ store, tasks })
  const answering = createAnswering({ store, tasks, serving, seconds, stopped, log: (line) => log.warn(line) })
  const rating = { sessions, raters, tasks, votes: createVotes(store), director, answering, ratersPerHour }
  const reader = createSessionReader(store)
  return new Hono<{ Variables: AnswerVariables }>()
    .route('/api/sessions', organiserRoutes({ sessions, reader, serving, keys, changed: director.forget }))
    .route('/api/sessions/:session', raterRoutes(rating))
    .post('/api/compare', async (c) => {
      const { language: named, channel } = readBody(await c.req.text(), compareBody)
      const language = resolveLanguage(named)
      const taught = (await serving.list()).filter((model) => model.language?.iso3 === language.iso3)
      const models = bestFirst(taught).map(({ id }) => id)
      if (models.length < 2) {
        throw new EndonymError('nothing_to_compare', `There are no two models of ${language.name} to compare.`)
      }
      const { session, changed } = await standingSession({ store, sessions }, language, models)
      if (changed) director.forget(session.id)
      const { rater, token } = await raters.join(session, { consentHash: consentHash(session), channel })
      return c.json({ session: session.id, rater: rater.id, token }, 201)
    })
}
