import { parsedJson } from '../../core/json.ts'
import type { ChatReply, MadeCall } from '../../models/host.ts'
import { boundedJson } from './json-schema.ts'
import { finishReason } from './stream.ts'

/** A call in OpenAI's shape, its arguments as a text of JSON. */
export function toolCall({ id, name, arguments: given }: MadeCall) {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } }
}

/** The arguments of a call, from a text of JSON; undefined where it is no object. A function that has none may be called with an empty text. */
export function argumentsIn(text: string): MadeCall['arguments'] | undefined {
  return boundedJson.safeParse(text.trim() === '' ? {} : parsedJson(text)).data
}

/** Why a chat's answer ended; one that was cut off says so, though a call came before. */
export function chatFinishReason(reply: ChatReply): string {
  const reason = finishReason(reply)
  return reply.toolCalls && reason === 'stop' ? 'tool_calls' : reason
}
