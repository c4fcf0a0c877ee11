import readline from 'node:readline'
import { Readable } from 'node:stream'
import type OpenAI from 'openai'
import { toFile } from 'openai'
import { z } from 'zod'
import { EndonymError } from '../../../core/error.ts'
import type { Price } from '../../../data/prices.ts'
import type { BatchAnswer, BatchApi, CompletionRequest } from '../../teacher.ts'
import { readAnswer } from './answer.ts'

/** Requests of a batch: both APIs take 50,000, in at most 100 (Together) and 200 MB (OpenAI), which ten thousand long prompts keep below. */
const size = 10_000

const batchSchema = z.object({
  id: z.string(),
  /** In capitals at Together. */
  status: z.string().toLowerCase(),
  input_file_id: z.string().nullish(),
  output_file_id: z.string().nullish(),
  /** OpenAI's, and Together's. */
  errors: z.object({ data: z.array(z.object({ message: z.string().nullish() })).nullish() }).nullish(),
  error: z.string().nullish(),
})
/** Together wraps a batch that was just made. */
const madeSchema = z.union([z.object({ job: batchSchema }).transform(({ job }) => job), batchSchema])
/** OpenAI lists pages, Together all. */
const listSchema = z.union([
  z.array(batchSchema),
  z.object({ data: z.array(batchSchema) }).transform(({ data }) => data),
])

const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number().nullish(), body: z.unknown() }).nullish(),
})

/**
 * OpenAI's batch API (`files` and `batches`), and Together's, which differs in the file's purpose and address, in capitals and in a wrapper.
 *
 * @param options.client repeats by itself: these requests are few and cost nothing.
 * @param options.price of the API: `price.batch` is its share of the usual price.
 * @param options.body what is sent for a request.
 */
export function openaiBatch(options: {
  client: OpenAI
  baseURL: string
  price: Price
  body: (request: CompletionRequest) => object
}): BatchApi {
  const { client, baseURL, body } = options
  const share = options.price.batch ?? 1
  const price = { prompt: options.price.prompt * share, completion: options.price.completion * share }
  const together = /(^|\.)together\./.test(new URL(baseURL).hostname)

  const read = <T>(schema: z.ZodType<T>, value: unknown): T => {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    throw new EndonymError(
      'teacher_no_batches',
      `The teacher at ${baseURL} has no batch API that Endonym knows: its answer is of another shape. Leave out --batch.`,
      { cause: parsed.error },
    )
  }

  return {
    size,
    upload: async (requests, signal) => {
      const lines = requests.map(({ name, request }) =>
        JSON.stringify({ custom_id: name, method: 'POST', url: '/v1/chat/completions', body: body(request) }),
      )
      const file = await toFile(Buffer.from(`${lines.join('\n')}\n`), 'endonym.jsonl', { type: 'application/jsonl' })
      if (!together) return (await client.files.create({ file, purpose: 'batch' }, { signal })).id
      const form = new FormData()
      form.set('purpose', 'batch-api')
      form.set('file_name', 'endonym.jsonl')
      form.set('file', file)
      return read(z.object({ id: z.string() }), await client.post('/files/upload', { body: form, signal })).id
    },
    start: async (file, signal) => {
      const wish = { input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h' }
      return read(madeSchema, await client.post('/batches', { body: wish, signal })).id
    },
    find: async (file, signal) => {
      // What was made last stands first.
      const list = read(listSchema, await client.get('/batches', { query: { limit: 100 }, signal }))
      return list.find(({ input_file_id }) => input_file_id === file)?.id
    },
    state: async (id, signal) => {
      const batch = read(batchSchema, await client.get(`/batches/${encodeURIComponent(id)}`, { signal }))
      const { status, output_file_id: output } = batch
      if (!['completed', 'failed', 'expired', 'cancelled'].includes(status)) return { status: 'open' }
      if (status === 'failed' && !output) {
        const [first] = batch.errors?.data ?? []
        return { status: 'refused', reason: first?.message ?? batch.error ?? 'it gave no reason' }
      }
      return { status: 'ended', answers: () => (output ? answersIn(output, signal) : nothing()) }
    },
  }

  async function* answersIn(file: string, signal: AbortSignal): AsyncGenerator<BatchAnswer> {
    const { body: content } = await client.files.content(file, { signal })
    if (!content) return
    const lines = readline.createInterface({ input: Readable.from(content), crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      const parsed = lineSchema.safeParse(tryJson(line))
      if (!parsed.success) continue
      const { custom_id: name, response } = parsed.data
      const answered = (response?.status_code ?? 200) === 200
      const answer = answered ? readAnswer(response?.body, { price, seconds: 0 }) : undefined
      yield { name, completion: answer?.empty === false ? answer.completion : undefined }
    }
  }
}

async function* nothing(): AsyncGenerator<BatchAnswer> {}

function tryJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // half a line, or an empty one: its request counts as not answered
  }
}
