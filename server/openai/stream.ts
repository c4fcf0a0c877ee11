import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { sum } from '../../core/sum.ts'
import type { Generation } from '../../models/runtime.ts'
import type { LogVariables } from '../log.ts'
import { toApiError } from './error.ts'

/** Whether a piece of an answer is its text, or what the model thinks, or a call that it makes, as JSON. */
export type Kind = 'text' | 'thought' | 'call'

/** What the events of a streamed answer hold, each a JSON text. */
export type Events = {
  /** Prompts that are answered, each as often as the others. (1) */
  prompts?: number
  /** Before the first text. */
  begin: readonly string[]
  text(text: string, index: number, kind: Kind): string
  end(generations: readonly Generation[]): readonly string[]
}

/**
 * Streams an answer as server-sent events, the last one `[DONE]`. The status line goes out with the first text, so that a prompt that is refused is still
 * a 400 and not an event.
 */
export async function streamAnswer(
  c: Context<{ Variables: LogVariables }>,
  generate: (onText: (text: string, index: number, kind?: Kind) => void) => Promise<readonly Generation[]>,
  events: Events,
): Promise<Response> {
  const first = Promise.withResolvers<void>()
  const early: [text: string, index: number, kind: Kind][] = []
  let send = (text: string, index: number, kind: Kind = 'text'): void => {
    early.push([text, index, kind])
    first.resolve()
  }
  const generating = generate((...piece) => send(...piece))
  await Promise.race([first.promise, generating])

  const finished = Promise.withResolvers<void>()
  c.set('finished', finished.promise)
  return streamSSE(c, async (stream) => {
    const write = (data: string): void => void stream.writeSSE({ data })
    try {
      for (const event of events.begin) write(event)
      send = (text, index, kind = 'text') => write(events.text(text, index, kind))
      for (const piece of early) send(...piece)
      const generations = await generating
      c.set('generation', summary(generations, events.prompts))
      for (const event of events.end(generations)) write(event)
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
