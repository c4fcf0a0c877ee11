/** How likely a model holds a response to be after its prompt: natural logarithm, summed over the response's own tokens. */
export type ResponseScore = { logProb: number; tokens: number }

/** Perplexity of one response: exp of the mean negative log-likelihood of its tokens. Prompt and padding are no part of it. */
export function perplexity({ logProb, tokens }: ResponseScore): number {
  return Math.exp(-logProb / tokens)
}

/**
 * How fluent the base model holds the responses to be: the mean over responses of −log(1 + perplexity); undefined of none.
 *
 * The paper takes −log(1 + mean perplexity). The mean of perplexities is its largest one as soon as a response is gibberish; the mean of their logarithms is of all of them.
 *
 * @example fluency([{ logProb: -12, tokens: 6 }]) // −log(1 + e²)
 */
export function fluency(responses: readonly ResponseScore[]): number | undefined {
  const scored = responses.filter(({ tokens }) => tokens > 0)
  if (scored.length === 0) return undefined
  return -scored.reduce((sum, { logProb, tokens }) => sum + softplus(-logProb / tokens), 0) / scored.length
}

/** log(1 + eˣ), where eˣ may be too large for a number. */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
