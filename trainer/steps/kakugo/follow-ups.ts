import { followUpPrompt } from '../../../data/prompts/kakugo/answers.ts'
import type { Message } from '../../../models/runtime.ts'
import { createExample } from '../../example.ts'
import type { Step } from '../../step.ts'
import type { Asking } from './ask-lists.ts'
import { textCheck } from './checks.ts'
import { listStep } from './list-step.ts'

const name = 'follow-ups'

/** A share of the answered messages is gone on from: the teacher writes what the person says next. */
export const followUps = ({ share, asking, checks }: { share: number; asking: Asking; checks: boolean }): Step =>
  listStep<Message[]>({
    name,
    title: 'The teacher writes what the person says next',
    from: ['responses'],
    asking,
    open: ({ language, random }) => {
      const check = textCheck({ language, field: 'prompt', checks })
      return {
        ask: ({ id, kind, target: [message, answer] = [] }) => {
          // What is answered in English is not gone on from in the language.
          if (!message || !answer || kind === 'context/translate') return undefined
          if (random.fork(`${name} ${id}`).next() >= share) return undefined
          const prompt = followUpPrompt(language, { message: message.content, answer: answer.content })
          return { kind: 'conversation', about: [message, answer], prompt }
        },
        make: ([message = ''], { about, parent, requests }) => {
          const target = [...about, { role: 'user' as const, content: message }]
          const example = createExample({ kind: 'conversation', target, parents: [parent.id], requests })
          return [{ example, text: message, dropped: check(message) }]
        },
      }
    },
  })
