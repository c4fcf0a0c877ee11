import type { Context } from 'hono'
import { sum } from '../../core/sum.ts'
import type { Generation } from '../../models/runtime.ts'
import { type AnswerVariables, throwIfEnded } from '../ending.ts'
import { ApiError, toApiError } from './error.ts'
import { openEventStream } from './event-stream.ts'

/** Whether a piece of an answer is its text, or what the model thinks, or a call that it makes, as JSON. */
export type Kind = 'text' | 'thought' | 'call'

/** What the events of a streamed answer hold, each a JSON text. */
export type Events<T extends Generation> = {
  /** Prompts that are answered, each as often as the others. (1) */
  prompts?: number
  /** Before the first text. */
  begin: readonly string[]
  text(text: string, index: number, kind: Kind): string
  end(generations: readonly T[]): readonly string[]
}

/**
 * Streams an answer as server-sent events, the last one `[DONE]`. The status line goes out with the first text, so that a prompt that is refused is still
 * a 400 and not an event. A client that reads too slowly has its answer ended.
 */
export async function streamAnswer<T extends Generation>(
  c: Context<{ Variables: AnswerVariables }>,
  generate: (onText: (text: string, index: number, kind?: Kind) => void) => Promise<readonly T[]>,
  events: Events<T>,
): Promise<Response> {
  const { ending } = c.var
  const first = Promise.withResolvers<void>()
  const early: [text: string, index: number, kind: Kind][] = []
  let send = (text: string, index: number, kind: Kind = 'text'): void => {
    early.push([text, index, kind])
    first.resolve()
  }
  const generating = generate((...piece) => send(...piece))
  await Promise.race([first.promise, generating])
  throwIfEnded(ending)

  const stream = openEventStream()
  const write = (data: string): void => {
    if (ending.signal.aborted) return
    if (stream.send(data) === 'full') ending.abort(unread())
  }
  const run = async (): Promise<void> => {
    try {
      for (const event of events.begin) write(event)
      send = (text, index, kind = 'text') => write(events.text(text, index, kind))
      for (const piece of early) send(...piece)
      const generations = await generating
      c.set('generation', summary(generations, events.prompts))
      for (const event of events.end(generations)) write(event)
      throwIfEnded(ending)
    } catch (error) {
      c.set('failure', error)
      stream.send(JSON.stringify(toApiError(error).body()))
    } finally {
      stream.send('[DONE]')
      stream.end()
    }
  }
  c.set(
    'finished',
    Promise.all([run(), stream.finished]).then(() => {}),
  )
  return c.body(stream.body, 200, eventStreamHeaders)
}

const eventStreamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  // nginx would gather the events until they fill its buffer.
  'x-accel-buffering': 'no',
}

function unread(): ApiError {
  return new ApiError(408, 'client_too_slow', 'The answer was ended because too much of it had not been read.')
}

export function finishReason({ finishReason }: Generation): string {
  return finishReason === 'length' ? 'length' : 'stop'
}

/** What several answers to each prompt come to, prompt by prompt: each prompt is counted once. */
export function summary<T extends Generation>(generations: readonly T[], prompts = 1): Generation {
  const [first] = generations
  if (!first) return { text: '', finishReason: 'stop', promptTokens: 0, completionTokens: 0 }
  const firsts = generations.filter((_, index) => index % (generations.length / prompts) === 0)
  return {
    ...first,
    promptTokens: sum(firsts.map(({ promptTokens }) => promptTokens)),
    completionTokens: sum(generations.map(({ completionTokens }) => completionTokens)),
  }
}

export function usage({ promptTokens, completionTokens }: Pick<Generation, 'promptTokens' | 'completionTokens'>) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}
