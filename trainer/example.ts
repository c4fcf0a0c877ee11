import { sha256 } from '../core/hash.ts'
import type { Message } from '../models/runtime.ts'

/**
 * A piece of data on its way from a question to a row of training data, with its lineage.
 *
 * `source` is in the rich language (English), `target` the same messages in the language that is taught, once they are translated. A finished row has `prompt` and `completion` instead.
 */
export type Example = {
  /** Of its content and lineage: the same run makes the same ids. */
  id: string
  /** What it is within its step: `question`, `sentence`; for rows the part of the recipe that made it: `target-target`, `code-switched`, … */
  kind: string
  source?: Message[]
  target?: Message[]
  prompt?: Message[]
  completion?: Message[]
  /** Of a document, or a row of continued pre-training: plain text, in place of messages. Beside `target` it is a text by people that these are about, and that is put behind the first of them. */
  text?: string
  /** What was thought before the last answer, kept apart from it. */
  reasoning?: string
  /** Where a document was found: a file and its line. */
  origin?: string
  /** How many of each kind were masked or cut in a document: `email`, `phone`, … */
  masked?: Record<string, number>
  /** Words that the translator left as they were. */
  unknown?: string[]
  /** Ids of the examples that it was made from. */
  parents: string[]
  /** Hashes of the completions that it was made from, in table `completions`. */
  requests: string[]
  dropped?: Dropped
}

/** The filter that dropped an example, and why: the filter's name is stable and counted in the report's funnel, the reason is for people. */
export type Dropped = { by: string; reason: string }

/** Makes an example; its id follows from what it holds. */
export function createExample(
  content: Omit<Example, 'id' | 'parents' | 'requests'> & Partial<Pick<Example, 'parents' | 'requests'>>,
): Example {
  const whole = { parents: [], requests: [], ...content }
  const { dropped: _, ...identity } = whole
  return { id: sha256(identity).slice(0, 20), ...whole }
}
