import type { Step } from '../../step.ts'

/** What is left out for other reasons than the teacher's. */
const noFault = new Set(['one a text', 'near-duplicate', 'duplicate', 'budget', 'too long', 'too short', 'benchmark'])

/** Fewer examples than this tell nothing. */
const enough = 5

/** A step that says so when most of what its teacher answered cannot be used: this recipe is for a teacher that knows the language. */
export function watchUsable(step: Step): Step {
  return {
    ...step,
    run: async function* (input, context) {
      const faults = new Map<string, number>()
      let kept = 0
      for await (const example of step.run(input, context)) {
        if (!example.dropped) kept++
        else if (!noFault.has(example.dropped.by)) {
          faults.set(example.dropped.by, (faults.get(example.dropped.by) ?? 0) + 1)
        }
        yield example
      }
      const faulty = [...faults.values()].reduce((sum, count) => sum + count, 0)
      const all = kept + faulty
      if (all < enough && kept > 0) return
      if (faulty <= kept) return
      const reasons = [...faults].sort(([, a], [, b]) => b - a).map(([by, count]) => `${by} ${count}`)
      context.note({
        sentence: `${step.title}: ${faulty} of ${all} could not be used (${reasons.join(', ')}). Kakugo lives on its teacher, and this one is too weak for ${context.language.name}: name a larger one with --teacher URL --teacher-model MODEL.`,
      })
    },
  }
}
