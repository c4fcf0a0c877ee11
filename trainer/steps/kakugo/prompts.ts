import type { Step } from '../../step.ts'
import { duplicateCheck } from './checks.ts'
import { contaminationGuard } from './contamination.ts'
import { watchDiversity } from './diversity.ts'

/**
 * The messages that will be answered: revised ones in the place of what they were made from, no near-copies whichever steps they come from, nothing that the student will be measured on.
 */
export function choosePrompts(options: { duplicates: number; contamination: number }): Step {
  const title = 'Messages of all steps, without near-copies and without what is measured on'
  return {
    name: 'prompts',
    title,
    from: ['native-texts', 'revisions', 'topic-prompts', 'scenario-prompts', 'context-prompts'],
    run: async function* (input, context) {
      const duplicate = duplicateCheck(options.duplicates)
      const guard = contaminationGuard(context, options.contamination)
      const diversity = watchDiversity(context, title)
      const revised = new Set<string>()
      for await (const example of input) {
        if (guard.isText(example) || revised.has(example.id)) continue
        const message = example.target?.[0]?.content ?? ''
        // Of two messages about different texts the likeness does not matter.
        const dropped =
          // The text itself was looked at when it was taken.
          (await guard.overlap(message)) ??
          duplicate(example.text === undefined ? message : `${message}\n\n${example.text}`, example.id)
        for (const parent of example.parents) revised.add(parent)
        if (!dropped) diversity.add(message)
        yield dropped ? { ...example, dropped } : example
      }
      diversity.end()
    },
  }
}
