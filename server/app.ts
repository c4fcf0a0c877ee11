import { Hono } from 'hono'
import { type RequestIdVariables, requestId } from 'hono/request-id'
import type { Logger } from 'pino'
import type { Store } from '../data/database.ts'
import { readsBody } from './body.ts'
import { knowsClient } from './client.ts'
import { type AnswerVariables, answerLimit } from './ending.ts'
import { feedbackRoutes } from './feedback.ts'
import { interfaceRoutes } from './interface.ts'
import { type Keys, type KeyVariables, keysOnly } from './keys.ts'
import { logRequests } from './log.ts'
import { createMetrics } from './metrics.ts'
import { chatRoutes } from './openai/chat.ts'
import { completionRoutes } from './openai/completions.ts'
import { embeddingRoutes } from './openai/embeddings.ts'
import { ApiError, answerError } from './openai/error.ts'
import { modelRoutes } from './openai/models.ts'
import { tokenRoutes } from './openai/tokens.ts'
import { openApiRoutes } from './openapi.ts'
import { rankingRoutes } from './rankings.ts'
import { rateLimit } from './rate-limit.ts'
import { type RunRouteDeps, runRoutes } from './runs.ts'
import { headers, loopbackOnly, sameOriginOnly } from './security.ts'
import type { Serving } from './serving.ts'
import { sessionRoutes } from './sessions.ts'
import { createStopping, refusesWhenStopping, type Stopping } from './stopping.ts'
import { pageRoutes } from './web.ts'

/** Bytes of a request's body. */
const maxBody = 1 << 20

/** Characters of a request's id that a client chooses; longer ones are replaced. */
const longestId = 64

/** What is asked for by clients whose address lacks the "/v1", which llama-server lets pass. */
const underV1 = ['/chat/completions', '/completions', '/embeddings', '/models']

type Variables = AnswerVariables & KeyVariables & RequestIdVariables

export type AppDeps = {
  serving: Serving
  /** Gets a line for each request. */
  log: Logger
  /** Bound to loopback: answer only to this machine's own names. */
  loopback: boolean
  /** Who may use the API; everybody where it is left out. */
  keys?: Keys
  /** Whether everybody may use the API as long as there is no key. (on loopback) */
  open?: boolean
  /** Requests a minute that each key, or each address, may make to the API. (no limit) */
  requestsPerMinute?: number
  /** Seconds that a request's body may take to come; the largest one at 18 kB a second. (60) */
  bodySeconds?: number
  /** Seconds that an answer may take. (600, for which OpenAI's clients wait) */
  answerSeconds?: number
  /** How it ends. (never) */
  stopping?: Stopping
  /** Where preference sessions are kept; there are none where it is left out. */
  store?: Store
  /** Raters an hour that an address may bring to sessions. (300) */
  ratersPerHour?: number
  /** How runs are begun, and where they are kept; there are none where it is left out. */
  runs?: Pick<RunRouteDeps, 'home' | 'runner'> & Partial<Pick<RunRouteDeps, 'upstreams'>>
}

/**
 * The server's routes. See docs/api.md.
 *
 * @example const app = createApp({ serving, log: createLog(console.error), loopback: true }); await app.request('/healthz')
 */
export function createApp({
  serving,
  log,
  loopback,
  keys,
  open = loopback,
  requestsPerMinute,
  bodySeconds = 60,
  answerSeconds = 600,
  stopping = createStopping(),
  store,
  ratersPerHour,
  runs,
}: AppDeps): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>()
  const metrics = createMetrics(serving)
  app.use(requestId({ limitLength: longestId }), logRequests(log), metrics.count, headers())
  app.use(refusesWhenStopping(stopping))
  if (loopback) app.use(loopbackOnly())
  app.use(sameOriginOnly())
  if (keys) app.use(keysOnly(keys, { open }))
  app.use(knowsClient())
  if (requestsPerMinute !== undefined) app.use(rateLimit(requestsPerMinute))
  app.use(
    readsBody({ bytes: maxBody, seconds: bodySeconds, signal: stopping.begun }),
    answerLimit(answerSeconds, stopping.ended),
  )
  stopping.begun.addEventListener('abort', () => serving.refuseWaiting(stopping.begun.reason), { once: true })
  app.route('/', metrics.routes)
  // The second is what clients of llama-server and of vLLM ask.
  app.on('GET', ['/healthz', '/health'], (c) => {
    const { loaded, running, waiting } = serving.status()
    return c.json({ status: 'ok', loaded, running, waiting })
  })
  app.get('/readyz', async (c) => {
    const models = (await serving.list().catch(() => [])).length
    return c.json({ status: models > 0 ? 'ready' : 'no models', models }, models > 0 ? 200 : 503)
  })
  app.route('/v1/models', modelRoutes(serving))
  app.route('/v1/chat/completions', chatRoutes(serving))
  app.route('/v1/completions', completionRoutes(serving))
  app.route('/v1/embeddings', embeddingRoutes(serving))
  app.route('/', tokenRoutes(serving))
  if (store) {
    const stopped = stopping.ended
    app.route('/', feedbackRoutes({ store, serving }))
    app.route('/', sessionRoutes({ store, serving, log, keys, seconds: answerSeconds, stopped, ratersPerHour }))
  }
  if (store) app.route('/', rankingRoutes({ store, serving, home: runs?.home }))
  if (store && runs) {
    const say = (line: string): void => log.info(line)
    app.route('/', runRoutes({ upstreams: [], ...runs, store, say, open: loopback || keys !== undefined }))
  }
  app.route('/', interfaceRoutes({ store, serving }))
  app.route('/', openApiRoutes())
  app.route('/', pageRoutes())
  app.notFound((c) => {
    const { method, path } = c.req
    const hint = underV1.includes(path) ? ` The API is under /v1: ask ${method} /v1${path}.` : ''
    throw new ApiError(404, 'unknown_url', `Unknown request: ${method} ${path}.${hint}`)
  })
  app.onError((error, c) => answerError(c, error))
  return app
}
