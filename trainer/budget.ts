import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import type { Completion, CompletionRequest, Teacher } from './teacher.ts'

/** Tokens that a chat template adds to each message at most, and to the whole. */
const perMessage = 16

/** Tokens of an answer whose length the request does not limit, before one is known. */
const unsaid = 4096

/**
 * A teacher that refuses the request that could exceed the budget, so that the run stops cleanly with everything kept that was paid for.
 *
 * What a request can cost at most follows from its prompt and from the tokens that its answer may have: a tokenizer makes at most one token of a byte, and after some answers the most that it was seen
 * to make of one. Where the request does not say how long its answer may be, the dearest so far stands for it. Requests under way count as what they can cost; one that would fit if they cost
 * less waits for them.
 *
 * @param spent what the run has spent already, in the price's currency.
 * @throws EndonymError `budget_reached` from `complete`
 */
export function withBudget(teacher: Teacher, budget: number, spent: number): Teacher {
  const { price = { prompt: 0, completion: 0 } } = teacher
  let total = spent
  let reserved = 0
  let dearest = 0
  const perByte = createMostPerByte()
  let waiting: (() => void)[] = []

  const bound = (request: CompletionRequest): number => {
    const prompt = bytesOf(request) * perByte.most() + perMessage * (request.messages.length + 1)
    const { maxTokens } = request.sampling
    if (maxTokens !== undefined) return (prompt * price.prompt + maxTokens * price.completion) / 1e6
    return Math.max((prompt * price.prompt + (dearest === 0 ? unsaid * price.completion : 0)) / 1e6, dearest)
  }

  const reserve = async (request: CompletionRequest): Promise<number> => {
    for (;;) {
      const most = bound(request)
      if (total >= budget || total + most > budget) throw reached(teacher, budget, total)
      if (total + reserved + most <= budget) {
        reserved += most
        return most
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }

  const release = (most: number) => {
    reserved -= most
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }

  const pay = (request: CompletionRequest, completion: Completion) => {
    total += completion.price
    dearest = Math.max(dearest, completion.price)
    perByte.saw(bytesOf(request), completion.promptTokens)
  }

  return {
    ...teacher,
    mostOf: bound,
    afford: async (most) => {
      if (total + reserved + most > budget) throw reached(teacher, budget, total)
      // It stays set aside: what it came to is known to a later process.
      reserved += most
    },
    complete: async (request, options = {}) => {
      const most = await reserve(request)
      try {
        const completion = await teacher.complete(request, {
          ...options,
          onWaste: async (wasted) => {
            await options.onWaste?.(wasted)
            pay(request, wasted)
            // It is about to be sent again, which may cost as much once more.
            if (total + reserved > budget) throw reached(teacher, budget, total)
          },
        })
        pay(request, completion)
        return completion
      } finally {
        release(most)
      }
    },
  }
}

function reached({ price }: Teacher, budget: number, total: number): EndonymError {
  const currency = price?.currency ? ` ${price.currency}` : ''
  return new EndonymError(
    'budget_reached',
    `The budget of ${budget}${currency} would be exceeded: ${total.toFixed(4)} is spent. Everything that was answered is kept; run the same command with a larger --budget to go on.`,
  )
}

function bytesOf({ messages, schema }: CompletionRequest): number {
  const text = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
  return schema ? text + Buffer.byteLength(JSON.stringify(schema)) : text
}

/** The most tokens that were made of a byte of a prompt, with a fifth on top; one, as long as few were seen. */
function createMostPerByte() {
  let seen = 0
  let most = 0
  return {
    most: () => (seen < 20 ? 1 : Math.max(most * 1.2, 0.1)),
    saw: (bytes: number, tokens: number) => {
      seen++
      most = Math.max(most, tokens / Math.max(1, bytes))
    },
  }
}

/**
 * Holds a teacher to the budget of a run; what the run paid before, to this teacher and its others, counts.
 *
 * @param options.teachers names of all that share the budget.
 * @throws EndonymError `price_unknown`
 */
export async function heldToBudget(
  teacher: Teacher,
  budget: number,
  { store, run, teachers = [teacher.name] }: { store: Store; run: string; teachers?: readonly string[] },
): Promise<Teacher> {
  if (!teacher.price) {
    throw new EndonymError(
      'price_unknown',
      `What ${teacher.title} costs is not known, so a budget cannot be kept. Name its price per million tokens with --price PROMPT,COMPLETION, or write it into prices.json in Endonym's home.`,
      { exitCode: 2 },
    )
  }
  const started = await store.selectFrom('runs').select('created_at').where('id', '=', run).executeTakeFirst()
  return withBudget(teacher, budget, started ? await spentSince(store, teachers, started.created_at) : 0)
}

/** What was paid to teachers since a time (ISO 8601), with what their open batches can cost at most. */
export async function spentSince(store: Store, teachers: readonly string[], since: string): Promise<number> {
  const { total } = await store
    .selectFrom('completions')
    .select((eb) => eb.fn.sum<number | null>('price').as('total'))
    .where('source', 'in', teachers)
    .where('created_at', '>=', since)
    .executeTakeFirstOrThrow()
  const { open } = await store
    .selectFrom('batches')
    .select((eb) => eb.fn.sum<number | null>('most').as('open'))
    .where('source', 'in', teachers)
    .where('status', '=', 'open')
    .executeTakeFirstOrThrow()
  return (total ?? 0) + (open ?? 0)
}
