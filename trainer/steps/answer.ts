import type { Sampling } from '../../models/runtime.ts'
import { askEach } from '../ask.ts'
import { createExample, type Example } from '../example.ts'
import type { Step } from '../step.ts'
import type { Completion, CompletionRequest } from '../teacher.ts'
import { type Filter, firstDrop } from './filters.ts'
import { createNearDuplicates } from './near-duplicates.ts'

/**
 * The teacher answers each question, `draws` times with different seeds; whatever else comes in goes through untouched.
 *
 * Answers that did not end by themselves are dropped, then those that a filter names, then near-duplicates.
 *
 * @param options.system a system prompt for the teacher alone: it is no part of the example.
 */
export function answer(options: {
  draws: number
  system?: string
  sampling: Sampling
  filters: readonly Filter[]
  duplicates: number
}): Step {
  return {
    name: 'answers',
    title: 'The teacher answers the questions',
    run: async function* (input, context) {
      const { memory, progress, random } = context
      const passed: Example[] = []
      const questions: Example[] = []
      for await (const example of input) (example.kind === 'question' ? questions : passed).push(example)

      const teacher = await context.teacher()
      const asked = questions.flatMap((question) =>
        Array.from({ length: options.draws }, (_, draw) => ({ question, draw })),
      )
      const seen = createNearDuplicates(options.duplicates)
      let done = 0
      const wanted = asked.map(({ question, draw }) => {
        const request: CompletionRequest = {
          messages: [
            ...(options.system ? [{ role: 'system' as const, content: options.system }] : []),
            ...(question.source ?? []),
          ],
          // The seed follows from the question, not from its place in the queue, so that asking more questions leaves the known answers known.
          sampling: { ...options.sampling, seed: random.fork(`${question.id} ${draw}`).int(2 ** 32) },
          draw,
        }
        return { question, request, key: { kind: 'teacher', source: teacher.name, request } as const }
      })
      const judged = ({ question, key }: (typeof wanted)[number], completion: Completion) => {
        progress({ stage: 'answers', done: ++done, total: wanted.length, unit: 'answers' })
        const text = completion.text.trim()
        const example = createExample({
          kind: 'pair',
          source: [...(question.source ?? []), { role: 'assistant', content: text }],
          parents: [question.id],
          requests: [memory.hash(key)],
        })
        return { example, finished: completion.finishReason === 'stop' && text !== '' }
      }
      for await (const { example, finished } of askEach(wanted, teacher, context, judged)) {
        const dropped = finished
          ? firstDrop(example, options.filters)
          : { by: 'unfinished', reason: 'the answer did not end by itself' }
        if (dropped) yield { ...example, dropped }
        else {
          const twin = seen(example.source?.at(-1)?.content ?? '', example.id)
          yield twin ? { ...example, dropped: { by: 'near-duplicate', reason: `of ${twin}` } } : example
        }
      }
      yield* passed
    },
  }
}
