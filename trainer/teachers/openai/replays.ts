import { sha256 } from '../../../core/hash.ts'

/**
 * Notices an answer that belongs to another request: its id was seen before, and so was its text. A cache or a proxy that mixes up its connections does that.
 *
 * Ids alone do not tell: some servers give every answer the same one. So one that comes back with another text, or twice to the same request, means that this endpoint's ids say nothing.
 *
 * @param size answers that are known at once.
 */
export function createReplays(
  size = 10_000,
): (answer: { id: string | undefined; text: string; request: object }) => boolean {
  const known = new Map<string, { digest: string; suspect?: object }>()
  let telling = true
  return ({ id, text, request }) => {
    if (!telling || id === undefined) return false
    const digest = sha256(text).slice(0, 16)
    const before = known.get(id)
    if (before === undefined) {
      known.set(id, { digest })
      const [oldest] = known.keys()
      if (known.size > size && oldest !== undefined) known.delete(oldest)
      return false
    }
    if (before.digest === digest && before.suspect !== request) {
      before.suspect = request
      return true
    }
    telling = false
    known.clear()
    return false
  }
}
