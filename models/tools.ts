import crypto from 'node:crypto'
import type { Message } from './runtime.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** A function that a model may call; `parameters` is a JSON schema of its arguments. */
export type Tool = { name: string; description?: string; parameters: JsonObject }

/** A call that a model wrote. */
export type ToolCall = { name: string; arguments: JsonObject }

/** An id for a call: nine letters and digits, as Mistral's templates refuse any other. */
export function newCallId(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length: 9 }, () => letters[crypto.randomInt(letters.length)]).join('')
}

/** A turn of a conversation in which functions may have been called, and have answered. */
export type Turn =
  | (Message & { toolCalls?: readonly (ToolCall & { id: string })[] })
  | { role: 'tool'; content: string; toolCallId: string; name: string }

/** Whether a conversation has anything of functions in it, which not every model was taught. */
export function usesTools(turns: readonly Turn[], tools: readonly Tool[] = []): boolean {
  return tools.length > 0 || turns.some((turn) => turn.role === 'tool' || turn.toolCalls !== undefined)
}

/** A turn as chat templates take it from transformers: arguments are an object, and no text of JSON. */
export function asTemplateTurn(turn: Turn): object {
  const { role, content } = turn
  if (turn.role === 'tool') return { role, content, tool_call_id: turn.toolCallId, name: turn.name }
  if (!turn.toolCalls) return { role, content }
  const calls = turn.toolCalls.map(({ id, ...call }) => ({ id, type: 'function', function: call }))
  return { role, content, tool_calls: calls }
}

/** A tool as chat templates and OpenAI's API take it. */
export function asTemplateTool(tool: Tool): object {
  return { type: 'function', function: tool }
}

/** The same turn with each text of it changed that somebody wrote; its shape stays. */
export function changeTurn(turn: Turn, change: (text: string) => string): Turn {
  const content = change(turn.content)
  if (turn.role === 'tool') {
    return { ...turn, content, name: change(turn.name), toolCallId: change(turn.toolCallId) }
  }
  if (!turn.toolCalls) return { ...turn, content }
  const toolCalls = turn.toolCalls.map((call) => ({
    id: change(call.id),
    name: change(call.name),
    arguments: changeTexts(call.arguments, change) as JsonObject,
  }))
  return { ...turn, content, toolCalls }
}

/** The same tool with each text of it changed. */
export function changeTool(tool: Tool, change: (text: string) => string): Tool {
  return {
    name: change(tool.name),
    ...(tool.description !== undefined && { description: change(tool.description) }),
    parameters: changeTexts(tool.parameters, change) as JsonObject,
  }
}

/** Changes the texts in a JSON value, names of properties too. */
function changeTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each) => changeTexts(each, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [change(name), changeTexts(of, change)]))
}
