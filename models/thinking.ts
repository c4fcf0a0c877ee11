/** Pairs of marks between which models think: Qwen, DeepSeek, Kakugo's students and their like; Magistral. */
export const thinkingMarks = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['[THINK]', '[/THINK]'],
] as const

/** What ends the thought that a prompt has opened, as many chat templates do; undefined where it has opened none. */
export function closingOf(prompt: string): string | undefined {
  return thinkingMarks.find(([open]) => prompt.trimEnd().endsWith(open))?.[1]
}

/** Takes an answer apart while it comes. */
export type ThinkingSplitter = {
  push(text: string): void
  /** To be called when nothing more comes. */
  end(): void
}

/**
 * Tells what a model thinks at the beginning of its answer from the answer, piece by piece: neither gets any of the marks, nor the white space beside them. Marks further on are part of the answer.
 *
 * @param options.prompt as it was rendered: many chat templates write the opening mark themselves.
 */
export function createThinkingSplitter(options: {
  prompt: string
  onThought(text: string): void
  /** @param at where the piece begins in all that was pushed. */
  onText(text: string, at: number): void
}): ThinkingSplitter {
  const { onThought, onText } = options
  let closing = closingOf(options.prompt)
  const opened = closing !== undefined
  let where: 'beginning' | 'thought' | 'answer' = opened ? 'thought' : 'beginning'
  /** White space that is left out: before a thought, and between it and the answer. */
  let skipping = opened
  let held = ''
  let pushed = 0

  /** Hands on what is held, but its last `keep` characters. */
  const say = (to: (text: string, at: number) => void, keep = 0): void => {
    const ready = skipping ? held.slice(0, held.length - keep).trimStart() : held.slice(0, held.length - keep)
    held = held.slice(held.length - keep)
    if (ready === '') return
    skipping = false
    to(ready, pushed - held.length - ready.length)
  }
  const begin = (): boolean => {
    const text = held.trimStart()
    const mark = thinkingMarks.find(([open]) => text.startsWith(open))
    if (mark) {
      held = text.slice(mark[0].length)
      closing = mark[1]
      where = 'thought'
      skipping = true
      return true
    }
    if (thinkingMarks.some(([open]) => open.startsWith(text))) return false
    where = 'answer'
    return true
  }
  const think = (): boolean => {
    const end = held.indexOf(closing ?? '')
    if (end < 0) {
      // What may be the mark's beginning is kept, and white space before it.
      say(onThought, beginningOf(held, closing ?? ''))
      return false
    }
    const rest = held.slice(end + (closing?.length ?? 0))
    held = held.slice(0, end).trimEnd()
    say(onThought)
    held = rest
    where = 'answer'
    skipping = true
    return true
  }
  return {
    push: (text) => {
      held += text
      pushed += text.length
      if (where === 'beginning' && !begin()) return
      if (where === 'thought' && !think()) return
      say(onText)
    },
    end: () => {
      if (where !== 'thought') return say(onText)
      held = held.trimEnd()
      say(onThought)
    },
  }
}

/** How many characters at the end of a text may be the beginning of a mark, with the white space before them. */
export function beginningOf(text: string, mark: string): number {
  let length = Math.min(text.length, mark.length - 1)
  while (length > 0 && !mark.startsWith(text.slice(text.length - length))) length--
  const before = text.slice(0, text.length - length)
  return length + before.length - before.trimEnd().length
}
