import { createThinkingSplitter } from './thinking.ts'

/** What a model writes, taken apart while it comes. */
export type Answer = {
  push(text: string): void
  /** To be called when nothing more comes. */
  end(): void
  readonly text: string
  readonly thought: string
  /** Whether the character at this place in all that was pushed is one of the answer's text. */
  holds(at: number): boolean
}

/**
 * Collects an answer and what was thought before it, and hands on each piece of them.
 *
 * @param options.prompt as it was rendered.
 */
export function createAnswer(options: {
  prompt: string
  onText?: ((text: string) => void) | undefined
  onThought?: ((text: string) => void) | undefined
}): Answer {
  let [text, thought] = ['', '']
  const spans: { start: number; end: number }[] = []
  const splitter = createThinkingSplitter({
    prompt: options.prompt,
    onText: (piece, at) => {
      text += piece
      const last = spans.at(-1)
      if (last?.end === at) last.end += piece.length
      else spans.push({ start: at, end: at + piece.length })
      options.onText?.(piece)
    },
    onThought: (piece) => {
      thought += piece
      options.onThought?.(piece)
    },
  })
  return {
    push: splitter.push,
    end: splitter.end,
    get text() {
      return text
    },
    get thought() {
      return thought
    },
    holds: (at) => spans.some(({ start, end }) => start <= at && at < end),
  }
}
