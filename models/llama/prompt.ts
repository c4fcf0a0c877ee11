import type { BatchingOptions, EvaluationPriority, LlamaContextSequence, Token } from 'node-llama-cpp'
import { commonPrefix } from '../../core/common-prefix.ts'
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

/** A call's place: its sequence, the others of the same context, and its turns. */
export type Place = { slot: Slot; neighbours: readonly Slot[]; member: Member }

/** Tokens that what must come out the same is cut into. */
const chunk = 128

/** Tokens of a text that are computed at once where it does not matter how it is cut. Longer pieces are hardly faster, and each context keeps memory for the longest. */
const piece = 256

/** The longest piece that is decoded at once: with the one token that a last piece may have more. */
export const longestPiece = piece + 1

/** From how many tokens on it pays to copy what another sequence has rather than to compute it. */
const worthCopying = 64

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
 * (if the text has two), as a single token would join others' batch. What another sequence has of the text is copied from there, as the system prompt that
 * many conversations begin with.
 *
 * @param exact whether the same text must have the same numbers each time, or may reuse all that a sequence has of it, answers too.
 */
export async function readPrompt(
  { slot, neighbours, member }: Place,
  text: readonly Token[],
  { exact, signal }: { exact: boolean; signal?: AbortSignal },
): Promise<Token[] | 'aborted'> {
  const { sequence } = slot
  const length = exact ? chunk : piece
  const usable = (other: Slot): number => {
    const known = commonPrefix(text.slice(0, -2), other.sequence.contextTokens)
    return exact ? wholeChunks(Math.min(known, other.whole)) : known
  }
  let fresh = true
  for (;;) {
    await member.text(Math.min(length, text.length))
    if (signal?.aborted) return 'aborted'
    const known = fresh ? usable(slot) : sequence.nextTokenIndex
    const offers = neighbours.map((from) => ({ from, tokens: usable(from) }))
    const [best] = offers.sort((a, b) => b.tokens - a.tokens)
    if (best && best.tokens >= known + worthCopying && (await copyState(best.from.sequence, sequence, best.tokens))) {
      slot.whole = Math.min(best.from.whole, wholeChunks(sequence.nextTokenIndex))
    } else if (fresh) {
      await sequence.adaptStateToTokens(text.slice(0, known), false)
      slot.whole = wholeChunks(Math.min(slot.whole, sequence.nextTokenIndex))
    }
    fresh = false
    const start = sequence.nextTokenIndex
    if (text.length - start <= length + 1) return text.slice(start)
    await sequence.evaluateWithoutGeneratingNewTokens(text.slice(start, start + length))
    if (length === chunk && start === slot.whole) slot.whole += chunk
  }
}

/** Of node-llama-cpp's sequences, what its version here has and its types do not tell. */
type Copying = { _copyStateFromOtherSequence?(from: LlamaContextSequence, upTo: number): Promise<boolean> }

/** Copies the state of a sequence's first tokens to another one. @returns whether that was possible; if not, the other one has nothing any more */
async function copyState(from: LlamaContextSequence, to: LlamaContextSequence, tokens: number): Promise<boolean> {
  const copying = to as Copying
  if (!copying._copyStateFromOtherSequence || from.needsCheckpoints) return false
  if (await copying._copyStateFromOtherSequence(from, tokens)) return true
  await to.clearHistory()
  return false
}

function wholeChunks(tokens: number): number {
  return tokens - (tokens % chunk)
}
