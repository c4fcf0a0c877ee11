import { revisionPrompt, revisions } from '../../../data/prompts/kakugo/revisions.ts'
import { createExample, type Dropped } from '../../example.ts'
import type { Step } from '../../step.ts'
import type { Asking } from './ask-lists.ts'
import { textCheck } from './checks.ts'
import { listStep } from './list-step.ts'

/** Words in a row that a revised message may have in common with the text below it: more is a quotation. */
const quoted = 12

const name = 'revisions'

/**
 * A share of the messages is rewritten, each in one of seven ways. Only what became of these is yielded: the next step takes the others, and those whose revision cannot be used, as they were.
 */
export const revise = ({ share, asking, checks }: { share: number; asking: Asking; checks: boolean }): Step =>
  listStep({
    name,
    title: 'Some of the messages are rewritten',
    from: ['topic-prompts', 'scenario-prompts', 'context-prompts'],
    asking,
    open: ({ language, random }) => {
      const check = textCheck({ language, field: 'prompt', checks })
      return {
        ask: ({ id, kind, target, text }) => {
          const draw = random.fork(`${name} ${id}`)
          if (draw.next() >= share) return undefined
          const revision = draw.pick(revisions)
          const message = target?.[0]?.content ?? ''
          const prompt = revisionPrompt(language, { message, revision, ...(text !== undefined && { text }) })
          return { kind, about: undefined, prompt }
        },
        make: ([message = ''], { parent: { id, kind, text }, requests }) => {
          const target = [{ role: 'user' as const, content: message }]
          const example = createExample({ kind, target, ...(text !== undefined && { text }), parents: [id], requests })
          return [{ example, text: message, dropped: check(message) ?? quotation(message, text) }]
        },
      }
    },
  })

function quotation(message: string, text: string | undefined): Dropped | undefined {
  if (text === undefined) return undefined
  const all = message.split(/\s+/)
  const whole = text.split(/\s+/).join(' ')
  for (let start = 0; start + quoted <= all.length; start++) {
    if (whole.includes(all.slice(start, start + quoted).join(' ')))
      return { by: 'quotation', reason: 'it repeats the text that stands below it' }
  }
  return undefined
}
