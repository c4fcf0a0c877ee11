import type { ScoredToken } from '../../models/host.ts'

/** A token in OpenAI's shape. What is no whole character has no bytes of its own: those of the character are its last token's. */
const described = ({ text, logProb }: { text: string; logProb: number }) => ({
  token: text,
  logprob: logProb,
  bytes: text.includes('\uFFFD') ? null : [...Buffer.from(text)],
})

/** How likely an answer's tokens were, as chats tell it. */
export function chatLogProbs(scores: readonly ScoredToken[]) {
  return {
    content: scores.map(({ text, logProb = 0, top }) => ({
      ...described({ text, logProb }),
      top_logprobs: top.map(described),
    })),
    refusal: null,
  }
}
