import { z } from 'zod'
import type { Price } from '../../../data/prices.ts'
import type { Completion } from '../../teacher.ts'
import { splitReasoning } from './reasoning.ts'

const tokens = z.number().int().nonnegative().catch(0)

/** What is needed of a chat completion; endpoints differ in the rest. */
const answerSchema = z.object({
  id: z.string().optional(),
  choices: z.array(
    z.object({
      message: z.object({
        content: z.string().nullish(),
        reasoning: z.string().nullish(),
        reasoning_content: z.string().nullish(),
      }),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish(),
})

/**
 * A chat completion of any endpoint, read: the reasoning comes from a field of its own (`reasoning`: vLLM, OpenRouter; `reasoning_content`: DeepSeek, llama-server, SGLang) or from between marks in the text.
 *
 * @returns the completion, and whether it has a choice at all; undefined where it is of another shape.
 */
export function readAnswer(
  value: unknown,
  { price, seconds }: { price: Price; seconds: number },
): { completion: Completion; empty: boolean } | undefined {
  const parsed = answerSchema.safeParse(value)
  if (!parsed.success) return undefined
  const { id, choices, usage } = parsed.data
  const [choice] = choices
  const { content, reasoning: channel, reasoning_content } = choice?.message ?? {}
  const split = splitReasoning(content ?? '')
  const own = channel ?? reasoning_content ?? undefined
  const reasoning = own && split.reasoning ? `${own}\n\n${split.reasoning}` : (own ?? split.reasoning)
  const promptTokens = usage?.prompt_tokens ?? 0
  const completionTokens = usage?.completion_tokens ?? 0
  return {
    empty: choice === undefined,
    completion: {
      ...(id !== undefined && { id }),
      text: split.text,
      ...(reasoning !== undefined && { reasoning }),
      finishReason: finishOf(choice?.finish_reason),
      promptTokens,
      completionTokens,
      seconds,
      price: (promptTokens * price.prompt + completionTokens * price.completion) / 1e6,
    },
  }
}

/** `stop`, and what other servers call it. */
function finishOf(reason: string | null | undefined): Completion['finishReason'] {
  if (reason === 'stop' || reason === 'eos' || reason === 'end_turn') return 'stop'
  return reason === 'length' || reason === 'max_tokens' ? 'length' : 'other'
}
