import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import type { Teacher } from './teacher.ts'

/**
 * A teacher that refuses the request that could exceed the budget, so that the run stops cleanly with everything kept that was paid for.
 *
 * What a request will cost is not known before it is answered; the dearest answer so far stands for it, and for those that are under way.
 *
 * @param spent what the run has spent already, in the price's currency.
 * @throws EndonymError `budget_reached` from `complete`
 */
export function withBudget(teacher: Teacher, budget: number, spent: number): Teacher {
  let total = spent
  let dearest = 0
  let underWay = 0
  return {
    ...teacher,
    complete: async (request, options) => {
      if (total + (underWay + 1) * dearest > budget || total >= budget) {
        throw new EndonymError(
          'budget_reached',
          `The budget of ${budget} would be exceeded: ${total.toFixed(4)} is spent. Everything that was answered is kept; run the same command with a larger --budget to go on.`,
        )
      }
      underWay++
      try {
        const completion = await teacher.complete(request, options)
        total += completion.price
        dearest = Math.max(dearest, completion.price)
        return completion
      } finally {
        underWay--
      }
    },
  }
}

/** What was paid to a teacher since a time (ISO 8601). */
export async function spentSince(store: Store, teacher: Teacher, since: string): Promise<number> {
  const { total } = await store
    .selectFrom('completions')
    .select((eb) => eb.fn.sum<number | null>('price').as('total'))
    .where('source', '=', teacher.name)
    .where('created_at', '>=', since)
    .executeTakeFirstOrThrow()
  return total ?? 0
}
