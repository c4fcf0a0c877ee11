import { Hono } from 'hono'
import type { ServedModel, Serving } from '../serving.ts'

/** A model as OpenAI's API lists it, with what a page needs to know of its language. */
function entry(model: ServedModel) {
  const { language } = model
  return {
    id: model.id,
    object: 'model',
    created: Math.floor(Date.parse(model.createdAt) / 1000),
    owned_by: 'endonym',
    endonym: {
      /** Other names that it is asked for by. */
      aliases: model.aliases ?? [],
      role: model.role,
      /** BCP-47; null for a base model, which was taught no language. */
      language: language?.bcp47 ?? null,
      name: language?.name ?? null,
      endonym: language?.endonym ?? null,
      direction: language?.direction ?? null,
      base: model.base ?? null,
      parameters: model.parameters,
      quantisation: model.quantisation,
    },
  }
}

/** `GET /v1/models` and `GET /v1/models/:id`. */
export function modelRoutes(serving: Serving): Hono {
  return new Hono()
    .get('/', async (c) => c.json({ object: 'list', data: (await serving.list()).map(entry) }))
    .get('/:id{.+}', async (c) => c.json(entry(await serving.find(c.req.param('id')))))
}
