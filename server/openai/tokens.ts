import { Hono } from 'hono'
import { z } from 'zod'
import type { Serving } from '../serving.ts'
import { ApiError } from './error.ts'
import { optional, readBody } from './request.ts'

const model = optional(z.string().min(1))

/** The bodies of `POST /tokenize` and `POST /detokenize`. */
export const tokenizeBody = z.object({
  model,
  content: z.string(),
  add_special: optional(z.boolean()),
  parse_special: optional(z.boolean()),
  with_pieces: optional(z.boolean()),
})

export const detokenizeBody = z.object({ model, tokens: z.array(z.int().min(0)) })

/** `POST /tokenize` and `POST /detokenize`, as llama-server has them, with a model's name. Without one it is the model that a chat would get that names none. */
export function tokenRoutes(serving: Serving): Hono {
  return new Hono()
    .post('/tokenize', async (c) => {
      const { content, ...request } = readBody(await c.req.text(), tokenizeBody)
      const found = await serving.find(request.model)
      const options = { begin: request.add_special ?? false, special: request.parse_special ?? true }
      const tokens = await serving.tokenize(found, content, options)
      if (!request.with_pieces) return c.json({ tokens })
      if ('elsewhere' in found) throw noPieces(found.id)
      const pieces = await Promise.all(tokens.map((token) => serving.detokenize(found, [token])))
      return c.json({ tokens: tokens.map((id, index) => ({ id, piece: pieces[index] })) })
    })
    .post('/detokenize', async (c) => {
      const { tokens, ...request } = readBody(await c.req.text(), detokenizeBody)
      return c.json({ content: await serving.detokenize(await serving.find(request.model), tokens) })
    })
}

/** Each piece would be a request of its own to the server that the model lives in. */
function noPieces(id: string): ApiError {
  const sentence = `${id} lives in another server, which is not asked for the pieces of tokens; leave out "with_pieces".`
  return new ApiError(400, 'unsupported_value', sentence, 'with_pieces')
}
