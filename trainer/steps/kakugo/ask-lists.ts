import { z } from 'zod'
import type { Sampling } from '../../../models/runtime.ts'
import { askEach, questionOf } from '../../ask.ts'
import type { Dropped, Example } from '../../example.ts'
import { parseJsonAnswer } from '../../json-answer.ts'
import type { StepContext } from '../../step.ts'
import type { Completion, CompletionRequest, Teacher } from '../../teacher.ts'

/** How a teacher is asked: the sampling without its seed, and how often again when an answer cannot be used. */
export type Asking = { sampling: Sampling; attempts: number }

/** Something to ask about an example: `about` is handed back with the answer. */
export type Ask<About> = { about: About; example: Example; prompt: string }

/** The JSON that is asked for, and how an answer is read. */
export type Form<T> = { name: string; schema: Readonly<Record<string, unknown>>; reader: z.ZodType<T> }

/** What came of it: the value, or why nothing did; with the hashes of every request that was made for it. */
export type Answered<About, T> = { about: About; example: Example; requests: string[] } & (
  | { value: T }
  | { dropped: Dropped }
)

const items = z.array(z.string().trim().min(1)).min(1)

/** A list of texts under `items`; a bare list is understood too. Repetitions are left out, and so is what holds no letter: `…`, as it stands in the prompt. */
export const listForm: Form<string[]> = {
  name: 'items',
  schema: z.toJSONSchema(z.strictObject({ items: z.array(z.string()) })),
  reader: z
    .preprocess(
      (value) => (Array.isArray(value) ? value : ((value as { items?: unknown } | null)?.items ?? value)),
      z.array(z.unknown()),
    )
    .transform((list) => [
      ...new Set(list.flatMap((each) => (typeof each === 'string' && /\p{L}/u.test(each) ? [each.trim()] : []))),
    ])
    .pipe(items),
}

/**
 * Asks the teacher for JSON about each of some examples. Where an answer did not end by itself, or is not of the form, another is drawn, `attempts` in all; these come after the others, so that
 * the same run asks in the same order. In constant memory, but for those that are asked again.
 *
 * @param step names the seeds: each follows from step, example and draw, not from the place in the queue.
 */
export async function* askForms<About, T>(
  asks: AsyncIterable<Ask<About>> | Iterable<Ask<About>>,
  form: Form<T>,
  { sampling, attempts }: Asking,
  { context, teacher, step }: { context: StepContext; teacher: Teacher; step: string },
): AsyncGenerator<Answered<About, T>> {
  const { memory, random } = context
  type Pending = Ask<About> & { requests: string[]; dropped?: Dropped }
  let pending: AsyncIterable<Pending> | Iterable<Pending> = mapLazily(asks, (ask) => ({ ...ask, requests: [] }))
  for (let draw = 0; draw < attempts; draw++) {
    const wanted = mapLazily(pending, (each) => {
      const seed = random.fork(`${step} ${each.example.id} ${draw}`).int(2 ** 32)
      const request: CompletionRequest = {
        messages: [{ role: 'user', content: each.prompt }],
        sampling: { ...sampling, seed },
        draw,
        schema: { name: form.name, schema: form.schema },
      }
      return { each, request, key: questionOf(teacher, request) }
    })
    const failed: Pending[] = []
    const judged = (
      { each, key }: { each: Pending; key: Parameters<typeof memory.hash>[0] },
      completion: Completion,
    ) => ({
      ...each,
      requests: [...each.requests, memory.hash(key)],
      read: readForm(completion, form),
    })
    for await (const { read, about, example, requests, prompt } of askEach(wanted, teacher, context, judged)) {
      if ('value' in read) yield { about, example, requests, value: read.value }
      else failed.push({ about, example, requests, prompt, dropped: read })
    }
    if (failed.length === 0) return
    pending = failed
  }
  for await (const { about, example, requests, dropped } of pending) {
    yield { about, example, requests, dropped: dropped ?? { by: 'unanswered', reason: 'it was not asked' } }
  }
}

function readForm<T>({ text, finishReason }: Completion, { reader }: Form<T>): { value: T } | Dropped {
  if (finishReason !== 'stop') return { by: 'unfinished', reason: 'the answer did not end by itself' }
  const parsed = parseJsonAnswer(text, reader)
  return 'value' in parsed ? parsed : { by: 'unreadable', reason: parsed.problem }
}

async function* mapLazily<In, Out>(
  list: AsyncIterable<In> | Iterable<In>,
  map: (each: In) => Out,
): AsyncGenerator<Out> {
  for await (const each of list) yield map(each)
}
