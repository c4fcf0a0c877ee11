import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import type { ScoredToken } from '../../models/host.ts'
import { Fault } from './faults.ts'

const likelihood = z.object({
  token: z.string(),
  logprob: z.number().max(0.001),
  bytes: z.array(z.int().min(0).max(255)).nullish(),
})

/** How likely a chat's tokens were, as servers tell it. */
export const chatScores = z.object({
  content: z.array(likelihood.extend({ top_logprobs: z.array(likelihood).nullish() })).nullable(),
})

type Likelihood = z.output<typeof likelihood>

/**
 * The scores of an answer's own tokens: servers tell those too of what was thought, of marks, and of the end. A token in the middle of a character adds nothing yet, as it is of models that are here.
 *
 * @param most of the likeliest in a token's place.
 * @throws Fault where they are not those of the answer
 */
export function scoresOf(
  { content }: z.output<typeof chatScores>,
  { answer, most }: { answer: string; most: number },
): ScoredToken[] {
  const tokens = (content ?? []).map((token) => ({ ...token, bytes: bytesOf(token) }))
  const wanted = Buffer.from(answer)
  // What is thought comes first, and may say the same.
  const from = Buffer.concat(tokens.map(({ bytes }) => bytes)).lastIndexOf(wanted)
  if (from < 0) throw new Fault('lacking', 'it does not say how likely the tokens of its answer were')
  const to = from + wanted.length
  const decoder = new StringDecoder('utf8')
  let at = 0
  return tokens.flatMap(({ bytes, logprob, top_logprobs }) => {
    const [start, end] = [at, at + bytes.length]
    at = end
    // A token of no bytes is where the character will be.
    const isOfAnswer = start < to && (end > from || (end === start && start === from))
    if (!isOfAnswer) return []
    const top = (top_logprobs ?? []).slice(0, most)
    const told = top.map((token) => ({ text: bytesOf(token).toString(), logProb: token.logprob }))
    return [{ text: decoder.write(bytes), logProb: logprob, top: told }]
  })
}

/** What a token is, to the byte: some tell of a piece of a character only so. */
function bytesOf({ token, bytes }: Likelihood): Buffer {
  return bytes ? Buffer.from(bytes) : Buffer.from(token)
}
