import { Hono } from 'hono'
import { z } from 'zod'
import type { Serving } from '../serving.ts'
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
      const pieces = await Promise.all(tokens.map((token) => serving.detokenize(found, [token])))
      return c.json({ tokens: tokens.map((id, index) => ({ id, piece: pieces[index] })) })
    })
    .post('/detokenize', async (c) => {
      const { tokens, ...request } = readBody(await c.req.text(), detokenizeBody)
      return c.json({ content: await serving.detokenize(await serving.find(request.model), tokens) })
    })
}
