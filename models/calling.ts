import { type CallForm, readCalls } from './call-form.ts'
import { createJsonEnd, type JsonEnd } from './json-end.ts'
import { beginningOf } from './thinking.ts'
import type { ToolCall } from './tools.ts'

/** Takes an answer apart while it comes. */
export type CallSplitter = {
  push(text: string): void
  /** To be called when nothing more comes. */
  end(): void
}

/**
 * Tells calls of functions from the text around them, piece by piece. Text gets nothing of a call, of its marks or of the white space beside it; what only looked like a call
 * (it is no JSON, names no function that there is, or was cut off) is text to the letter.
 *
 * @param options.names of the functions that may be called.
 * @param options.begun whether the prompt has what stands before a call already.
 */
export function createCallSplitter(options: {
  form: Pick<CallForm, 'open' | 'close'>
  names: ReadonlySet<string>
  begun?: boolean
  /** @param at where the piece begins in all that was pushed. */
  onText(text: string, at: number): void
  onCall(call: ToolCall): void
}): CallSplitter {
  const { names, onText, onCall } = options
  const { open, close } = options.form
  /** Without a mark, an answer that begins with JSON may be a call. */
  const first = options.begun || open === '' ? 'call' : 'text'
  let where: 'text' | 'call' | 'after' = first
  /** Of a call that may have begun: where in what is held its mark ends, and what looks for the end of its JSON. */
  let marked = 0
  let json: { start: number; end: JsonEnd } | undefined
  /** White space after a call is left out. */
  let skipping = false
  let held = ''
  let pushed = 0

  /** Hands on the beginning of what is held. */
  const say = (length: number): void => {
    const [piece, at] = [held.slice(0, length), pushed - held.length]
    held = held.slice(length)
    if (piece === '') return
    skipping = false
    onText(piece, at)
  }
  const isNone = (): true => {
    json = undefined
    where = 'text'
    say(marked)
    return true
  }
  /** Each looks at what is held, and says whether there is more to see. */
  const look = {
    text: (): boolean => {
      if (skipping) held = held.trimStart()
      const at = open === '' ? -1 : held.indexOf(open)
      if (at < 0) {
        say(held.length - (open === '' ? 0 : beginningOf(held, open)))
        return false
      }
      const before = held.slice(0, at).trimEnd().length
      say(before)
      marked = at - before + open.length
      where = 'call'
      return true
    },
    call: (): boolean => {
      if (!json) {
        const start = held.length - held.slice(marked).trimStart().length
        if (start === held.length) return false
        if (held[start] !== '{' && held[start] !== '[') return isNone()
        json = { start, end: createJsonEnd(start) }
      }
      const end = json.end.find(held)
      if (end === undefined) return false
      const calls = readCalls(held.slice(json.start, end), names)
      if (!calls) return isNone()
      json = undefined
      held = held.slice(end)
      where = 'after'
      calls.forEach(onCall)
      return true
    },
    after: (): boolean => {
      held = held.trimStart()
      if (held === '') return false
      if (held.startsWith(close)) held = held.slice(close.length)
      else if (close.startsWith(held)) return false
      skipping = true
      marked = 0
      where = open === '' ? 'call' : 'text'
      return true
    },
  }
  const run = (): void => {
    while (look[where]());
  }
  return {
    push: (text) => {
      held += text
      pushed += text.length
      run()
    },
    end: () => {
      // A call that did not end is text, in which another may have begun.
      while (where === 'call' && held !== '') {
        isNone()
        run()
      }
      if (where === 'text') say(held.length)
    },
  }
}
