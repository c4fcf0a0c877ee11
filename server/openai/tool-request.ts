import { z } from 'zod'
import type { ChatOptions } from '../../models/host.ts'
import type { Tool } from '../../models/tools.ts'
import { ApiError } from './error.ts'
import { anyObject, boundedJson, jsonSchema } from './json-schema.ts'
import { optional } from './request.ts'
import { argumentsIn } from './tool-calls.ts'

/** As many as OpenAI takes. */
const mostTools = 128
/** In an answer that is being given back. */
const mostCalls = 128

export const functionName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, {
  error: 'expected 1 to 64 letters, digits, underscores and hyphens',
})

/** What of a chat's body is about functions. */
export const toolParameters = {
  tools: optional(
    z
      .array(
        z.object({
          type: z.literal('function', { error: 'only tools of type "function" are supported' }),
          function: z.object({
            name: functionName,
            description: optional(z.string()),
            parameters: optional(boundedJson),
            strict: optional(z.boolean()),
          }),
        }),
      )
      .max(mostTools),
  ),
  tool_choice: optional(
    z.union(
      [
        z.enum(['none', 'auto', 'required']),
        z.object({ type: z.literal('function'), function: z.object({ name: functionName }) }),
      ],
      { error: 'expected "none", "auto", "required" or a function by its name' },
    ),
  ),
  parallel_tool_calls: optional(z.boolean()),
}

/** A call in an assistant's message, whose arguments a client gives back as it got them: as a text of JSON. */
const toolCall = z.object({
  id: z.string().min(1).max(256),
  type: z.literal('function', { error: 'only calls of type "function" are supported' }),
  function: z.object({ name: functionName, arguments: z.string().transform(readArguments) }),
})

export const toolCalls = z.array(toolCall).min(1).max(mostCalls)

/** Templates take arguments as an object. */
function readArguments(text: string, check: z.RefinementCtx): Record<string, unknown> {
  const found = argumentsIn(text)
  if (found) return found
  check.addIssue({ code: 'custom', message: 'expected a JSON object, as a text' })
  return z.NEVER
}

/** What a chat may call, and has to. */
export type ToolWish = Pick<ChatOptions, 'tools' | 'requiredTools' | 'severalCalls'>

const body = z.object(toolParameters)

/**
 * What is wished of functions; undefined where none may be called.
 *
 * A call that has to be made is written by grammar. So its arguments follow their schema, where it can be followed; where it cannot, they are any object, unless the schema is
 * `strict`. A model that may call what it likes is free in how it does, so there `strict` cannot be promised.
 *
 * @throws ApiError 400, which names the parameter.
 */
export function readToolWish(data: z.output<typeof body>): ToolWish | undefined {
  const { tools = [], tool_choice: choice = 'auto', parallel_tool_calls: severalCalls = true } = data
  if (choice === 'none' || (tools.length === 0 && choice === 'auto')) return undefined
  const known = tools.map((tool) => toolOf(tool.function))
  if (choice === 'auto') {
    const strict = tools.findIndex((tool) => tool.function.strict)
    if (strict < 0) return { tools: known, severalCalls }
    const sentence = `"tools[${strict}].function.strict" can be promised only of a call that "tool_choice" requires: set that, or leave out "strict".`
    throw new ApiError(400, 'unsupported_value', sentence, `tools[${strict}].function.strict`)
  }
  const required = tools.flatMap((tool, index) =>
    choice === 'required' || tool.function.name === choice.function.name ? [promised(tool.function, index)] : [],
  )
  if (required.length > 0) return { tools: known, requiredTools: required }
  const which =
    choice === 'required' ? 'a call, of which "tools" has' : `"${choice.function.name}", of which "tools" has`
  throw new ApiError(400, 'invalid_value', `"tool_choice" requires ${which} none.`, 'tool_choice')
}

type Asked = NonNullable<z.output<typeof body>['tools']>[number]['function']

const none = { type: 'object', properties: {} }

function toolOf({ name, description, parameters = none }: Asked): Tool {
  return { name, ...(description !== undefined && { description }), parameters }
}

/** The tool with a schema that its arguments can be held to. */
function promised(asked: Asked, index: number): Tool {
  const tool = toolOf(asked)
  const followed = jsonSchema.safeParse(tool.parameters)
  if (followed.success && isObject(followed.data)) return { ...tool, parameters: followed.data }
  if (!asked.strict) return { ...tool, parameters: anyObject }
  const param = `tools[${index}].function.parameters`
  const sentence = `Invalid value for "${param}": with "strict" expected a JSON schema of an object, of the keywords that can be followed; docs/api.md lists them.`
  throw new ApiError(400, 'invalid_value', sentence, param)
}

/** Arguments have names. */
const isObject = (schema: Record<string, unknown>): boolean => schema.type === 'object'
