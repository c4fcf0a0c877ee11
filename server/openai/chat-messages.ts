import { z } from 'zod'
import type { Turn } from '../../models/tools.ts'
import { ApiError } from './error.ts'
import { optional } from './request.ts'
import { toolCalls } from './tool-request.ts'

const textPart = z.object({
  type: z.literal('text', { error: 'only parts of type "text" are supported' }),
  text: z.string(),
})

const content = z.union([z.string(), z.array(z.unknown())], { error: 'expected a string or an array of parts' }).pipe(
  z.preprocess(
    (value) => (typeof value === 'string' ? [{ type: 'text', text: value }] : value),
    z.array(textPart).transform((parts) => parts.map(({ text }) => text).join('')),
  ),
)

const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const

/** What a message has beside its role is read once that is known. */
export const chatMessage = z.discriminatedUnion(
  'role',
  [
    z.object({ role: z.enum(['system', 'developer', 'user']), content }),
    z.object({ role: z.literal('assistant'), content: optional(content), tool_calls: optional(toolCalls) }),
    z.object({ role: z.literal('tool'), content, tool_call_id: z.string() }),
  ],
  { error: `expected one of ${roles.map((role) => `"${role}"`).join(', ')}` },
)

/**
 * The turns of a conversation: what functions answered is known by the call that it answers.
 *
 * @throws ApiError 400, which names the message.
 */
export function readTurns(messages: readonly z.output<typeof chatMessage>[]): Turn[] {
  const called = new Map<string, string>()
  return messages.map((message, index) => {
    switch (message.role) {
      case 'assistant': {
        const { content, tool_calls: calls } = message
        if (content === undefined && !calls) {
          throw new ApiError(400, 'missing_required_parameter', missing(index), `messages[${index}].content`)
        }
        for (const { id, function: of } of calls ?? []) called.set(id, of.name)
        const toolCalls = calls?.map(({ id, function: of }) => ({ id, ...of }))
        return { role: 'assistant', content: content ?? '', ...(toolCalls && { toolCalls }) }
      }
      case 'tool': {
        const name = called.get(message.tool_call_id)
        if (name !== undefined)
          return { role: 'tool', content: message.content, toolCallId: message.tool_call_id, name }
        const param = `messages[${index}].tool_call_id`
        throw new ApiError(400, 'invalid_value', `"${param}" names no call of an earlier message.`, param)
      }
      default:
        return { role: message.role === 'user' ? 'user' : 'system', content: message.content }
    }
  })
}

const missing = (index: number): string =>
  `Missing required parameter: "messages[${index}].content", which only a message with "tool_calls" can do without.`
