import { thoughtsPrompt } from '../../../data/prompts/kakugo/answers.ts'
import { createExample } from '../../example.ts'
import type { Step } from '../../step.ts'
import type { Asking } from './ask-lists.ts'
import { textCheck } from './checks.ts'
import { listStep } from './list-step.ts'

/** What rows that think hold: thoughts in the language, the teacher's own as they came, or there are none. */
export type Reasoning = 'language' | 'teacher' | 'none'

/** Shares of the answers that are given with thoughts: those that the teacher wrote in the language, and those that were translated. */
export type ThinkingShares = { written: number; translated: number }

/** Whether an example is to be a row that thinks: drawn by its id, so that it comes out the same in every step. */
export function thinks(
  { id, kind }: { id: string; kind: string },
  shares: ThinkingShares,
  random: { fork(name: string): { next(): number } },
): boolean {
  return random.fork(`thinks ${id}`).next() < (kind === 'translated' ? shares.translated : shares.written)
}

/** The kind of an example, or of a row, that thinks: `topic/thinking`. */
export const thinkingKind = ({ kind }: { kind: string }): string => `${kind.split('/')[0]}/thinking`

/**
 * The thoughts before an answer, in the language: the teacher writes them from question, answer and its own notes, for translated answers too. Where they cannot be used the answer goes without.
 */
export const writeThoughts = ({
  reasoning: wanted,
  shares,
  asking,
  checks,
}: {
  reasoning: Reasoning
  shares: ThinkingShares
  asking: Asking
  checks: boolean
}): Step =>
  listStep({
    name: 'thoughts',
    title: 'The teacher writes in the language what is thought before an answer',
    from: wanted === 'language' ? ['responses', 'follow-up-answers', 'translations'] : [],
    asking,
    open: ({ language, random }) => {
      const check = textCheck({ language, field: 'thoughts', checks })
      return {
        ask: (example) => {
          const { kind, target = [], reasoning: notes } = example
          const [message, answer] = target.slice(-2)
          if (!message || !answer || !thinks(example, shares, random)) return undefined
          const asked = { message: message.content, answer: answer.content, ...(notes !== undefined && { notes }) }
          return { kind, about: undefined, prompt: thoughtsPrompt(language, asked) }
        },
        make: (list, { parent, requests }) => {
          const reasoning = list.join('\n')
          const example = createExample({
            kind: thinkingKind(parent),
            ...(parent.source && { source: parent.source }),
            ...(parent.target && { target: parent.target }),
            reasoning,
            parents: [parent.id],
            requests,
          })
          return [{ example, text: reasoning, dropped: check(reasoning) }]
        },
      }
    },
  })
