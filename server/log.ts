import type { MiddlewareHandler } from 'hono'
import { messageOf } from '../core/error.ts'
import type { Generation } from '../models/runtime.ts'

/** What a route tells the log of a request. */
export type LogVariables = {
  model?: string
  generation?: Generation
  /** Settles when a streamed answer has ended; the line is written then. */
  finished?: Promise<void>
  /** What went wrong after the status line had gone out. */
  failure?: unknown
}

/**
 * One line a request: time, method, path, status, milliseconds, model, tokens. Never what was said, nor a header, nor a query: those may hold secrets.
 *
 * @example app.use(logRequests((line) => process.stderr.write(`${line}\n`)))
 */
export function logRequests(log: (line: string) => void): MiddlewareHandler<{ Variables: LogVariables }> {
  return async (c, next) => {
    const started = performance.now()
    const at = new Date().toISOString()
    await next()
    const { status } = c.res
    const write = (): void => {
      const { model, generation, failure } = c.var
      const parts = [at, c.req.method, c.req.path.replace(/[^\x21-\x7e]/g, encodeURIComponent), status]
      parts.push(`${Math.round(performance.now() - started)}ms`)
      if (model !== undefined) parts.push(`model=${model}`)
      if (generation) {
        const { promptTokens, completionTokens, finishReason } = generation
        parts.push(`tokens=${promptTokens}+${completionTokens}`, finishReason)
      }
      if (failure !== undefined) parts.push(`failed: ${messageOf(failure)}`)
      log(parts.join(' '))
    }
    const { finished } = c.var
    if (finished) void finished.then(write)
    else write()
  }
}
