import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import type { Member } from './steps.ts'

/** Tokens of a prompt that are computed in one step: others' answers wait for it, and the signal is looked at after it. */
const step = 128

/**
 * Computes a prompt on a sequence, but for its last tokens, which are returned: what comes after them is sampled or scored. What the sequence has
 * computed of it already, for an earlier call, is kept.
 */
export async function readPrompt(
  sequence: LlamaContextSequence,
  member: Member,
  prompt: readonly Token[],
  signal?: AbortSignal,
): Promise<Token[] | 'aborted'> {
  await member.next()
  if (signal?.aborted) return 'aborted'
  // All but the last token, which is always computed anew: the answer begins with its logits.
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false)
  while (prompt.length - sequence.nextTokenIndex > step) {
    const start = sequence.nextTokenIndex
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(start, start + step))
    await member.next()
    if (signal?.aborted) return 'aborted'
  }
  return prompt.slice(sequence.nextTokenIndex)
}
