import type { Side } from '../../evaluator/sessions/turns.ts'

/** Lets go of answers as they are written. */
export type Lockstep = {
  /** More of a side's answer. */
  push(side: Side, text: string): void
  /** A side's answer is whole. */
  end(side: Side): void
}

/**
 * Lets two answers go side by side at the pace of the slower one, so that how fast they are written does not tell which model is which. Once one has ended, the other comes as it is
 * written.
 *
 * @param emit gets pieces of text; together they are what was pushed
 */
export function createLockstep(sides: readonly Side[], emit: (side: Side, text: string) => void): Lockstep {
  const states = sides.map((side) => ({ side, text: '', sent: 0, ended: false }))
  const release = (): void => {
    const slowest = Math.min(...states.filter(({ ended }) => !ended).map(({ text }) => text.length))
    for (const state of states) {
      const to = wholeCharacters(state.text, Math.min(state.text.length, slowest))
      if (to <= state.sent) continue
      emit(state.side, state.text.slice(state.sent, to))
      state.sent = to
    }
  }
  const of = (side: Side) => states.find((state) => state.side === side)
  return {
    push: (side, text) => {
      const state = of(side)
      if (state) state.text += text
      release()
    },
    end: (side) => {
      const state = of(side)
      if (state) state.ended = true
      release()
    },
  }
}

/** Not between the halves of a surrogate pair. */
function wholeCharacters(text: string, length: number): number {
  const last = text.charCodeAt(length - 1)
  return length < text.length && last >= 0xd800 && last <= 0xdbff ? length - 1 : length
}
