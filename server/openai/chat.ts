import crypto from 'node:crypto'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { type Generation, servedSampling } from '../../models/runtime.ts'
import type { LogVariables } from '../log.ts'
import type { Serving } from '../serving.ts'
import { toApiError } from './error.ts'
import { readChatRequest } from './request.ts'

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
    const choice = (delta: object, finish: string | null = null): object[] => [
      { index: 0, delta, logprobs: null, finish_reason: finish },
    ]

    // The status line goes out with the first text, so that a prompt that is refused is still a 400 and not an event.
    const first = Promise.withResolvers<void>()
    const early: string[] = []
    let send = (text: string): void => {
      early.push(text)
      first.resolve()
    }
    const generating = serving.chat(model, request.messages, {
      ...request.sampling,
      signal,
      onText: (text) => send(text),
    })
    await Promise.race([first.promise, generating])

    const finished = Promise.withResolvers<void>()
    c.set('finished', finished.promise)
    return streamSSE(c, async (stream) => {
      const write = (data: string): void => void stream.writeSSE({ data })
      try {
        write(chunk(choice({ role: 'assistant', content: '' })))
        send = (text) => write(chunk(choice({ content: text })))
        for (const text of early) send(text)
        const generation = await generating
        c.set('generation', generation)
        write(chunk(choice({}, finishReason(generation))))
        if (request.includeUsage) write(chunk([], { usage: usage(generation) }))
      } catch (error) {
        c.set('failure', error)
        write(JSON.stringify(toApiError(error).body()))
      } finally {
        await stream.writeSSE({ data: '[DONE]' })
        finished.resolve()
      }
    })
  })
}

function finishReason({ finishReason }: Generation): string {
  return finishReason === 'length' ? 'length' : 'stop'
}

function usage({ promptTokens, completionTokens }: Generation) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}
