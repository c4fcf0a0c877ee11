import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { answers } from '../../server/openapi.ts'
import { base, startServer, student, type TestServer } from './start.ts'
import { addWithTemplate, callingTemplate } from './template.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
  await addWithTemplate(server, 'calling', callingTemplate())
}, 60_000)
afterAll(() => server.close())

/** More than `npm test` has time for: FUZZ_RUNS=10000 vitest run test/server/fuzz.test.ts */
const runs = Number(process.env.FUZZ_RUNS ?? 300)
vi.setConfig({ testTimeout: 300_000 + runs * 200 })

type Schema = {
  type?: string | string[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema
  items?: Schema
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  minLength?: number
  pattern?: string
}

/** Values that a schema of the document allows. */
function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const several = schema.anyOf ?? schema.oneOf
  if (several) return fc.oneof(...several.map(valid))
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valid({ ...schema, type })))
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [], additionalProperties } = schema
      if (additionalProperties)
        return fc.dictionary(fc.nat(60_000).map(String), valid(additionalProperties), { maxKeys: 3 })
      const each = Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, valid(of)]))
      return fc.record(each, { requiredKeys: required })
    }
    case 'array':
      return fc.array(valid(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(4, schema.maxItems ?? 4),
      })
    case 'string':
      if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern))
      return fc.string({ unit: 'grapheme', minLength: schema.minLength ?? 0, maxLength: 40 })
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? -1e6, -1e6), max: Math.min(schema.maximum ?? 1e6, 1e6) })
    case 'number':
      return fc.double({
        min: schema.exclusiveMinimum ?? schema.minimum ?? -1e6,
        max: schema.maximum ?? 1e6,
        noNaN: true,
      })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

/** The same with one of its values replaced by any JSON, or left out. */
const spoiled = (body: fc.Arbitrary<unknown>) =>
  fc.tuple(body, fc.nat(), fc.option(fc.jsonValue({ maxDepth: 3 }), { nil: undefined })).map(([value, nth, other]) => {
    const names = Object.keys(value as object)
    return { ...(value as object), [names[nth % names.length] ?? 'x']: other }
  })

/** Models that are there, and answers that do not take long. */
const brief = fc.record({
  model: fc.constantFrom(student, base, 'gl', 'calling', 'no such model'),
  max_tokens: fc.constantFrom(1, 2),
  max_completion_tokens: fc.constant(null),
  n: fc.constantFrom(1, 2, null),
  best_of: fc.constant(null),
})

const send = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { method: 'POST', body, headers })

/** What is answered is an answer or a refusal, and never the server's failure. */
async function isSound(path: string, response: Response): Promise<void> {
  const text = await response.text()
  expect([path, response.status < 500, text.slice(0, 300)]).toEqual([path, true, text.slice(0, 300)])
  if (response.status >= 400) return void answers.error.parse(JSON.parse(text))
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const events = text.trimEnd().split('\n\n')
    expect(events.at(-1)).toBe('data: [DONE]')
    for (const event of events.slice(0, -1))
      expect(JSON.parse(event.replace(/^data: /, ''))).not.toHaveProperty('error')
  } else JSON.parse(text)
}

test('whatever the document allows, and whatever is near it, is answered or refused', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, { post?: { requestBody: { content: { 'application/json': { schema: Schema } } } } }>
  }
  const posts = Object.entries(paths).flatMap(([path, { post }]) =>
    post ? [{ path, schema: post.requestBody.content['application/json'].schema }] : [],
  )
  expect(posts.length).toBe(5)
  const any = fc.oneof(
    ...posts.map(({ path, schema }) => {
      const body = fc.tuple(valid(schema), brief).map(([value, small]) => ({ ...(value as object), ...small }))
      return fc.oneof(body, spoiled(body)).map((value) => ({ path, value }))
    }),
  )
  await fc.assert(
    fc.asyncProperty(any, async ({ path, value }) => isSound(path, await send(path, JSON.stringify(value)))),
    { numRuns: runs, endOnFailure: true },
  )
})

test('bodies that are no requests at all are refused', async () => {
  const path = fc.constantFrom('/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/tokenize', '/detokenize')
  const whole = JSON.stringify({
    model: student,
    messages: [{ role: 'user', content: 'Hi' }],
    prompt: 'Hi',
    input: 'Hi',
    content: 'Hi',
  })
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
    fc.nat(whole.length - 1).map((length) => whole.slice(0, length)),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom(
      '',
      '{',
      '['.repeat(200_000),
      `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      '\ufeff{}',
      '{"__proto__":{"model":"x"}}',
    ),
  )
  const headers = fc.constantFrom(
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=utf-16' },
  )
  await fc.assert(
    fc.asyncProperty(path, body, headers, async (to, what, how) => {
      const response = await send(to, what, how as Record<string, string>)
      expect([response.status >= 400, response.status < 500]).toEqual([true, true])
      answers.error.parse(await response.json())
    }),
    { numRuns: runs, endOnFailure: true },
  )
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
})
