import { thoughtsPrompt } from '../../../data/prompts/kakugo/answers.ts'
import { createExample } from '../../example.ts'
import type { Step } from '../../step.ts'
import { type Asking, askForms, listForm, unanswered } from './ask-lists.ts'
import { textCheck } from './checks.ts'

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
export function writeThoughts(options: {
  reasoning: Reasoning
  shares: ThinkingShares
  asking: Asking
  checks: boolean
}): Step {
  const name = 'thoughts'
  return {
    name,
    title: 'The teacher writes in the language what is thought before an answer',
    from: ['responses', 'follow-up-answers', 'translations'],
    run: async function* (input, context) {
      if (options.reasoning !== 'language') return
      const { language, progress, random } = context
      const teacher = await context.teacher()
      const check = textCheck({ language, field: 'thoughts', checks: options.checks })
      const asks = async function* () {
        for await (const example of input) {
          if (!thinks(example, options.shares, random)) continue
          const { target = [], reasoning } = example
          const [message, answer] = target.slice(-2)
          if (!message || !answer) continue
          const prompt = thoughtsPrompt(language, {
            message: message.content,
            answer: answer.content,
            ...(reasoning !== undefined && { notes: reasoning }),
          })
          yield { about: undefined, example, prompt }
        }
      }
      let done = 0
      for await (const answered of askForms(asks(), listForm, options.asking, { context, teacher, step: name })) {
        progress({ stage: name, done: ++done, unit: 'answers' })
        const { example, requests } = answered
        if ('dropped' in answered) {
          yield unanswered(example.kind, answered)
          continue
        }
        const reasoning = answered.value.join('\n')
        const thought = createExample({
          kind: thinkingKind(example),
          ...(example.source && { source: example.source }),
          ...(example.target && { target: example.target }),
          reasoning,
          parents: [example.id],
          requests,
        })
        const dropped = check(reasoning)
        yield dropped ? { ...thought, dropped } : thought
      }
    },
  }
}
