/** What a call tells as it goes on. */
export type Telling = {
  tell(name: string, args: unknown[]): void
  /** Tells what was held back. */
  flush(): void
}

/**
 * Milliseconds between two pieces of a text, as between the pictures of a film. Nobody sees more of them, and each is work for the process that serves and for a client on the same machine, which takes it from what computes: on two cores one chat is 6 % faster
 * than with a piece for each token.
 */
const interval = 33

/** Pieces of text that come fast are told as one; the first one at once, and everything in its order. */
export function createTelling(tell: (name: string, args: unknown[]) => void): Telling {
  let held: { name: string; text: string } | undefined
  let last = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (!held) return
    const { name, text } = held
    held = undefined
    last = performance.now()
    tell(name, [text])
  }
  return {
    flush,
    tell: (name, args) => {
      const [text] = args
      if (typeof text !== 'string') {
        flush()
        tell(name, args)
        return
      }
      if (held?.name !== name) flush()
      held = { name, text: (held?.text ?? '') + text }
      const wait = last + interval - performance.now()
      if (wait <= 0) flush()
      else timer ??= setTimeout(flush, wait)
    },
  }
}
