import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * A JSON schema as other servers are to read it, so that their answers are like those that are computed here: all properties are written that are named, and no others unless it says so.
 *
 * @param schema one that `openai/json-schema.ts` has let through.
 */
export function strictSchema(schema: Schema): Schema {
  const { properties, $defs, items, prefixItems, oneOf, additionalProperties, ...rest } = schema
  const of = (value: unknown): unknown => (isSchema(value) ? strictSchema(value) : value)
  const each = (values: unknown): unknown => (Array.isArray(values) ? values.map(of) : values)
  const named = (values: unknown): unknown =>
    isSchema(values) ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value)])) : values
  return {
    ...rest,
    ...($defs !== undefined && { $defs: named($defs) }),
    ...(isSchema(properties) && {
      properties: named(properties),
      required: Object.keys(properties),
      additionalProperties: false,
    }),
    ...(additionalProperties !== undefined && { additionalProperties: of(additionalProperties) }),
    ...(items !== undefined && { items: of(items) }),
    ...(prefixItems !== undefined && { prefixItems: each(prefixItems) }),
    // One of several is written; that it might pass for another of them too does not matter.
    ...(oneOf !== undefined && { anyOf: each(oneOf) }),
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether an answer is JSON of a schema: a server that knows no `response_format` would ignore it. @throws EndonymError `schema_unsupported` */
export function schemaCheck(schema: Schema): (text: string) => boolean {
  let type: z.ZodType
  try {
    type = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema)
  } catch (cause) {
    throw new EndonymError('schema_unsupported', 'This JSON schema cannot be checked.', { cause })
  }
  return (text) => {
    try {
      return type.safeParse(JSON.parse(text)).success
    } catch {
      return false
    }
  }
}
