import type { ChatReply, MadeCall } from '../../models/host.ts'
import { finishReason } from './stream.ts'

/** A call in OpenAI's shape, its arguments as a text of JSON. */
export function toolCall({ id, name, arguments: given }: MadeCall) {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } }
}

/** Why a chat's answer ended; one that was cut off says so, though a call came before. */
export function chatFinishReason(reply: ChatReply): string {
  const reason = finishReason(reply)
  return reply.toolCalls && reason === 'stop' ? 'tool_calls' : reason
}
