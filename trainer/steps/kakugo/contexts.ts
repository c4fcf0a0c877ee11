import type { Language } from '../../../data/language.ts'
import { contextMessagesPrompt, taskCycle } from '../../../data/prompts/kakugo/contexts.ts'
import { createExample } from '../../example.ts'
import type { Step } from '../../step.ts'
import { type Asking, askForms, listForm, unanswered } from './ask-lists.ts'
import type { Judge } from './checks.ts'
import { watchDiversity } from './diversity.ts'

/**
 * Messages about each native text: to translate, summarise, improve or classify it, or to answer a question about it, in turn. Of those that the teacher writes for a text one is kept, drawn among
 * those that pass: the first ones of such lists are alike from text to text.
 */
export function contextMessages(options: {
  count: number
  asking: Asking
  judge: (language: Language) => Judge
}): Step {
  const name = 'context-prompts'
  const title = 'The teacher writes messages about texts by people'
  return {
    name,
    title,
    from: ['native-texts'],
    run: async function* (input, context) {
      const { language, progress, random } = context
      const teacher = await context.teacher()
      const judge = options.judge(language)
      const asks = async function* () {
        let turn = 0
        for await (const example of input) {
          const task = taskCycle[turn++ % taskCycle.length] ?? 'answer'
          const text = example.text ?? ''
          const prompt = contextMessagesPrompt(language, { text, task, count: options.count })
          yield { about: { kind: `context/${task}`, text }, example, prompt }
        }
      }
      const diversity = watchDiversity(context, title)
      let done = 0
      for await (const answered of askForms(asks(), listForm, options.asking, { context, teacher, step: name })) {
        progress({ stage: name, done: ++done, unit: 'answers' })
        const { about, example: parent, requests } = answered
        if ('dropped' in answered) {
          yield unanswered(about.kind, answered)
          continue
        }
        let kept = false
        for (const message of random.fork(parent.id).shuffle(answered.value.slice(0, options.count))) {
          const example = createExample({
            kind: about.kind,
            target: [{ role: 'user', content: message }],
            text: about.text,
            parents: [parent.id],
            requests,
          })
          const dropped = kept
            ? { by: 'one a text', reason: 'another message about the text was drawn' }
            : judge(message, example.id)
          if (!dropped) {
            kept = true
            diversity.add(message)
          }
          yield dropped ? { ...example, dropped } : example
        }
      }
      diversity.end()
    },
  }
}
