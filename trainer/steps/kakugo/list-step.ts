import { createExample, type Dropped, type Example } from '../../example.ts'
import type { Step, StepContext } from '../../step.ts'
import { type Asking, askForms, listForm } from './ask-lists.ts'
import { watchDiversity } from './diversity.ts'

/** What is asked about an example: `kind` is of what becomes of it, `about` is handed back with the answer. */
export type Question<About> = { kind: string; about: About; prompt: string }

/** An example that an answer makes, the text in it that is new, and why it is dropped. */
export type Made = { example: Example; text: string; dropped?: Dropped | undefined }

/**
 * A step that asks the teacher for a list about each of the examples that it chooses, and makes others of what is in the lists. What cannot be read is drawn again, and recorded where it is given up.
 *
 * @param options.open called once for each run of the step: what its two functions remember is that run's.
 */
export function listStep<About>(options: {
  name: string
  title: string
  from: readonly string[]
  asking: Asking
  open(context: StepContext): {
    /** Undefined where nothing is asked about it. */
    ask(example: Example): Question<About> | undefined
    make(list: readonly string[], of: { about: About; parent: Example; requests: string[] }): Iterable<Made>
  }
}): Step {
  const { name, title, from, asking, open } = options
  return {
    name,
    title,
    from,
    run: async function* (input, context) {
      const teacher = await context.teacher()
      const { ask, make } = open(context)
      const asks = async function* () {
        for await (const example of input) {
          const question = ask(example)
          if (question) yield { about: question, example, prompt: question.prompt }
        }
      }
      const diversity = watchDiversity(context, title)
      let done = 0
      for await (const answered of askForms(asks(), listForm, asking, { context, teacher, step: name })) {
        context.progress({ stage: name, done: ++done, unit: 'answers' })
        const { about: question, example: parent, requests } = answered
        if ('dropped' in answered) {
          yield createExample({ kind: question.kind, parents: [parent.id], requests, dropped: answered.dropped })
          continue
        }
        for (const { example, text, dropped } of make(answered.value, { about: question.about, parent, requests })) {
          if (!dropped) diversity.add(text)
          yield dropped ? { ...example, dropped } : example
        }
      }
      diversity.end()
    },
  }
}
