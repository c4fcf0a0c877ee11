import { z } from 'zod'
import type { FinishReason, Generation } from '../../models/runtime.ts'
import { Fault } from './faults.ts'

const count = z.int().min(0)

/** How many tokens an answer took; upstreams are asked for it always. */
export const usage = z.object({ prompt_tokens: count, completion_tokens: count.default(0) })

/** The error that an upstream sends in place of an event; what it says is not read. */
const failure = z.object({ error: z.union([z.string(), z.record(z.string(), z.unknown())]) })

/**
 * What an upstream sent, of the shape that is expected.
 *
 * @throws Fault where it is of another.
 */
export function read<T extends z.ZodType>(value: unknown, schema: T): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const what = failure.safeParse(value).success ? 'it broke off with an error' : 'its answer has another shape'
  throw new Fault('failed', what)
}

/** What an answer came to, as its events or its choice told it. @throws Fault where it has no end */
export function ended(
  text: string,
  reason: string | null | undefined,
  used: z.output<typeof usage> | null | undefined,
): Generation {
  if (typeof reason !== 'string') throw new Fault('failed', 'its answer broke off')
  if (!used) throw new Fault('lacking', 'it does not say how many tokens an answer took')
  return {
    text,
    finishReason: finishReason(reason),
    promptTokens: used.prompt_tokens,
    completionTokens: used.completion_tokens,
  }
}

function finishReason(reason: string): FinishReason {
  if (reason === 'length') return 'length'
  if (reason === 'stop') return 'stop'
  // vLLM's `abort`, where its engine gave up; filters of texts; tools that were not asked for.
  throw new Fault('failed', 'its answer ended for another reason than its own end')
}
