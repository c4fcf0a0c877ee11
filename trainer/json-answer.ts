import type { z } from 'zod'

/** What an answer that was to be JSON came to: the value, or why it cannot be read, for the report. */
export type JsonAnswer<T> = { value: T } | { problem: string }

/**
 * Reads the JSON of a teacher's answer, which is untrusted: the whole text, or else its last fenced block, checked by a schema.
 *
 * @example const answer = parseJsonAnswer(completion.text, z.array(z.string()))
 */
export function parseJsonAnswer<T>(text: string, schema: z.ZodType<T>): JsonAnswer<T> {
  const fenced = [...text.matchAll(/```(?:json)?\s*([\s\S]*?)```/g)].at(-1)?.[1]
  let problem = 'it holds no JSON'
  for (const candidate of [text, ...(fenced === undefined ? [] : [fenced])]) {
    let value: unknown
    try {
      value = JSON.parse(candidate)
    } catch {
      continue
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return { value: parsed.data }
    const [issue] = parsed.error.issues
    problem = `its JSON is of another shape: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? ''}`
  }
  return { problem }
}
