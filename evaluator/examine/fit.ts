import type { Message } from '../../models/runtime.ts'
import type { ExamineePool } from '../benchmark.ts'

type Room = Pick<ExamineePool, 'contextSize' | 'model'>

/**
 * Leaves out the beginning of a prompt that is longer than the context, as lm-evaluation-harness does: the examples go first, and what is to be answered stays.
 * A text without a prompt is not cut: it is scored in windows.
 *
 * @param room tokens that are to be generated after it.
 * @returns the prompt, and how many of its tokens are missing.
 */
export function fit(
  { contextSize, model }: Room,
  prompt: string,
  continuation: string,
  room = 0,
): { prompt: string; cut: number } {
  // One token for the beginning of the text.
  const fitting = contextSize - room - 1
  // A token is at least one byte, and some tokenisers put one before the text.
  if (prompt === '' || Buffer.byteLength(prompt) + Buffer.byteLength(continuation) < fitting) return { prompt, cut: 0 }
  const tokens = model.tokenize(prompt, { special: true })
  const whole = continuation === '' ? tokens.length : model.tokenize(prompt + continuation, { special: true }).length
  if (whole <= fitting) return { prompt, cut: 0 }
  const kept = Math.max(0, tokens.length - (whole - fitting))
  return { prompt: kept === 0 ? '' : model.detokenize(tokens.slice(-kept)), cut: tokens.length - kept }
}

/**
 * Leaves out a conversation's first examples, each as a whole, until it fits into the context with its answer. What comes before them (the system's turn) and the question stay.
 *
 * @param examples how many there are, each a turn of the person and one of the assistant.
 * @returns the conversation, and how many of its examples are missing.
 */
export function fitConversation(
  { contextSize, model }: Room,
  messages: readonly Message[],
  examples: number,
  room: number,
): { messages: readonly Message[]; dropped: number } {
  const fits = (each: readonly Message[]) =>
    model.tokenize(model.renderChat(each, { addGenerationPrompt: true }), { special: true }).length + room <=
    contextSize
  let dropped = 0
  while (dropped < examples && !fits(withoutExamples(messages, dropped))) dropped++
  return { messages: withoutExamples(messages, dropped), dropped }
}

/** A conversation less its first examples. */
export function withoutExamples(messages: readonly Message[], dropped: number): readonly Message[] {
  const start = messages.findIndex(({ role }) => role !== 'system')
  return [...messages.slice(0, start), ...messages.slice(start + 2 * dropped)]
}
