import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type LogVariables, logRequests } from './log.ts'
import { chatRoutes } from './openai/chat.ts'
import { completionRoutes } from './openai/completions.ts'
import { ApiError, answerError } from './openai/error.ts'
import { modelRoutes } from './openai/models.ts'
import { headers, loopbackOnly, sameOriginOnly } from './security.ts'
import type { Serving } from './serving.ts'
import { pageRoutes } from './web.ts'

const maxBody = 1 << 20

export type AppDeps = {
  serving: Serving
  /** Takes a line for the person who runs the server. */
  log: (line: string) => void
  /** Bound to loopback: answer only to this machine's own names. */
  loopback: boolean
}

/**
 * The server's routes. See docs/api.md.
 *
 * @example const app = createApp({ serving, log: console.error, loopback: true }); await app.request('/healthz')
 */
export function createApp({ serving, log, loopback }: AppDeps): Hono<{ Variables: LogVariables }> {
  const app = new Hono<{ Variables: LogVariables }>()
  app.use(logRequests(log), headers())
  if (loopback) app.use(loopbackOnly())
  app.use(sameOriginOnly())
  app.use(
    bodyLimit({
      maxSize: maxBody,
      onError: (c) => {
        // What is left of the body is not read, so the connection cannot carry another request.
        c.header('connection', 'close')
        throw new ApiError(413, 'request_too_large', `The body of the request is larger than ${maxBody} bytes.`)
      },
    }),
  )
  app.get('/healthz', (c) => c.json({ status: 'ok', ...serving.status() }))
  app.route('/v1/models', modelRoutes(serving))
  app.route('/v1/chat/completions', chatRoutes(serving))
  app.route('/v1/completions', completionRoutes(serving))
  app.route('/', pageRoutes())
  app.notFound((c) => {
    const refusal = new ApiError(404, 'unknown_url', `Unknown request: ${c.req.method} ${c.req.path}.`)
    return c.json(refusal.body(), 404)
  })
  app.onError((error, c) => answerError(c, error, log))
  return app
}
