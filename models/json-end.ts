/** Follows a JSON object or array that comes in pieces, to where it ends. Whether it is sound JSON, a parser says. */
export type JsonEnd = {
  /** Reads on in the text from where it stopped; where the value ends, or undefined as long as it has not. */
  find(text: string): number | undefined
}

/** @param start where in the text the value begins, with a bracket. */
export function createJsonEnd(start: number): JsonEnd {
  let at = start
  let depth = 0
  let inText = false
  return {
    find(text) {
      for (; at < text.length; at++) {
        const character = text[at]
        if (inText) {
          // What comes after a backslash ends no text; it may not have come yet.
          if (character === '\\') {
            if (at + 1 === text.length) return undefined
            at++
          } else if (character === '"') inText = false
        } else if (character === '"') inText = true
        else if (character === '{' || character === '[') depth++
        else if (character === '}' || character === ']') {
          depth--
          if (depth === 0) return at + 1
        }
      }
      return undefined
    },
  }
}

/** Where the object or array that begins at `start` ends, or undefined where none begins there or it does not end. */
export function endOfJson(text: string, start: number): number | undefined {
  return text[start] === '{' || text[start] === '[' ? createJsonEnd(start).find(text) : undefined
}
