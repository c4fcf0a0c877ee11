/**
 * Notices an answer that belongs to another request: its id was seen before, and so was its text. A cache or a proxy that mixes up its connections does that.
 *
 * Ids alone do not tell: some servers give every answer the same one. So one that comes back with another text, or twice to the same request, means that this endpoint's ids say nothing.
 */
export function createReplays(
  size = 10_000,
): (answer: { id: string | undefined; text: string; request: object }) => boolean {
  const known = new Map<string, { text: string; suspect?: object }>()
  let telling = true
  return ({ id, text, request }) => {
    if (!telling || id === undefined) return false
    const before = known.get(id)
    if (before === undefined) {
      known.set(id, { text })
      const [oldest] = known.keys()
      if (known.size > size && oldest !== undefined) known.delete(oldest)
      return false
    }
    if (before.text === text && before.suspect !== request) {
      before.suspect = request
      return true
    }
    telling = false
    known.clear()
    return false
  }
}
