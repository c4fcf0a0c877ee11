import { Hono } from 'hono'
import { bestOfEach, pick } from '../choose.ts'
import type { ServedModel, Serving } from '../serving.ts'

/** Models as OpenAI's API lists them, with what a page needs to know of their languages. */
function entries(models: readonly ServedModel[]) {
  const best = bestOfEach(models)
  return models.map((model) => entry(model, best.has(model.id)))
}

function entry(model: ServedModel, best: boolean) {
  const { language, bitsPerByte } = model
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
      parameters: 'file' in model ? model.parameters : null,
      quantisation: 'file' in model ? model.quantisation : null,
      /** Whether it lives in another server. */
      elsewhere: 'elsewhere' in model,
      /** Whether it answers where only its language is named. */
      best,
      /** By which students of a language are told apart; null where it was not measured as the others were. */
      bits_per_byte: bitsPerByte?.value ?? null,
      /** Of so many articles of the Universal Declaration. */
      articles: bitsPerByte?.articles ?? null,
    },
  }
}

/** `GET /v1/models` and `GET /v1/models/:id`. */
export function modelRoutes(serving: Serving): Hono {
  return new Hono()
    .get('/', async (c) => c.json({ object: 'list', data: entries(await serving.list()) }))
    .get('/:id{.+}', async (c) => {
      const models = await serving.list()
      const { id } = pick(models, c.req.param('id'))
      return c.json(entries(models).find((model) => model.id === id))
    })
}
