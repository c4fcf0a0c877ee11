import crypto from 'node:crypto'
import { Hono } from 'hono'
import { servedSampling } from '../../models/runtime.ts'
import type { LogVariables } from '../log.ts'
import type { Serving } from '../serving.ts'
import { readChatRequest } from './chat-request.ts'
import { finishReason, streamAnswer, usage } from './stream.ts'

/** `POST /v1/chat/completions`: plain, or streamed as server-sent events. A client that goes away ends its generation at once. */
export function chatRoutes(serving: Serving): Hono<{ Variables: LogVariables }> {
  return new Hono<{ Variables: LogVariables }>().post('/', async (c) => {
    const { signal } = c.req.raw
    const request = readChatRequest(await c.req.text(), servedSampling)
    const model = await serving.find(request.model)
    c.set('model', model.id)
    const reply = { id: `chatcmpl-${crypto.randomUUID()}`, created: Math.floor(Date.now() / 1000), model: model.id }

    if (!request.stream) {
      const generation = await serving.chat(model, request.messages, { ...request.sampling, signal })
      c.set('generation', generation)
      const message = { role: 'assistant', content: generation.text, refusal: null }
      return c.json({
        ...reply,
        object: 'chat.completion',
        choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(generation) }],
        usage: usage(generation),
      })
    }

    const chunk = (choices: object[], extra: object = {}): string =>
      JSON.stringify({
        ...reply,
        object: 'chat.completion.chunk',
        choices,
        ...(request.includeUsage ? { usage: null } : {}),
        ...extra,
      })
    const choice = (delta: object, finish: string | null = null): string =>
      chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }])
    return streamAnswer(c, (onText) => serving.chat(model, request.messages, { ...request.sampling, signal, onText }), {
      begin: [choice({ role: 'assistant', content: '' })],
      text: (content) => choice({ content }),
      end: (generation) => [
        choice({}, finishReason(generation)),
        ...(request.includeUsage ? [chunk([], { usage: usage(generation) })] : []),
      ],
    })
  })
}
