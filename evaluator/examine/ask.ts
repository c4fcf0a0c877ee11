import { EndonymError } from '../../core/error.ts'
import type { Generation, Message, Sampling, Score } from '../../models/runtime.ts'
import type { ExamineePool } from '../benchmark.ts'
import { fit, fitConversation } from './fit.ts'

/** One thing that is asked of a model. */
export type Ask =
  | { readonly prompt: string | readonly Message[]; readonly continuation: string }
  | { readonly messages: readonly Message[]; readonly examples?: number; readonly sampling: Sampling }
  | { readonly prompt: string; readonly sampling: Sampling }

type ScoreAsk = Extract<Ask, { continuation: string }>

/** `cut`: tokens that were left out at the prompt's beginning. */
export type ScoreReply = Score & { promptTokens: number; completionTokens: number; cut?: number }

/** `dropped`: examples that were left out at a conversation's beginning; `unasked`: it does not fit into the context without any. */
export type TextReply = Generation & { cut?: number; dropped?: number; unasked?: true }

export type Reply = ScoreReply | TextReply

/** Asks all of these at the same time, and keeps their order. */
export async function ask(pool: ExamineePool, asks: readonly Ask[], signal?: AbortSignal): Promise<Reply[]> {
  const replies: Reply[] = new Array(asks.length)
  const places = Map.groupBy(asks.keys(), (place) => {
    const each = asks[place] as Ask
    return 'continuation' in each ? each.prompt : each
  })
  await Promise.all(
    [...places.values()].map(async (group) => {
      const [first] = group
      const each = asks[first as number] as Ask
      const got =
        'continuation' in each
          ? await scoreContinuations(
              pool,
              each.prompt,
              group.map((place) => (asks[place] as ScoreAsk).continuation),
            )
          : [await answer(pool, each, signal)]
      group.forEach((place, i) => {
        replies[place] = got[i] as Reply
      })
    }),
  )
  return replies
}

/** How likely each of the continuations is after one prompt. */
async function scoreContinuations(
  pool: ExamineePool,
  prompt: ScoreAsk['prompt'],
  continuations: readonly string[],
): Promise<ScoreReply[]> {
  const { context, space } = splitTrailingSpace(typeof prompt === 'string' ? prompt : rendered(pool.model, prompt))
  const texts = continuations.map((each) => space + each)
  const fitting = texts.map((text) => fit(pool, context, text))
  const scores = fitting.every(({ cut }) => cut === 0)
    ? await pool.score(context, texts)
    : (await Promise.all(fitting.map(({ prompt }, i) => pool.score(prompt, [texts[i] ?? ''])))).flat()
  return scores.map((score, i) => {
    const { cut = 0 } = fitting[i] ?? {}
    return { ...score, promptTokens: score.tokens, completionTokens: 0, ...(cut > 0 && { cut }) }
  })
}

/** A conversation as the text that is scored. Where its template writes the beginning of the text, the scorer would write it again: lm-evaluation-harness has it once, and so have we. */
function rendered(model: ExamineePool['model'], messages: readonly Message[]): string {
  const text = model.renderChat(messages, { addGenerationPrompt: true })
  return text.startsWith(model.beginning) ? text.slice(model.beginning.length) : text
}

/**
 * White space at the end of a prompt belongs to the continuation's first token in most tokenisers, so it is scored with the continuation, as lm-evaluation-harness does
 * (`_encode_pair` in its `api/model.py`).
 */
function splitTrailingSpace(prompt: string): { context: string; space: string } {
  const context = prompt.trimEnd()
  return { context, space: prompt.slice(context.length) }
}

async function answer(
  pool: ExamineePool,
  each: Exclude<Ask, ScoreAsk>,
  signal: AbortSignal | undefined,
): Promise<TextReply> {
  const options = { ...each.sampling, ...(signal && { signal }) }
  const room = each.sampling.maxTokens ?? 256
  if ('messages' in each) {
    const { messages, dropped } = fitConversation(pool, each.messages, each.examples ?? 0, room)
    const reply = await pool.chat(messages, options).catch(unanswerable)
    return { ...reply, ...(dropped > 0 && { dropped }) }
  }
  const { prompt, cut } = fit(pool, each.prompt, '', room)
  const { text, finishReason, promptTokens, completionTokens } = await pool.complete(prompt, options)
  return { text, finishReason, promptTokens, completionTokens, ...(cut > 0 && { cut }) }
}

/** A conversation that does not fit into the model's context is a question that it fails, not the end of the evaluation. */
function unanswerable(error: unknown): TextReply {
  if (!(error instanceof EndonymError) || error.code !== 'prompt_too_long') throw error
  return { text: '', finishReason: 'length', promptTokens: 0, completionTokens: 0, unasked: true }
}
