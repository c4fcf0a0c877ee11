import type { BatchingOptions, EvaluationPriority, LlamaContextSequence, Token } from 'node-llama-cpp'
import type { Member } from './steps.ts'

/**
 * A sequence of a context.
 *
 * How a text is cut into batches changes its numbers a little: ggml's attention takes another path for 64 tokens and more, and quantised activations
 * make up to one unit of a logit of it. So what must come out the same each time is always cut the same way, and reuses only what was.
 */
export type Slot = {
  readonly sequence: LlamaContextSequence
  /** Its number in the context, by which a batch is put in order. */
  readonly index: number
  /** Tokens at its beginning that were computed in whole chunks from the start. */
  whole: number
}

export type Place = { slot: Slot; member: Member }

/** Tokens of a text that are computed in one step: others' answers wait for it, and the signal is looked at after it. */
export const chunk = 128

/** The longest piece that is decoded at once: a last chunk with its one token more, and the tokens that are scored after it. */
export const longestPiece = 2 * chunk + 1

/**
 * What goes into one batch: the next tokens of all that generate; else one piece of text, whole and alone, so that its numbers do not depend on
 * what else is asked. llama.cpp computes together only the sequences that follow each other in the batch by their number, so they are sorted by it.
 */
export const batching: BatchingOptions = {
  itemPrioritizationStrategy: ({ items }) => {
    const tokens = items.filter((item) => item.tokens.length === 1)
    tokens.sort((a, b) => a.evaluationPriority - b.evaluationPriority)
    return (tokens.length > 0 ? tokens : items.slice(0, 1)).map((item) => ({
      item,
      processAmount: item.tokens.length,
    }))
  },
}

/** A sequence's number, where the strategy above finds it: node-llama-cpp hands it the priority as it was given. */
export function inOrder({ index }: Slot): { evaluationPriority: EvaluationPriority } {
  return { evaluationPriority: index as EvaluationPriority }
}

/**
 * Computes a text on a sequence but for its last tokens, which are returned: what comes after them is sampled or scored. There are two at least
 * (if the text has two), as a single token would join others' batch.
 *
 * @param exact whether the same text must have the same numbers each time, or may reuse all that the sequence has of it, answers too.
 */
export async function readPrompt(
  { slot, member }: Place,
  text: readonly Token[],
  { exact, signal }: { exact: boolean; signal?: AbortSignal },
): Promise<Token[] | 'aborted'> {
  const { sequence } = slot
  await member.next('text')
  if (signal?.aborted) return 'aborted'

  const known = commonPrefix(text.slice(0, -2), sequence.contextTokens)
  const keep = exact ? wholeChunks(Math.min(known, slot.whole)) : known
  await sequence.adaptStateToTokens(text.slice(0, keep), false)
  slot.whole = wholeChunks(Math.min(slot.whole, sequence.nextTokenIndex))

  while (text.length - sequence.nextTokenIndex > chunk + 1) {
    const start = sequence.nextTokenIndex
    await sequence.evaluateWithoutGeneratingNewTokens(text.slice(start, start + chunk))
    if (start === slot.whole) slot.whole += chunk
    await member.next('text')
    if (signal?.aborted) return 'aborted'
  }
  return text.slice(sequence.nextTokenIndex)
}

export function commonPrefix(a: readonly Token[], b: readonly Token[]): number {
  const different = a.findIndex((token, i) => token !== b[i])
  return different < 0 ? a.length : different
}

function wholeChunks(tokens: number): number {
  return tokens - (tokens % chunk)
}
