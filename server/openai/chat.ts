import crypto from 'node:crypto'
import { Hono } from 'hono'
import { servedSampling } from '../../models/runtime.ts'
import type { LogVariables } from '../log.ts'
import type { Serving } from '../serving.ts'
import { chatLogProbs } from './chat-logprobs.ts'
import { readChatRequest } from './chat-request.ts'
import { severalAnswers } from './request.ts'
import { finishReason, streamAnswer, summary, usage } from './stream.ts'

/** `POST /v1/chat/completions`: plain, or streamed as server-sent events. A client that goes away ends its generation at once. */
export function chatRoutes(serving: Serving): Hono<{ Variables: LogVariables }> {
  return new Hono<{ Variables: LogVariables }>().post('/', async (c) => {
    const { signal } = c.req.raw
    const { messages, n, sampling, jsonSchema, logProbs, ...request } = readChatRequest(
      await c.req.text(),
      servedSampling,
    )
    const model = await serving.find(request.model)
    c.set('model', model.id)
    const reply = { id: `chatcmpl-${crypto.randomUUID()}`, created: Math.floor(Date.now() / 1000), model: model.id }
    const answer = (onText?: (text: string, index: number, thought: boolean) => void) =>
      severalAnswers({ n, seed: sampling.seed, signal }, (index, own) =>
        serving.chat(model, messages, {
          ...sampling,
          ...own,
          ...(jsonSchema && { jsonSchema }),
          ...(logProbs !== undefined && { logProbs }),
          ...(onText && {
            onText: (text: string) => onText(text, index, false),
            onThought: (text: string) => onText(text, index, true),
          }),
        }),
      )

    if (!request.stream) {
      const generations = await answer()
      const total = summary(generations)
      c.set('generation', total)
      return c.json({
        ...reply,
        object: 'chat.completion',
        choices: generations.map((generation, index) => ({
          index,
          message: {
            role: 'assistant',
            content: generation.text,
            refusal: null,
            ...(generation.thought !== undefined && { reasoning_content: generation.thought }),
          },
          logprobs: generation.scores ? chatLogProbs(generation.scores) : null,
          finish_reason: finishReason(generation),
        })),
        usage: usage(total),
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
    const choice = (index: number, delta: object, finish: string | null = null): string =>
      chunk([{ index, delta, logprobs: null, finish_reason: finish }])
    return streamAnswer(c, answer, {
      begin: Array.from({ length: n }, (_, index) => choice(index, { role: 'assistant', content: '' })),
      text: (text, index, thought) => choice(index, thought ? { reasoning_content: text } : { content: text }),
      end: (generations) => [
        ...generations.map((generation, index) => choice(index, {}, finishReason(generation))),
        ...(request.includeUsage ? [chunk([], { usage: usage(summary(generations)) })] : []),
      ],
    })
  })
}
