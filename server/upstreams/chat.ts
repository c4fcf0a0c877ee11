import { z } from 'zod'
import type { ChatOptions, ChatReply, MadeCall } from '../../models/host.ts'
import { createThinkingSplitter } from '../../models/thinking.ts'
import type { Turn } from '../../models/tools.ts'
import { ended, read, usage } from './answers.ts'
import { callPieces, createCallGatherer, wireTurn, wireWish } from './calls.ts'
import type { Ask, Client } from './client.ts'
import { Fault } from './faults.ts'
import { parametersOf, streamLimit } from './parameters.ts'
import { schemaCheck, strictSchema } from './schema.ts'
import { chatScores, scoresOf } from './scores.ts'

const text = z.string().nullish()

/** What is said, as a whole or a piece of it. */
const said = z.object({ content: text, reasoning_content: text, reasoning: text, tool_calls: callPieces })
type Said = z.output<typeof said>

const chunk = z.object({
  choices: z.array(z.object({ delta: said, finish_reason: z.string().nullish() })).max(1),
  usage: usage.nullish(),
})

const whole = z.object({
  choices: z.array(z.object({ message: said, finish_reason: z.string(), logprobs: chatScores.nullish() })).length(1),
  usage,
})

/** What an upstream's answer is put together from. */
type Heard = { hear(said: Said): void; reason?: string | undefined; used?: z.output<typeof usage> | undefined }

/**
 * Answers a conversation by an upstream. It is streamed from there, so that it is known when the answer has begun, and whether it still comes; with log-probabilities it is asked for as a whole.
 *
 * What the model thinks comes in a channel of its own (`reasoning_content`: llama-server, DeepSeek, Endonym; `reasoning`: vLLM), or between marks at the beginning of the text, where the upstream does
 * not tell it apart.
 */
export async function askChat(
  client: Client,
  model: string,
  turns: readonly Turn[],
  options: ChatOptions,
): Promise<ChatReply> {
  const { signal, onText, onThought, onToolCall, jsonSchema, logProbs, ...others } = options
  const { tools, requiredTools, severalCalls, ...sampling } = others
  const schema = jsonSchema && strictSchema(jsonSchema)
  const fits = schema && schemaCheck(schema)
  const body = {
    model,
    messages: turns.map(wireTurn),
    ...parametersOf(sampling),
    ...wireWish(others),
    ...(schema && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    }),
  }
  const ask = { body, ...(signal && { signal }) }

  const calls: MadeCall[] = []
  const most = requiredTools || severalCalls === false ? 1 : Number.POSITIVE_INFINITY
  let [answer, thought] = ['', '']
  /** White space that may stand beside a call; where a call is required, all that comes before it. */
  let held = ''
  const say = (piece: string, all = false): void => {
    held += piece
    const ready = !tools || all ? held : requiredTools ? '' : held.trimEnd()
    held = held.slice(ready.length)
    if (ready === '') return
    answer += ready
    onText?.(ready)
  }
  const gatherer = createCallGatherer(others, {
    onText: (text) => say(text),
    onCall: (call) => {
      held = ''
      if (calls.length >= most) return
      calls.push(call)
      onToolCall?.(call)
    },
  })
  const splitter = createThinkingSplitter({
    prompt: '',
    onText: (text) => say(text),
    onThought: (piece) => {
      thought += piece
      onThought?.(piece)
    },
  })
  const heard: Heard = {
    hear: ({ content, reasoning_content, reasoning, tool_calls }) => {
      // Servers that changed the name send both for a while.
      const thinking = reasoning_content || reasoning
      if (thinking) {
        thought += thinking
        onThought?.(thinking)
      }
      if (content) splitter.push(content)
      if (!tool_calls?.length) return
      if (!tools) throw new Fault('failed', 'it calls functions that it was not told of')
      gatherer.push(tool_calls)
    },
  }
  const scores =
    logProbs === undefined
      ? await stream(client, ask, heard, streamLimit(sampling))
      : await all(client, ask, heard, logProbs)
  splitter.end()
  gatherer.end()
  if (calls.length === 0) say('', true)
  const generation = ended(answer, heard.reason === 'tool_calls' && tools ? 'stop' : heard.reason, heard.used)
  if (generation.finishReason === 'stop') {
    if (fits && !fits(answer)) throw new Fault('lacking', 'its answer is not JSON of the schema that was asked for')
    if (requiredTools && calls.length === 0) throw new Fault('lacking', 'it does not make the call that was required')
  }
  return {
    ...generation,
    ...(thought !== '' && { thought }),
    ...(calls.length > 0 && { toolCalls: calls }),
    ...(scores && logProbs !== undefined && { scores: scoresOf(scores, { answer, most: logProbs }) }),
  }
}

async function stream(
  client: Client,
  { body, ...ask }: Ask & { body: object },
  heard: Heard,
  most: number,
): Promise<undefined> {
  const streamed = { ...body, stream: true, stream_options: { include_usage: true } }
  for await (const event of client.events('/v1/chat/completions', { ...ask, body: streamed, most })) {
    const { choices, usage } = read(event, chunk)
    heard.used = usage ?? heard.used
    for (const { delta, finish_reason } of choices) {
      heard.hear(delta)
      heard.reason = finish_reason ?? heard.reason
    }
  }
}

/** @returns how likely its tokens were */
async function all(
  client: Client,
  { body, ...ask }: Ask & { body: object },
  heard: Heard,
  logProbs: number,
): Promise<z.output<typeof chatScores>> {
  // llama-server takes none of the likeliest for no log-probabilities at all.
  const asked = { ...body, logprobs: true, top_logprobs: Math.max(1, logProbs) }
  const { choices, usage } = read(await client.json('/v1/chat/completions', { ...ask, body: asked }), whole)
  heard.used = usage
  for (const { message, finish_reason, logprobs } of choices) {
    heard.hear(message)
    heard.reason = finish_reason
    if (logprobs) return logprobs
  }
  throw new Fault('lacking', 'it does not say how likely tokens were')
}
