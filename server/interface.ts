import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import { z } from 'zod'
import type { Store } from '../data/database.ts'
import { findLanguages, languageNamed } from '../data/languages.ts'
import { areas, interfaceLanguages, readMessages, saveMessage, translatedLanguages } from '../data/messages.ts'
import { ApiError } from './openai/error.ts'
import { readBody } from './openai/request.ts'
import type { Serving } from './serving.ts'

/** Languages that a search lists at most. */
const mostFound = 20

const correction = z.object({ text: z.string().trim().min(1).max(2000) })

/** What the pages say, in whichever language, and the languages that there are: `/messages/:tag/:area`, `/api/interface`, `/api/languages`. */
export function interfaceRoutes({ store, serving }: { store: Store | undefined; serving: Serving }): Hono {
  return new Hono()
    .get('/messages/:tag/:area', compress(), etag(), async (c) => {
      const { tag, area } = c.req.param()
      const asked = area.split(',')
      if (asked.length > areas.length || asked.some((name) => !areas.includes(name)))
        throw new ApiError(404, 'unknown_url', 'There is no such part of the interface.')
      return c.json(await readMessages(store, tag.slice(0, 100), ...asked), 200, { 'cache-control': 'no-cache' })
    })
    .get('/api/interface', async (c) => {
      const tags = [...interfaceLanguages, ...(await translatedLanguages(store))]
      return c.json({ languages: tags.map((tag) => ({ tag, name: languageNamed(tag)?.endonym ?? tag })) })
    })
    .put('/api/interface/:tag/:key', async (c) => {
      const language = languageNamed(c.req.param('tag'))
      if (!store || !language) throw new ApiError(404, 'unknown_url', 'There is no such language of the interface.')
      const { text } = readBody(await c.req.text(), correction)
      await saveMessage(store, { language: language.bcp47, key: c.req.param('key'), text, source: 'person' })
      return c.json({ kept: true })
    })
    .get('/api/languages', async (c) => {
      const models = await serving.list().catch(() => [])
      const counts = new Map<string, number>()
      for (const { language, role } of models) {
        if (language && role !== 'base') counts.set(language.iso3, (counts.get(language.iso3) ?? 0) + 1)
      }
      const query = (c.req.query('q') ?? '').slice(0, 100)
      const taught = [
        ...new Map(models.flatMap(({ language }) => (language ? [[language.iso3, language]] : []))).values(),
      ]
      const found = query.trim() === '' ? taught : findLanguages(query, mostFound)
      const languages = found.map(({ bcp47, iso3, name, endonym, direction }) => ({
        tag: bcp47,
        name,
        endonym: endonym ?? null,
        direction,
        models: counts.get(iso3) ?? 0,
      }))
      return c.json({ languages: languages.sort((a, b) => Number(b.models > 0) - Number(a.models > 0)) })
    })
}
