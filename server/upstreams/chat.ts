import { z } from 'zod'
import type { ChatOptions, ChatReply } from '../../models/host.ts'
import type { Message } from '../../models/runtime.ts'
import { createThinkingSplitter } from '../../models/thinking.ts'
import { ended, read, usage } from './answers.ts'
import type { Client } from './client.ts'
import { Fault } from './faults.ts'
import { parametersOf, streamLimit } from './parameters.ts'
import { schemaCheck, strictSchema } from './schema.ts'

const text = z.string().nullish()

const chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: text, reasoning_content: text, reasoning: text }),
        finish_reason: z.string().nullish(),
      }),
    )
    .max(1),
  usage: usage.nullish(),
})

/**
 * Answers a conversation by an upstream. It is always streamed from there, so that it is known when the answer has begun, and whether it still comes.
 *
 * What the model thinks comes in a channel of its own (`reasoning_content`: llama-server, DeepSeek, Endonym; `reasoning`: vLLM), or between marks at the beginning of the text, where the upstream does
 * not tell it apart.
 */
export async function askChat(
  client: Client,
  model: string,
  messages: readonly Message[],
  { signal, onText, onThought, onToolCall: _, jsonSchema, ...sampling }: ChatOptions,
): Promise<ChatReply> {
  const schema = jsonSchema && strictSchema(jsonSchema)
  const fits = schema && schemaCheck(schema)
  const body = {
    model,
    messages,
    ...parametersOf(sampling),
    ...(schema && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    }),
    stream: true,
    stream_options: { include_usage: true },
  }
  const ask = { body, most: streamLimit(sampling), ...(signal && { signal }) }
  let [answer, thought] = ['', '']
  const say = (piece: string): void => {
    answer += piece
    onText?.(piece)
  }
  const think = (piece: string): void => {
    thought += piece
    onThought?.(piece)
  }
  const splitter = createThinkingSplitter({ prompt: '', onText: say, onThought: think })
  let reason: string | undefined
  let used: z.output<typeof usage> | undefined
  for await (const event of client.events('/v1/chat/completions', ask)) {
    const { choices, usage } = read(event, chunk)
    used = usage ?? used
    for (const { delta, finish_reason } of choices) {
      // Servers that changed the name send both for a while.
      const reasoning = delta.reasoning_content || delta.reasoning
      if (reasoning) think(reasoning)
      if (delta.content) splitter.push(delta.content)
      reason = finish_reason ?? reason
    }
  }
  splitter.end()
  const generation = ended(answer, reason, used)
  if (generation.finishReason === 'stop' && fits && !fits(answer)) {
    throw new Fault('lacking', 'its answer is not JSON of the schema that was asked for')
  }
  return { ...generation, ...(thought !== '' && { thought }) }
}
