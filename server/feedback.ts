import { Hono } from 'hono'
import { z } from 'zod'
import type { Store } from '../data/database.ts'
import { feedbackBody, forgetFeedback, saveFeedback } from '../evaluator/feedback.ts'
import { readBody } from './openai/request.ts'
import type { Serving } from './serving.ts'

const forgetBody = z.object({ person: z.string().min(16).max(100) })

/** `/api/feedback`: what people say of answers in their chats, which they can take back. */
export function feedbackRoutes({ store, serving }: { store: Store; serving: Serving }): Hono {
  return new Hono()
    .post('/api/feedback', async (c) => {
      const body = readBody(await c.req.text(), feedbackBody)
      const model = await serving.find(body.model)
      await saveFeedback(store, { ...body, model: model.id }, model.language?.iso3)
      return c.json({ kept: true }, 201)
    })
    .delete('/api/feedback', async (c) => {
      const { person } = readBody(await c.req.text(), forgetBody)
      return c.json({ deleted: await forgetFeedback(store, person) })
    })
}
