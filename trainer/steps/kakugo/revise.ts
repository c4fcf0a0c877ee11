import { revisionPrompt, revisions } from '../../../data/prompts/kakugo/revisions.ts'
import { createExample, type Dropped } from '../../example.ts'
import type { Step } from '../../step.ts'
import { type Ask, type Asking, askForms, listForm, unanswered } from './ask-lists.ts'
import { textCheck } from './checks.ts'

/** Words in a row that a revised message may have in common with the text below it: more is a quotation. */
const quoted = 12

/**
 * A share of the messages is rewritten, each in one of seven ways. Only what became of these is yielded: the next step takes the others, and those whose revision cannot be used, as they were.
 */
export function revise(options: { share: number; asking: Asking; checks: boolean }): Step {
  const name = 'revisions'
  return {
    name,
    title: 'Some of the messages are rewritten',
    from: ['topic-prompts', 'scenario-prompts', 'context-prompts'],
    run: async function* (input, context) {
      const { language, progress, random } = context
      const teacher = await context.teacher()
      const check = textCheck({ language, field: 'prompt', checks: options.checks })
      const asks = async function* (): AsyncGenerator<Ask<undefined>> {
        for await (const example of input) {
          const draw = random.fork(`${name} ${example.id}`)
          if (draw.next() >= options.share) continue
          const revision = draw.pick(revisions)
          const message = example.target?.[0]?.content ?? ''
          const text = example.text === undefined ? {} : { text: example.text }
          yield { about: undefined, example, prompt: revisionPrompt(language, { message, revision, ...text }) }
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
        const [message = ''] = answered.value
        const revised = createExample({
          kind: example.kind,
          target: [{ role: 'user', content: message }],
          ...(example.text !== undefined && { text: example.text }),
          parents: [example.id],
          requests,
        })
        const dropped = check(message) ?? quotation(message, example.text)
        yield dropped ? { ...revised, dropped } : revised
      }
    },
  }
}

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
