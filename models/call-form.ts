import { commonPrefix } from '../core/common-prefix.ts'
import { parsedJson } from '../core/json.ts'
import { endOfJson } from './json-end.ts'
import type { ChatTemplate } from './template.ts'
import { closingOf } from './thinking.ts'
import type { Tool, ToolCall, Turn } from './tools.ts'

/** How a model writes calls of functions, each as JSON: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, `{"name": …, "parameters": {…}}`, `[TOOL_CALLS] [{…}]`, … */
export type CallForm = {
  /** What stands before the JSON, as the template writes it; empty where an answer that begins with the JSON is a call. */
  opening: string
  /** The same and what stands after the JSON, without the white space beside it. */
  open: string
  close: string
  /** Whether the JSON is a list of calls. */
  list: boolean
  /** What the arguments are called. */
  key: 'arguments' | 'parameters'
}

/** Ids are of this form because Mistral's templates refuse any other. */
const id = 'aB3dE6gH9'
const tool: Tool = {
  name: 'probe_function',
  description: 'Probes.',
  parameters: { type: 'object', properties: { probe_key: { type: 'string' } }, required: ['probe_key'] },
}
const called: ToolCall = { name: tool.name, arguments: { probe_key: 'probe_value' } }
const asked: Turn = { role: 'user', content: 'Probe?' }
/** Begins and ends with what no mark does. */
const plainText = '§plain§'

/**
 * How the models that a chat template was written for call functions, found by having it render a call. Undefined where it says nothing of tools to the model, leaves calls out, or
 * writes them as something else than JSON with a name.
 */
export function callFormOf(template: Pick<ChatTemplate, 'render'>): CallForm | undefined {
  try {
    if (template.render([asked], true, [tool]) === template.render([asked], true)) return undefined
    const plain = template.render([asked, { role: 'assistant', content: plainText }], false, [tool])
    const toolCalls = [{ id, ...called }]
    const calling = template.render([asked, { role: 'assistant', content: '', toolCalls }], false, [tool])
    return formBetween(plain, calling)
  } catch {
    // A template that refuses such a conversation was written for no calls.
    return undefined
  }
}

/** The form of what the one has in place of a plain text in the other. */
function formBetween(plain: string, calling: string): CallForm | undefined {
  const start = commonPrefix(plain, calling)
  const behind = commonPrefix(reversed(plain.slice(start)), reversed(calling.slice(start)))
  const turn = calling.slice(start, calling.length - behind)
  for (let at = 0; at < turn.length; at++) {
    const end = endOfJson(turn, at)
    // biome-ignore lint/suspicious/noExplicitAny: whatever a template wrote
    const value: any = end === undefined ? undefined : parsedJson(turn.slice(at, end))
    const [only] = Array.isArray(value) ? value : [value]
    if (only?.name !== called.name) continue
    const key = 'arguments' in only ? 'arguments' : 'parameters'
    if (only[key]?.probe_key !== called.arguments.probe_key) return undefined
    const opening = turn.slice(0, at).trimStart()
    return { opening, open: opening.trim(), close: turn.slice(end).trim(), list: Array.isArray(value), key }
  }
  return undefined
}

/** What a prompt must go on with so that a call follows: where the template has opened a thought, that ends before. */
export function callOpening(form: CallForm, prompt: string): string {
  const closing = closingOf(prompt)
  return (closing === undefined ? '' : `\n${closing}\n\n`) + form.opening
}

/** A JSON schema of one call of one of these tools, in the form that the model writes it. */
export function callSchema(form: CallForm, tools: readonly Tool[]): Record<string, unknown> {
  const calls = tools.map(({ name, parameters }) => ({
    type: 'object',
    properties: { name: { const: name }, [form.key]: parameters },
  }))
  const call = calls.length === 1 && calls[0] ? calls[0] : { oneOf: calls }
  return form.list ? { type: 'array', items: call, minItems: 1, maxItems: 1 } : call
}

/** The calls that a text of JSON makes of these functions; undefined where it is none. */
export function readCalls(text: string, names: ReadonlySet<string>): ToolCall[] | undefined {
  const value = parsedJson(text)
  const calls = (Array.isArray(value) ? value : [value]).map(readCall)
  const sound = calls.filter((call) => call !== undefined && names.has(call.name)) as ToolCall[]
  return sound.length > 0 && sound.length === calls.length ? sound : undefined
}

function readCall(value: unknown): ToolCall | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, arguments: given, parameters } = value as Record<string, unknown>
  const object = given ?? parameters ?? {}
  if (typeof name !== 'string' || typeof object !== 'object' || Array.isArray(object)) return undefined
  return { name, arguments: object as ToolCall['arguments'] }
}

const reversed = (text: string): string => [...text].reverse().join('')
