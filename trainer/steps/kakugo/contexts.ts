import type { Language } from '../../../data/language.ts'
import { contextMessagesPrompt, taskCycle } from '../../../data/prompts/kakugo/contexts.ts'
import { createExample } from '../../example.ts'
import type { Step } from '../../step.ts'
import type { Asking } from './ask-lists.ts'
import type { Judge } from './checks.ts'
import { listStep } from './list-step.ts'

/**
 * Messages about each native text: to translate, summarise, improve or classify it, or to answer a question about it, in turn. Of those that the teacher writes for a text one is kept, drawn among
 * those that pass: the first ones of such lists are alike from text to text.
 */
export const contextMessages = ({
  count,
  asking,
  judge,
}: {
  count: number
  asking: Asking
  judge: (language: Language) => Judge
}): Step =>
  listStep({
    name: 'context-prompts',
    title: 'The teacher writes messages about texts by people',
    from: ['native-texts'],
    asking,
    open: ({ language, random }) => {
      const judged = judge(language)
      let turn = 0
      return {
        ask: ({ text = '' }) => {
          const task = taskCycle[turn++ % taskCycle.length] ?? 'answer'
          const prompt = contextMessagesPrompt(language, { text, task, count })
          return { kind: `context/${task}`, about: { kind: `context/${task}`, text }, prompt }
        },
        make: function* (list, { about: { kind, text }, parent, requests }) {
          let kept = false
          for (const message of random.fork(parent.id).shuffle(list.slice(0, count))) {
            const target = [{ role: 'user' as const, content: message }]
            const example = createExample({ kind, target, text, parents: [parent.id], requests })
            const dropped = kept
              ? { by: 'one a text', reason: 'another message about the text was drawn' }
              : judged(message, example.id)
            if (!dropped) kept = true
            yield { example, text: message, dropped }
          }
        },
      }
    },
  })
