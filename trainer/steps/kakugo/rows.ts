import type { Random } from '../../../core/random.ts'
import { systemPrompts } from '../../../data/prompts/kakugo/system.ts'
import type { Message } from '../../../models/runtime.ts'
import { createExample, type Example } from '../../example.ts'
import type { Step } from '../../step.ts'
import { contaminationGuard } from './contamination.ts'
import { type Reasoning, type ThinkingShares, thinkingKind, thinks } from './thoughts.ts'

type RowOptions = {
  reasoning: Reasoning
  shares: ThinkingShares
  /** Share of the plain rows that have no system prompt. */
  withoutSystem: number
  /** Words in a row that an answer may not have in common with what is measured on. */
  contamination: number
}

/**
 * Rows of training data, one for each answer: with thoughts and the system prompt that asks for them, or plain and with the one that asks to be concise, or none, as models are often used.
 *
 * Which of these an answer becomes depends on where it comes from only as far as the shares say so: else a system prompt would tell rows of one origin from those of another.
 */
export function makeRows(options: RowOptions): Step {
  return {
    name: 'rows',
    title: 'Rows are made, some that think and some that do not',
    from: ['native-texts', 'thoughts', 'responses', 'follow-up-answers', 'translations'],
    run: async function* (input, context) {
      const { random } = context
      const guard = contaminationGuard(context, options.contamination)
      const thought = new Set<string>()
      for await (const example of input) {
        if (guard.isText(example) || thought.has(example.id)) continue
        const written = example.kind === thinkingKind(example)
        if (written) for (const parent of example.parents) thought.add(parent)
        const own = options.reasoning === 'teacher' && thinks(example, options.shares, random)
        const reasoning = written || own ? example.reasoning : undefined
        for (const row of rowsOf(example, reasoning, options, random.fork(`row ${example.id}`))) {
          const dropped = await guard.overlap(row.completion?.[0]?.content ?? '')
          yield dropped ? { ...row, dropped } : row
        }
      }
    },
  }
}

/** A row for each answer of the conversation that no other row has; thoughts stand before the last one only. */
function* rowsOf(
  example: Example,
  reasoning: string | undefined,
  { withoutSystem }: RowOptions,
  random: Random,
): Generator<Example> {
  const { target = [], requests } = example
  const [kind = ''] = example.kind.split('/')
  const last = target.length - 1
  for (const [place, answer] of target.entries()) {
    // The first answer of a conversation that was gone on with is a row already.
    if (answer.role !== 'assistant' || (kind === 'conversation' && place < last)) continue
    const thinking = place === last ? reasoning : undefined
    const system =
      thinking !== undefined
        ? systemPrompts.thinking
        : random.next() < withoutSystem
          ? undefined
          : systemPrompts.concise
    const prompt: Message[] = [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...target.slice(0, place),
    ]
    const content = thinking === undefined ? answer.content : `<think>\n${thinking}\n</think>\n\n${answer.content}`
    yield createExample({
      kind: thinking === undefined ? kind : thinkingKind(example),
      prompt,
      completion: [{ role: 'assistant', content }],
      parents: [example.id],
      requests,
    })
  }
}
