import { Hono } from 'hono'
import { z } from 'zod'
import type { AnswerVariables } from '../ending.ts'
import type { Serving } from '../serving.ts'
import { is, optional, readBody, unsupported } from './request.ts'

/** Texts in one request at most, as OpenAI has it. */
const mostTexts = 2048

const text = z.string().min(1)
const tokens = z.array(z.int().min(0)).min(1)

/** The body of `POST /v1/embeddings`. */
export const embeddingBody = z.object({
  model: z.string().min(1),
  input: z.union([text, tokens, z.array(text).min(1).max(mostTexts), z.array(tokens).min(1).max(mostTexts)], {
    error: `expected a text, an array of token ids, or an array of up to ${mostTexts} of either, none of them empty`,
  }),
  encoding_format: optional(z.enum(['float', 'base64'])),
  dimensions: unsupported('another number of dimensions than the model has is', is()),
})

/** `POST /v1/embeddings`: a vector of length 1 for each text. */
export function embeddingRoutes(serving: Serving): Hono<{ Variables: AnswerVariables }> {
  return new Hono<{ Variables: AnswerVariables }>().post('/', async (c) => {
    const { input, encoding_format: format = 'float', ...request } = readBody(await c.req.text(), embeddingBody)
    const model = await serving.find(request.model)
    c.set('model', model.id)
    const { vectors, tokens } = await serving.embed(model, severalOf(input), {
      client: c.var.client,
      signal: c.var.ending.signal,
    })
    return c.json({
      object: 'list',
      model: model.id,
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        // Little-endian 32-bit floats, which OpenAI's own clients ask for.
        embedding: format === 'base64' ? bytesOf(vector).toString('base64') : Array.from(vector),
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    })
  })
}

function severalOf(input: z.output<typeof embeddingBody>['input']): (string | number[])[] {
  if (typeof input === 'string') return [input]
  return typeof input[0] === 'number' ? [input as number[]] : (input as (string | number[])[])
}

/** A vector from another process is a part of the message that it came in. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)
