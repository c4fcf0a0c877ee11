import { type Answer, createAnswer } from '../models/answer.ts'
import type { Message, Model, Pool, Scorer, TokenScore } from '../models/runtime.ts'
import type { ChatOptions, ChatReply } from './serving.ts'

/** Answers a conversation: what the model thinks is told from what it answers, and how likely its tokens were is asked of a scorer, where it is wanted. */
export async function answerChat(
  { pool, model, scorer }: { pool: Pool; model: Model; scorer: () => Promise<Scorer> },
  messages: readonly Message[],
  { onText, onThought, logProbs, ...options }: ChatOptions,
): Promise<ChatReply> {
  const prompt = model.tokenizeChat(messages)
  const answer = createAnswer({ prompt: model.renderChat(messages), onText, onThought })
  const { tokens, text, ...generation } = await pool.complete(prompt, { ...options, onText: answer.push })
  answer.end()
  const reply = {
    ...generation,
    text: answer.text,
    ...(answer.thought !== '' && { thought: answer.thought }),
  }
  if (logProbs === undefined) return reply
  const scores = await (await scorer()).scoreTokens(prompt, { after: tokens, top: logProbs })
  return { ...reply, scores: ofAnswer(scores.slice(prompt.length), text, answer) }
}

/** The scores of the answer's own tokens: not of those that were thought, nor of a stop text's. */
function ofAnswer(scores: readonly TokenScore[], text: string, answer: Answer): TokenScore[] {
  // After a prompt, some tokenizers write the space with which a text begins.
  let at = -Math.max(
    0,
    scores
      .map((score) => score.text)
      .join('')
      .indexOf(text),
  )
  return scores.filter((score) => {
    const start = at
    at += score.text.length
    // A token in the middle of a character adds nothing yet: it is where the character will be.
    for (let place = start; place < Math.max(at, start + 1); place++) if (answer.holds(place)) return true
    return false
  })
}
