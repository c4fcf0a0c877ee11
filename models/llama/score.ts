import type { Token } from 'node-llama-cpp'
import type { Score } from '../runtime.ts'
import { chunk, type Place, readPrompt } from './prompt.ts'

/** Sums the log-probabilities of `tokens[from…]`, each given those before it; `from` is at least 1. */
export async function scoreTokens(
  place: Place,
  tokens: readonly Token[],
  from: number,
  contextSize: number,
): Promise<Score> {
  const result: Score = { logProb: 0, tokens: Math.max(0, tokens.length - from), greedy: true }
  // The last token of a window is only scored, not read.
  const window = contextSize - 1
  for (let scored = from; scored < tokens.length; ) {
    // The first half of a window is what the one before has scored; it is read again as context.
    const start = tokens.length <= window + 1 ? 0 : Math.max(0, scored - Math.ceil(window / 2))
    const end = Math.min(tokens.length, start + window + 1)
    await scoreWindow(place, tokens.slice(start, end), scored - start, result)
    scored = end
  }
  return result
}

async function scoreWindow(place: Place, tokens: readonly Token[], from: number, result: Score): Promise<void> {
  // The first of the scored tokens follows the last of these.
  let rest = (await readPrompt(place, tokens.slice(0, from), { exact: true })) as Token[]
  for (let start = from; start < tokens.length; start += chunk) {
    // Logits are kept for one chunk at a time: each position takes four bytes a word of the vocabulary.
    const targets = tokens.slice(start, start + chunk)
    const inputs = [...rest, ...targets.slice(0, -1)]
    const before = rest.length - 1
    const outputs = await place.slot.sequence.controlledEvaluate(
      inputs.map((input, i) => {
        const target = targets[i - before]
        if (target === undefined) return input
        // Greedy sampling (the default) selects the likeliest token, so that "selected" is the maximum. (`includeMax` gives it only where it is asked for by name too.)
        const filter = { tokens: [target], includeSelected: true }
        return [input, { generateNext: { logits: { filter }, totalLogitWeight: true } }]
      }),
    )
    targets.forEach((target, i) => {
      addLogProb(result, target, outputs[before + i]?.next)
    })
    rest = targets.slice(-1)
    await place.member.next('text')
  }
}

type Next = { logits?: Map<Token, number>; totalLogitWeight?: number }

function addLogProb(result: Score, target: Token, next: Next | undefined): void {
  const logit = next?.logits?.get(target)
  if (!next?.logits || logit === undefined || next.totalLogitWeight === undefined)
    throw new Error('node-llama-cpp gave no logits for a token that is to be scored')
  const highest = Math.max(...next.logits.values())
  // totalLogitWeight is Σ exp(logit − highest) over the vocabulary.
  result.logProb += logit - highest - Math.log(next.totalLogitWeight)
  if (logit < highest) result.greedy = false
}
