import { jsonrepair } from 'jsonrepair'
import type { z } from 'zod'

/** What an answer that was to be JSON came to: the value, or why it cannot be read, for the report. */
export type JsonAnswer<T> = { value: T } | { problem: string }

/**
 * Reads the JSON of a teacher's answer, which is untrusted, and checks it by a schema: the whole text, or else its last fenced block, or else what stands in it from the first bracket on. Where none of
 * these is JSON as it stands, it is repaired: trailing commas, comments, quotes of other kinds or none, brackets and strings that were left open.
 *
 * @param options.finished whether the answer came to its end (finish reason `stop`). One that was cut off is not repaired: what it would have said is not known. (true)
 * @example const answer = parseJsonAnswer(completion.text, z.array(z.string()))
 */
export function parseJsonAnswer<T>(
  text: string,
  schema: z.ZodType<T>,
  { finished = true }: { finished?: boolean } = {},
): JsonAnswer<T> {
  const pieces = [text, ...fencedBlocks(text).reverse(), ...bracketed(text)]
  let problem = 'it holds no JSON'
  for (const read of finished ? [JSON.parse, repaired] : [JSON.parse]) {
    for (const piece of pieces) {
      let value: unknown
      try {
        value = read(piece)
      } catch {
        continue
      }
      const parsed = schema.safeParse(value)
      if (parsed.success) return { value: parsed.data }
      const [issue] = parsed.error.issues
      problem = `its JSON is of another shape: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? ''}`
    }
  }
  return { problem }
}

/** What stands between fences; the last may be left open. */
function fencedBlocks(text: string): string[] {
  return [...text.matchAll(/```(?:json5?)?[^\S\n]*\n?([\s\S]*?)(?:```|$)/gi)].map(([, block = '']) => block)
}

/** From the first bracket to the last that closes, and to the end. */
function bracketed(text: string): string[] {
  const from = text.search(/[[{]/)
  if (from === -1) return []
  const to = Math.max(text.lastIndexOf(']'), text.lastIndexOf('}'))
  return [...(to > from ? [text.slice(from, to + 1)] : []), text.slice(from)]
}

/** Prose is no JSON, though it could be read as a string without quotes. */
function repaired(piece: string): unknown {
  const trimmed = piece.trim()
  if (!/^[[{]/.test(trimmed)) throw new SyntaxError('no bracket')
  return JSON.parse(jsonrepair(trimmed))
}
