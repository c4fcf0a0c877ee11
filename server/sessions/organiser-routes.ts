import { type Context, Hono } from 'hono'
import { renderSVG } from 'uqr'
import { z } from 'zod'
import { resolveLanguage } from '../../data/languages.ts'
import { exportFormats, type SessionReader } from '../../evaluator/sessions/reader.ts'
import type { Session, Sessions } from '../../evaluator/sessions/sessions.ts'
import { sessionSettings } from '../../evaluator/sessions/settings.ts'
import type { AnswerVariables } from '../ending.ts'
import type { Keys } from '../keys.ts'
import { ApiError } from '../openai/error.ts'
import { readBody } from '../openai/request.ts'
import type { Serving } from '../serving.ts'
import { tokenOf } from './token.ts'

export type OrganiserRouteDeps = {
  sessions: Sessions
  reader: SessionReader
  serving: Serving
  /** Whose keys with the scope `admin` organise all sessions. */
  keys?: Keys | undefined
  /** Is told that a session is no longer what it was. */
  changed: (session: string) => void
}

const change = z.object({ closed: z.boolean() })

/** What organisers ask, under `/api/sessions`: see docs/sessions.md. Whoever has a session's secret sees and changes that one and no other. */
export function organiserRoutes({
  sessions,
  reader,
  serving,
  keys,
  changed,
}: OrganiserRouteDeps): Hono<{ Variables: AnswerVariables }> {
  const organised = async (c: Context): Promise<Session> => {
    const session = await sessions.find(c.req.param('session') ?? '')
    const token = tokenOf(c)
    if (await sessions.isOrganiser(session.id, token)) return session
    if ((await keys?.find(token))?.scopes.includes('admin')) return session
    throw new ApiError(401, 'not_organiser', 'This is for the organiser of the session, who has a link of their own.')
  }
  return new Hono<{ Variables: AnswerVariables }>()
    .post('/', async (c) => {
      const { language, ...wishes } = readBody(
        await c.req.text(),
        z.looseObject({ language: z.string().min(1).max(100) }),
      )
      const settings = readBody(JSON.stringify(wishes), sessionSettings)
      const models = await Promise.all(settings.models.map(async (name) => (await serving.find(name)).id))
      const { session, secret } = await sessions.create(resolveLanguage(language), {
        ...settings,
        models,
        standing: false,
      })
      const { id } = session
      return c.json({ id, secret, rater: `/s/${id}`, organiser: `/sessions#${id}.${secret}` }, 201)
    })
    .get('/:session/results', async (c) => c.json(await reader.results(await organised(c))))
    .get('/:session/export', async (c) => {
      const as = exportFormats.find((format) => format === c.req.query('as'))
      if (!as) {
        throw new ApiError(400, 'invalid_value', `Say how: as=${exportFormats.join(', as=')}.`, 'as')
      }
      const session = await organised(c)
      const { text, type, name } = await reader.export(session, as)
      return c.body(text, 200, { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` })
    })
    .patch('/:session', async (c) => {
      const { id } = await organised(c)
      const { closed } = readBody(await c.req.text(), change)
      const { closedAt } = await sessions.close(id, closed)
      return c.json({ id, closedAt: closedAt ?? null })
    })
    .delete('/:session', async (c) => {
      const { id } = await organised(c)
      await sessions.remove(id)
      changed(id)
      return c.json({ id, deleted: true })
    })
    .get('/:session/qr.svg', async (c) => {
      const { id } = await sessions.find(c.req.param('session'))
      const url = c.req.query('url') ?? ''
      // A picture of another address on our page would be a trap.
      if (!URL.canParse(url) || new URL(url).pathname !== `/s/${id}` || new URL(url).host !== new URL(c.req.url).host) {
        throw new ApiError(
          400,
          'invalid_value',
          'The address must be the one of the session, as raters open it.',
          'url',
        )
      }
      return c.body(renderSVG(url, { ecc: 'M', border: 2 }), 200, { 'content-type': 'image/svg+xml' })
    })
}
