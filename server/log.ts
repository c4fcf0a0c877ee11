import type { MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { type Logger, pino } from 'pino'
import { EndonymError, messageOf } from '../core/error.ts'
import type { Generation } from '../models/runtime.ts'
import type { KeyVariables } from './keys.ts'
import { ApiError, toApiError } from './openai/error.ts'

/** What a route tells the log of a request. */
export type LogVariables = {
  model?: string
  generation?: Generation
  /** Settles when a streamed answer has ended; the line is written then. */
  finished?: Promise<void>
  /** What went wrong after the status line had gone out. */
  failure?: unknown
}

/** What the log says of a request. */
export type RequestLine = {
  request: string
  status: number
  /** These three are left out where what came was no request. */
  method?: string
  path?: string
  ms?: number
  model?: string
  prompt_tokens?: number
  completion_tokens?: number
  finish_reason?: string
  /** The id of the key, which is no secret. */
  key?: string
  /** Why it was refused or failed: the code that the client is told. */
  code?: string
  /** What went wrong in the server, which the client is not told. */
  failure?: string
  /** Where, if it is a defect. */
  stack?: string
}

/**
 * The server's log: lines of JSON, each with `level`, `time` and what it is about.
 *
 * @param write takes a line, without its end.
 * @example const log = createLog((line) => process.stderr.write(`${line}\n`))
 */
export function createLog(write: (line: string) => void): Logger {
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => write(line.trimEnd()) },
  )
}

/**
 * One line a request, when its answer has ended. Never what was said, nor a header, nor a query: those may hold secrets. What a refusal says is left out
 * too, because it may quote the request; its code is not.
 */
export function logRequests(
  log: Logger,
): MiddlewareHandler<{ Variables: LogVariables & RequestIdVariables & KeyVariables }> {
  return async (c, next) => {
    const started = performance.now()
    await next()
    const { status } = c.res
    const write = (): void => {
      const { requestId, model, generation, key, failure = c.error } = c.var
      const line: RequestLine = {
        request: requestId,
        method: c.req.method,
        path: printable(c.req.path),
        status,
        ms: Math.round(performance.now() - started),
        ...(model !== undefined && { model }),
        ...(generation && {
          prompt_tokens: generation.promptTokens,
          completion_tokens: generation.completionTokens,
          finish_reason: generation.finishReason,
        }),
        ...(key !== undefined && { key }),
        ...(failure !== undefined && reasonOf(failure)),
      }
      log[line.failure === undefined ? 'info' : 'error'](line)
    }
    const { finished } = c.var
    if (finished) void finished.then(write)
    else write()
  }
}

/** Longer paths are cut: none that is served comes near. */
const longestPath = 200

/** A path as it may stand in a line, on a terminal too. Whoever has a session's whole id may rate in it. */
function printable(path: string): string {
  const secretive = path.replace(/^((?:\/api\/sessions|\/s)\/[\w-]{4})[\w-]+/, '$1…')
  const shown = secretive.toWellFormed().replace(/[^\x21-\x7e…]/gu, encodeURIComponent)
  return shown.length > longestPath ? `${shown.slice(0, longestPath)}…` : shown
}

function reasonOf(failure: unknown): Pick<RequestLine, 'code' | 'failure' | 'stack'> {
  const { status, code } = toApiError(failure)
  if (status < 500) return { code }
  const foreseen = failure instanceof EndonymError || failure instanceof ApiError
  const stack = foreseen ? undefined : (failure as Error).stack
  return { code, failure: messageOf(failure), ...(stack !== undefined && { stack }) }
}
