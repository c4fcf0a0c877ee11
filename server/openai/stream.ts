import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Generation } from '../../models/runtime.ts'
import type { LogVariables } from '../log.ts'
import { toApiError } from './error.ts'

/** What the events of a streamed answer hold, each a JSON text. */
export type Events = {
  /** Before the first text. */
  begin: readonly string[]
  text(text: string): string
  end(generation: Generation): readonly string[]
}

/**
 * Streams an answer as server-sent events, the last one `[DONE]`. The status line goes out with the first text, so that a prompt that is refused is still
 * a 400 and not an event.
 */
export async function streamAnswer(
  c: Context<{ Variables: LogVariables }>,
  generate: (onText: (text: string) => void) => Promise<Generation>,
  events: Events,
): Promise<Response> {
  const first = Promise.withResolvers<void>()
  const early: string[] = []
  let send = (text: string): void => {
    early.push(text)
    first.resolve()
  }
  const generating = generate((text) => send(text))
  await Promise.race([first.promise, generating])

  const finished = Promise.withResolvers<void>()
  c.set('finished', finished.promise)
  return streamSSE(c, async (stream) => {
    const write = (data: string): void => void stream.writeSSE({ data })
    try {
      for (const event of events.begin) write(event)
      send = (text) => write(events.text(text))
      for (const text of early) send(text)
      const generation = await generating
      c.set('generation', generation)
      for (const event of events.end(generation)) write(event)
    } catch (error) {
      c.set('failure', error)
      write(JSON.stringify(toApiError(error).body()))
    } finally {
      await stream.writeSSE({ data: '[DONE]' })
      finished.resolve()
    }
  })
}

export function finishReason({ finishReason }: Generation): string {
  return finishReason === 'length' ? 'length' : 'stop'
}

export function usage({ promptTokens, completionTokens }: Pick<Generation, 'promptTokens' | 'completionTokens'>) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}
