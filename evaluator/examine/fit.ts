import type { ExamineePool } from '../benchmark.ts'

/**
 * Leaves out the beginning of a prompt that is longer than the context, as lm-evaluation-harness does: the examples go first, and what is to be answered stays.
 * A text without a prompt is not cut: it is scored in windows.
 *
 * @param room tokens that are to be generated after it.
 * @returns the prompt, and how many of its tokens are missing.
 */
export function fit(
  { contextSize, model }: Pick<ExamineePool, 'contextSize' | 'model'>,
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
