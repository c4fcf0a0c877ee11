import type { Question } from '../data/memory.ts'
import { askDeferred } from './ask-deferred.ts'
import { mapConcurrent } from './concurrent.ts'
import type { StepContext } from './step.ts'
import type { Completion, CompletionRequest, Teacher } from './teacher.ts'

/** What a step wants of the teacher: the request, and what its answer is remembered under. */
export type Wanted = { request: CompletionRequest; key: Question }

/** What a request to a teacher is remembered under. */
export function questionOf(teacher: Teacher, request: CompletionRequest): Question {
  return { kind: 'teacher', source: teacher.name, request }
}

/**
 * Asks the teacher, or memory, and yields what `judged` makes of each answer, in the order of the list: in groups where the teacher answers in groups, else as many at once as it takes. A teacher that answers later is handed what is missing, and the run ends there.
 *
 * @example for await (const example of askEach(wanted, teacher, context, (each, completion) => …)) yield example
 */
export async function* askEach<Each extends Wanted, Out>(
  wanted: AsyncIterable<Each> | Iterable<Each>,
  teacher: Teacher,
  { memory, signal }: Pick<StepContext, 'memory' | 'signal'>,
  judged: (each: Each, completion: Completion) => Out,
): AsyncGenerator<Out> {
  const { concurrency, completeAll, deferred } = teacher
  if (deferred) {
    const { deferred: _, ...now } = teacher
    const direct = (held: readonly Each[]) => askEach(held, now, { memory, signal }, judged)
    yield* askDeferred(wanted, { teacher, deferred }, { memory, signal }, judged, direct)
    return
  }
  if (completeAll === undefined) {
    // More than it takes at once, so that it has work while the oldest answer, which comes first, is waited for.
    yield* mapConcurrent(wanted, concurrency * 4, async (each) => {
      signal.throwIfAborted()
      const onWaste = (completion: Completion) => memory.waste(each.key, completion)
      return judged(each, await memory.remember(each.key, () => teacher.complete(each.request, { signal, onWaste })))
    })
    return
  }
  for await (const group of inGroups(wanted, concurrency)) {
    signal.throwIfAborted()
    const completions = await memory.rememberAll(
      group.map(({ key }) => key),
      (missing) =>
        completeAll(
          missing.map((place) => (group[place] as Each).request),
          { signal },
        ),
    )
    for (const [place, completion] of completions.entries()) yield judged(group[place] as Each, completion)
  }
}

async function* inGroups<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = []
  for await (const item of items) {
    group.push(item)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
