/**
 * An error that a person can act on: its message is a whole sentence that says what was wrong, with which value, and what to do.
 *
 * `code` is stable and may be tested for. `exitCode` is what the command line ends with: 1 for work that failed, 2 for wrong usage.
 * A stack trace is never shown for one of these; anything else that is thrown is a defect of ours.
 *
 * @example
 * throw new EndonymError('language_unknown', `No language is called "${query}". Did you mean Galician?`, { exitCode: 2 })
 */
export class EndonymError extends Error {
  readonly code: string
  readonly exitCode: 1 | 2

  constructor(code: string, message: string, options: { cause?: unknown; exitCode?: 1 | 2 } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'EndonymError'
    this.code = code
    this.exitCode = options.exitCode ?? 1
  }
}

/** What may go well when it is tried again. */
export class RetryError extends EndonymError {
  /** Seconds after which it is worth it. */
  readonly retryAfter: number

  constructor(code: string, message: string, retryAfter: number) {
    super(code, message)
    this.retryAfter = retryAfter
  }
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
