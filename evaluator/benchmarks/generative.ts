import type { Sampling } from '../../models/runtime.ts'
import type { Answer, ChatItem, CompletionItem, Verdict } from '../benchmark.ts'
import type { Counts } from '../metrics/bootstrap.ts'
import { conversation, plainText, type Shot } from './few-shot.ts'

/** A question whose answer is generated: greedily, as a turn of a chat or as a text's continuation. */
export type Generative = {
  id: string
  question: string
  examples: readonly Shot[]
  /** Between an example's question and its answer, without the chat template. */
  delimiter: string
  /** Tokens of an answer at most. */
  maxTokens: number
  /** What ends an answer without the chat template; with it a turn ends by itself. */
  stop: readonly string[]
  chatTemplate: boolean
  count(answer: Answer): Counts
  verdict?(answer: Answer): Verdict
}

/** Makes such a question an item. */
export function generativeItem(row: Generative): ChatItem | CompletionItem {
  const { id, question, examples, delimiter, maxTokens, stop, chatTemplate, count, verdict } = row
  const sampling: Sampling = { temperature: 0, repeatPenalty: 1, maxTokens }
  const asked = chatTemplate
    ? { messages: conversation(question, examples), examples: examples.length, sampling }
    : { prompt: plainText(question, examples, delimiter), sampling: { ...sampling, stop } }
  return { id, ...asked, count, ...(verdict && { verdict }) }
}
