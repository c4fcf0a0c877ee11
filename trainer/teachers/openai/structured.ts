import OpenAI from 'openai'
import { z } from 'zod'
import { parseJsonAnswer } from '../../json-answer.ts'
import type { CompletionRequest } from '../../teacher.ts'

type Schema = NonNullable<CompletionRequest['schema']>

/** What an endpoint has for JSON of a schema, known after the first request that wants it. */
export type Structured = {
  /** What is sent beside a request's messages. */
  format(schema: Schema | undefined): { response_format?: OpenAI.ResponseFormatJSONSchema }
  /** What is sent in place of the messages: where the endpoint has no such thing, the last of them asks for a fenced block. */
  messages(request: CompletionRequest): CompletionRequest['messages']
  /** Whether an error says that it has none; from then on it is not asked for again. */
  refused(error: unknown, schema: Schema | undefined): boolean
}

/** Finds out once whether an endpoint takes `response_format: json_schema`, and does without it where it does not. */
export function createStructured(): Structured {
  let supported = true
  return {
    format: (schema) =>
      schema && supported
        ? {
            response_format: { type: 'json_schema', json_schema: { name: schema.name, schema: { ...schema.schema } } },
          }
        : {},
    messages: ({ messages, schema }) => {
      if (!schema || supported) return messages
      const last = messages.at(-1)
      if (!last) return messages
      const wish = `Answer with one fenced block of JSON (\`\`\`json … \`\`\`) and nothing else. It is of this JSON schema:\n${JSON.stringify(schema.schema)}`
      return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${wish}` }]
    },
    refused: (error, schema) => {
      if (!schema || !(error instanceof OpenAI.APIError) || ![400, 404, 415, 422, 501].includes(error.status ?? 0)) {
        return false
      }
      if (!/response_format|json_schema|guided|grammar|structured/i.test(`${error.message} ${error.param ?? ''}`)) {
        return false
      }
      supported = false
      return true
    },
  }
}

const compiled = new WeakMap<object, z.ZodType>()

/** Why an answer is not JSON of the schema that was asked for, or undefined where it is. */
export function schemaProblem(text: string, { schema }: Schema): string | undefined {
  let type = compiled.get(schema)
  if (!type) {
    type = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema)
    compiled.set(schema, type)
  }
  const answer = parseJsonAnswer(text, type)
  return 'problem' in answer ? answer.problem : undefined
}
