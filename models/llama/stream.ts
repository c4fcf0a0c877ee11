import type { Tokenizer } from './tokenizer.ts'

/** Tokens become text as they come: whole characters only, and nothing of a stop text. */
export type TextStream = {
  /** The text so far that is certain to be part of the answer. */
  readonly text: string
  /** Adds a token; true when a stop text is complete and generation must end. */
  push(token: number): boolean
  /** Ends the text: what was held back because a stop text might have come is part of it after all. */
  end(): void
}

/** A character takes at most four tokens (UTF-8 bytes); what is still broken after that was no character. */
const longestCharacter = 4
/** Tokens of context that detokenising needs to place spaces. */
const contextTokens = 4

export function createTextStream(
  tokenizer: Pick<Tokenizer, 'detokenize'>,
  stop: readonly string[] = [],
  onText?: (text: string) => void,
): TextStream {
  const stops = stop.filter((text) => text !== '')
  let text = ''
  /** Text that may be the beginning of a stop text. */
  let held = ''
  /** Tokens that end in the middle of a character. */
  let pending: number[] = []
  let before: number[] = []

  const release = (length: number): void => {
    const part = held.slice(0, length)
    held = held.slice(length)
    if (part === '') return
    text += part
    onText?.(part)
  }
  const flush = (): void => {
    held += tokenizer.detokenize(pending, before)
    before = [...before, ...pending].slice(-contextTokens)
    pending = []
  }

  return {
    get text() {
      return text
    },
    push(token) {
      pending.push(token)
      if (pending.length < longestCharacter && tokenizer.detokenize(pending, before).endsWith('\uFFFD')) return false
      flush()
      const at = firstIndex(held, stops)
      if (at >= 0) {
        release(at)
        held = ''
        return true
      }
      release(held.length - overlap(held, stops))
      return false
    },
    end() {
      if (pending.length > 0) {
        flush()
        held = held.replace(/\uFFFD+$/, '')
      }
      release(held.length)
    },
  }
}

/** Where the earliest of the stop texts begins, or −1. */
function firstIndex(text: string, stops: readonly string[]): number {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
  return found.length === 0 ? -1 : Math.min(...found)
}

/** Length of the longest end of the text with which a stop text begins. */
function overlap(text: string, stops: readonly string[]): number {
  let longest = 0
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length
    }
  }
  return longest
}
