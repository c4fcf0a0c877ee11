import { followUpPrompt } from '../../../data/prompts/kakugo/answers.ts'
import { createExample } from '../../example.ts'
import type { Step } from '../../step.ts'
import { type Asking, askForms, listForm, unanswered } from './ask-lists.ts'
import { textCheck } from './checks.ts'
import { watchDiversity } from './diversity.ts'

/** A share of the answered messages is gone on from: the teacher writes what the person says next. */
export function followUps(options: { share: number; asking: Asking; checks: boolean }): Step {
  const name = 'follow-ups'
  const title = 'The teacher writes what the person says next'
  return {
    name,
    title,
    from: ['responses'],
    run: async function* (input, context) {
      const { language, progress, random } = context
      const teacher = await context.teacher()
      const check = textCheck({ language, field: 'prompt', checks: options.checks })
      const asks = async function* () {
        for await (const example of input) {
          if (example.kind === 'context/translate') continue
          if (random.fork(`${name} ${example.id}`).next() >= options.share) continue
          const [message, answer] = example.target ?? []
          if (!message || !answer) continue
          const prompt = followUpPrompt(language, { message: message.content, answer: answer.content })
          yield { about: [message, answer], example, prompt }
        }
      }
      const diversity = watchDiversity(context, title)
      let done = 0
      for await (const answered of askForms(asks(), listForm, options.asking, { context, teacher, step: name })) {
        progress({ stage: name, done: ++done, unit: 'answers' })
        if ('dropped' in answered) {
          yield unanswered('conversation', answered)
          continue
        }
        const [message = ''] = answered.value
        const example = createExample({
          kind: 'conversation',
          target: [...answered.about, { role: 'user', content: message }],
          parents: [answered.example.id],
          requests: answered.requests,
        })
        const dropped = check(message)
        if (!dropped) diversity.add(message)
        yield dropped ? { ...example, dropped } : example
      }
      diversity.end()
    },
  }
}
