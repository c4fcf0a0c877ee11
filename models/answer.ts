import type { CallForm } from './call-form.ts'
import { createCallSplitter } from './calling.ts'
import { createThinkingSplitter } from './thinking.ts'
import type { ToolCall } from './tools.ts'

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
 * Collects an answer and what was thought before it, and hands on each piece of them, and each call of a function.
 *
 * @param options.prompt as it was rendered.
 * @param options.calls what calls of functions look like; without it there are none.
 */
export function createAnswer(options: {
  prompt: string
  calls?: { form: CallForm; names: ReadonlySet<string>; begun: boolean; onCall(call: ToolCall): void } | undefined
  onText?: ((text: string) => void) | undefined
  onThought?: ((text: string) => void) | undefined
}): Answer {
  let [text, thought] = ['', '']
  const spans: { start: number; end: number }[] = []
  const onText = (piece: string, at: number): void => {
    text += piece
    const last = spans.at(-1)
    if (last?.end === at) last.end += piece.length
    else spans.push({ start: at, end: at + piece.length })
    options.onText?.(piece)
  }
  /** Where the answer begins: all that follows is the answer's. */
  let start: number | undefined
  const calls =
    options.calls && createCallSplitter({ ...options.calls, onText: (piece, at) => onText(piece, (start ?? 0) + at) })
  const thinking = createThinkingSplitter({
    prompt: options.prompt,
    onText: (piece, at) => {
      start ??= at
      if (calls) calls.push(piece)
      else onText(piece, at)
    },
    onThought: (piece) => {
      thought += piece
      options.onThought?.(piece)
    },
  })
  return {
    push: thinking.push,
    end: () => {
      thinking.end()
      calls?.end()
    },
    get text() {
      return text
    },
    get thought() {
      return thought
    },
    holds: (at) => spans.some(({ start, end }) => start <= at && at < end),
  }
}
