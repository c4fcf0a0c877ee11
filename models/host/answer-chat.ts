import { EndonymError, messageOf } from '../../core/error.ts'
import { type Answer, createAnswer } from '../answer.ts'
import { type CallForm, callOpening, callSchema } from '../call-form.ts'
import type { ChatOptions, ChatReply, MadeCall } from '../host.ts'
import type { Model, Pool, Scorer, TokenScore } from '../runtime.ts'
import { newCallId, type ToolCall, type Turn, usesTools } from '../tools.ts'

/** A pool and its model, and a scorer of the same, where one is needed. */
type ChatDeps = { pool: Pool; model: Model; onScorer<T>(work: (scorer: Scorer) => Promise<T>): Promise<T> }

/**
 * Answers a conversation: what the model thinks and which functions it calls are told from what it answers, and how likely its tokens were is asked of a scorer, where it is wanted.
 *
 * A call that has to be made is begun in the prompt, as the model's template begins one, and its JSON is written by grammar.
 *
 * @throws EndonymError as `Pool.chat`, `tools_unsupported`, and `tool_schema_unsupported` where a call that has to be made cannot be held to its schema
 */
export async function answerChat(
  { pool, model, onScorer }: ChatDeps,
  turns: readonly Turn[],
  { tools = [], requiredTools, severalCalls = true, onToolCall, onText, onThought, logProbs, ...options }: ChatOptions,
): Promise<ChatReply> {
  const form = usesTools(turns, tools) ? formOf(model) : undefined
  const rendered = model.renderChat(turns, { tools })
  const opening = form && requiredTools ? callOpening(form, rendered) : ''
  const prompt = [...model.tokenizeChat(turns, { tools }), ...model.tokenize(opening, { special: true })]

  const calls: MadeCall[] = []
  const most = requiredTools || !severalCalls ? 1 : Number.POSITIVE_INFINITY
  /** Ends the generation when as many calls are made as are wanted. */
  const enough = new AbortController()
  const onCall = (call: ToolCall): void => {
    if (calls.length >= most) return
    const made = { ...call, id: newCallId() }
    calls.push(made)
    onToolCall?.(made)
    if (calls.length >= most) enough.abort()
  }
  const names = new Set(tools.map(({ name }) => name))
  const answer = createAnswer({
    prompt: rendered + opening,
    calls: form && tools.length > 0 ? { form, names, begun: requiredTools !== undefined, onCall } : undefined,
    onText,
    onThought,
  })
  const generating = pool.complete(prompt, {
    ...options,
    ...(form && requiredTools && { jsonSchema: callSchema(form, requiredTools) }),
    signal: options.signal ? AbortSignal.any([options.signal, enough.signal]) : enough.signal,
    onText: answer.push,
  })
  const { tokens, text, ...generation } = await generating.catch(requiredTools ? blameTools : undefined)
  answer.end()
  const reply = {
    ...generation,
    ...(enough.signal.aborted && { finishReason: 'stop' as const }),
    text: answer.text,
    ...(answer.thought !== '' && { thought: answer.thought }),
    ...(calls.length > 0 && { toolCalls: calls }),
  }
  if (logProbs === undefined || options.signal?.aborted) return reply
  const scores = await onScorer((scorer) =>
    scorer.scoreTokens(prompt, { after: tokens, top: logProbs, signal: options.signal }),
  )
  return { ...reply, scores: ofAnswer(scores.slice(prompt.length), text, answer) }
}

/** How the model calls functions. */
function formOf(model: Model): CallForm {
  const form = model.callForm()
  if (form) return form
  const sentence = `The model was taught no calls of functions that can be read: its chat template takes no "tools", or writes calls as something else than JSON. Leave out "tools" and what was called, or choose another model.`
  throw new EndonymError('tools_unsupported', sentence)
}

/** The schema that could not be followed is the functions'. */
function blameTools(error: unknown): never {
  if (!(error instanceof EndonymError) || error.code !== 'schema_unsupported') throw error
  const sentence = `A call that "tool_choice" requires cannot be held to the "parameters" in "tools": ${messageOf(error)}`
  throw new EndonymError('tool_schema_unsupported', sentence, { cause: error })
}

/** The scores of the answer's own tokens: not of those that were thought, nor of a call's or a stop text's. */
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
