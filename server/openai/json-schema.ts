import { z } from 'zod'

/** What a schema may be made of: each of these is followed to the letter, or says nothing of the answer. */
const whole = z.int().min(0).max(10_000)
const primitive = z.enum(['string', 'number', 'integer', 'boolean', 'null'])
const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const remarks = {
  $schema: z.unknown().optional(),
  title: z.unknown().optional(),
  description: z.unknown().optional(),
  default: z.unknown().optional(),
  examples: z.unknown().optional(),
  get $defs() {
    return z.record(z.string(), schema).optional()
  },
}

const schema: z.ZodType<Record<string, unknown>, Record<string, unknown>> = z.lazy(() =>
  z.union(
    [
      z.strictObject({ ...remarks, $ref: z.string().regex(/^#\/\$defs\/[^/]+$/) }),
      z.strictObject({ ...remarks, const: value }),
      z.strictObject({ ...remarks, type: primitive.optional(), enum: z.array(value).min(1) }),
      z.strictObject({ ...remarks, oneOf: z.array(schema).min(1) }),
      // For what is written, any of several is one of them.
      z
        .strictObject({ ...remarks, anyOf: z.array(schema).min(1) })
        .transform(({ anyOf, ...rest }) => ({ ...rest, oneOf: anyOf })),
      z
        .strictObject({
          ...remarks,
          type: z.literal('object'),
          properties: z.record(z.string(), schema).optional(),
          required: z.array(z.string()).optional(),
          additionalProperties: z.union([z.boolean(), schema]).optional(),
        })
        // All properties are written, required or not.
        .transform(({ required: _, ...rest }) => rest),
      z.strictObject({
        ...remarks,
        type: z.literal('array'),
        items: schema.optional(),
        prefixItems: z.array(schema).optional(),
        minItems: whole.optional(),
        maxItems: whole.optional(),
      }),
      z.strictObject({
        ...remarks,
        type: z.literal('string'),
        minLength: whole.optional(),
        maxLength: whole.optional(),
      }),
      z.strictObject({ ...remarks, type: z.literal('string'), format: z.enum(['date-time', 'time', 'date']) }),
      z.strictObject({ ...remarks, type: z.union([primitive, z.array(primitive).min(1)]) }),
    ],
    { error: 'expected a JSON schema of the keywords that can be followed; docs/api.md lists them' },
  ),
)

/** Nested deeper, or longer, it is no description of an answer but an attack. */
const deepest = 32
const longest = 100_000

/** The schema of any JSON object. */
export const anyObject = { type: 'object', additionalProperties: true }

/** A JSON object that is small enough to be worked on. */
export const boundedJson = z
  .record(z.string(), z.unknown())
  // How deep it is comes first: to write what is very deep takes more of the stack than there is.
  .refine((value) => !isDeeper(value, deepest) && JSON.stringify(value).length <= longest, {
    error: `expected an object of at most ${longest} characters that is at most ${deepest} deep`,
    abort: true,
  })

/**
 * A JSON schema (draft 2020-12) that answers can be held to: types, `enum`, `const`, `oneOf`, `anyOf`, `$ref` into `$defs`, properties, items, and the lengths of arrays and texts. All properties are written, required or not.
 * Anything else (`pattern`, `minimum`, `allOf`, …) would not be followed, so it is refused.
 */
export const jsonSchema = boundedJson
  .pipe(schema)
  // The generator of grammars takes what leads nowhere for any JSON.
  .refine((value) => refsLead(value), { error: 'expected each "$ref" to name one of the "$defs" around it' })

type Schema = Readonly<Record<string, unknown>>

/** Whether each `$ref` names a schema of the `$defs` around it. */
function refsLead(schema: Schema, around: ReadonlySet<string> = new Set()): boolean {
  const { $ref, $defs = {}, properties = {}, additionalProperties, items, prefixItems = [], oneOf = [] } = schema
  const known = new Set([...around, ...Object.keys($defs as object)])
  if (typeof $ref === 'string' && !known.has($ref.replace('#/$defs/', ''))) return false
  const inner = [$defs, properties, prefixItems, oneOf, [additionalProperties, items]].flatMap((each) =>
    Object.values(each as object),
  )
  return inner.every((each) => typeof each !== 'object' || each === null || refsLead(each as Schema, known))
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1))
}
