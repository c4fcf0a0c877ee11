import { EndonymError } from '../core/error.ts'
import { grouped } from '../core/format.ts'
import type { Wanted } from './ask.ts'
import type { StepContext } from './step.ts'
import type { Completion, Deferred, Teacher } from './teacher.ts'

/** Held back, from the first missing answer on, until it is known whether the missing ones are worth a batch. */
const held = 10_000

/**
 * Asks a teacher that answers later: what memory knows is yielded, and what it does not is handed in. Where few are missing, as after a batch of which some expired, they are asked for at once.
 *
 * @param direct asks now.
 * @throws EndonymError `batch_pending` at the end, where answers are still to come: the step starts over when the command is run again.
 */
export async function* askDeferred<Each extends Wanted, Out>(
  wanted: AsyncIterable<Each> | Iterable<Each>,
  { teacher, deferred }: { teacher: Teacher; deferred: Deferred },
  { memory, signal }: Pick<StepContext, 'memory' | 'signal'>,
  judged: (each: Each, completion: Completion) => Out,
  direct: (held: readonly Each[]) => AsyncGenerator<Out>,
): AsyncGenerator<Out> {
  await deferred.collect({ memory, signal })
  const size = teacher.batch?.size ?? held
  let later: Each[] = []
  let missing: Each[] = []
  let leaving = false
  let pending = 0

  const submit = async () => {
    const questions = new Map(missing.map((each) => [memory.hash(each.key), each]))
    missing = []
    pending += questions.size
    if (questions.size === 0) return
    const rows = [...questions].map(([hash, { key, request }]) => ({ hash, key, request }))
    await deferred.submit(rows, signal)
  }

  for await (const each of wanted) {
    signal.throwIfAborted()
    const known = await memory.recall<Completion>(each.key)
    if (known) {
      if (leaving) continue
      if (missing.length === 0) yield judged(each, known)
      else later.push(each)
    } else if (await deferred.has(memory.hash(each.key))) {
      pending++
      leaving = true
    } else {
      missing.push(each)
      if (!leaving) later.push(each)
      if (missing.length >= deferred.fewest) leaving = true
      if (missing.length >= size) await submit()
    }
    if (leaving) later = []
    else if (later.length >= held) {
      yield* direct(later)
      later = []
      missing = []
    }
  }
  if (!leaving) return yield* direct(later)
  await submit()
  throw new EndonymError(
    'batch_pending',
    `${grouped(pending)} requests are with the batch API of ${teacher.title}, which answers within a day. Run the same command again to collect them.`,
  )
}
