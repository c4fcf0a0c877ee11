import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import type { Score } from '../runtime.ts'

/** Positions whose logits are kept at a time: each takes four bytes a word of the vocabulary. */
const step = 128

/** Sums the log-probabilities of `tokens[from…]`, each given those before it. */
export async function scoreTokens(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  from: number,
): Promise<Score> {
  const result: Score = { logProb: 0, tokens: tokens.length - from, greedy: true }
  const window = sequence.contextSize - 1
  for (let scored = from; scored < tokens.length; ) {
    // A window's first half is what the one before has scored, and is read again as context.
    const start = scored < window ? 0 : scored - Math.floor(window / 2)
    const end = Math.min(tokens.length, start + window + 1)
    await scoreWindow(sequence, tokens.slice(start, end), scored - start, result)
    scored = end
  }
  return result
}

async function scoreWindow(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  from: number,
  result: Score,
): Promise<void> {
  await sequence.clearHistory()
  if (from > 1) await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(0, from - 1))
  for (let start = from; start < tokens.length; start += step) {
    const targets = tokens.slice(start, start + step)
    const outputs = await sequence.controlledEvaluate(
      targets.map((target, i) => [
        tokens[start + i - 1] as Token,
        // Greedy sampling selects the likeliest token, so that "selected" is the maximum.
        { generateNext: { logits: { filter: { tokens: [target], includeSelected: true } }, totalLogitWeight: true } },
      ]),
    )
    targets.forEach((target, i) => {
      const next = outputs[i]?.next
      const logits = next?.logits
      const logit = logits?.get(target)
      if (!logits || logit === undefined || next?.totalLogitWeight === undefined)
        throw new Error('node-llama-cpp gave no logits for a token that is to be scored')
      const highest = Math.max(...logits.values())
      // totalLogitWeight is Σ exp(logit − highest) over the vocabulary.
      result.logProb += logit - highest - Math.log(next.totalLogitWeight)
      if (logit < highest) result.greedy = false
    })
  }
}
