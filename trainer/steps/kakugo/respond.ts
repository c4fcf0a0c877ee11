import type { Message, Sampling } from '../../../models/runtime.ts'
import { askEach, questionOf } from '../../ask.ts'
import { createExample, type Dropped, type Example } from '../../example.ts'
import type { Step, StepContext } from '../../step.ts'
import type { CompletionRequest } from '../../teacher.ts'
import { watchDiversity } from './diversity.ts'

/**
 * The teacher answers what people wrote, and what it thought on the way is kept apart from the answer. Answers that did not end by themselves are dropped.
 *
 * @param options.system how it is to answer: for the teacher alone, and no part of the example.
 * @param options.messages the conversation so far, which ends with a message of the person.
 * @param options.content what the answer makes of the example.
 */
export function respond(options: {
  name: string
  title: string
  from: readonly string[]
  which?: (example: Example) => boolean
  sampling: Sampling
  system: (example: Example, context: StepContext) => string
  messages: (example: Example) => readonly Message[]
  content: (example: Example, answer: Message) => Pick<Example, 'kind' | 'source' | 'target'>
  check: (context: StepContext) => (answer: string, example: Example) => Dropped | undefined
}): Step {
  const { name, title, from, which = () => true } = options
  return {
    name,
    title,
    from,
    run: async function* (input, context) {
      const { memory, progress, random } = context
      const teacher = await context.teacher()
      const wanted = async function* () {
        for await (const example of input) {
          if (!which(example)) continue
          const request: CompletionRequest = {
            messages: [{ role: 'system', content: options.system(example, context) }, ...options.messages(example)],
            sampling: { ...options.sampling, seed: random.fork(`${name} ${example.id}`).int(2 ** 32) },
            draw: 0,
          }
          yield { example, request, key: questionOf(teacher, request) }
        }
      }
      const check = options.check(context)
      const diversity = watchDiversity(context, title)
      const answers = askEach(wanted(), teacher, context, ({ example, key }, completion) => {
        const text = completion.text.trim()
        const answered = createExample({
          ...options.content(example, { role: 'assistant', content: text }),
          ...(completion.reasoning?.trim() && { reasoning: completion.reasoning.trim() }),
          parents: [example.id],
          requests: [memory.hash(key)],
        })
        return { example, answered, text, finished: completion.finishReason === 'stop' && text !== '' }
      })
      let done = 0
      for await (const { example, answered, text, finished } of answers) {
        progress({ stage: name, done: ++done, unit: 'answers' })
        const dropped = finished
          ? check(text, example)
          : { by: 'unfinished', reason: 'the answer did not end by itself' }
        if (!dropped) diversity.add(text)
        yield dropped ? { ...answered, dropped } : answered
      }
      diversity.end()
    },
  }
}
