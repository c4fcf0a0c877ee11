import crypto from 'node:crypto'
import { Hono } from 'hono'
import type { MadeCall } from '../../models/host.ts'
import { servedSampling } from '../../models/runtime.ts'
import type { AnswerVariables } from '../ending.ts'
import type { Serving } from '../serving.ts'
import { chatLogProbs } from './chat-logprobs.ts'
import { readChatRequest } from './chat-request.ts'
import { severalAnswers } from './request.ts'
import { type Kind, streamAnswer, summary, usage } from './stream.ts'
import { chatFinishReason, toolCall } from './tool-calls.ts'

/** What a stream's delta has of each kind of piece. */
const deltaOf: Record<Kind, (text: string) => object> = {
  text: (text) => ({ content: text }),
  thought: (text) => ({ reasoning_content: text }),
  call: (text) => ({ tool_calls: [JSON.parse(text)] }),
}

/** `POST /v1/chat/completions`: plain, or streamed as server-sent events. A client that goes away ends its generation at once. */
export function chatRoutes(serving: Serving): Hono<{ Variables: AnswerVariables }> {
  return new Hono<{ Variables: AnswerVariables }>().post('/', async (c) => {
    const { client } = c.var
    const { signal } = c.var.ending
    const { turns, n, sampling, options, ...request } = readChatRequest(await c.req.text(), servedSampling)
    const model = await serving.find(request.model)
    c.set('model', model.id)
    const reply = { id: `chatcmpl-${crypto.randomUUID()}`, created: Math.floor(Date.now() / 1000), model: model.id }
    const answer = (onPiece?: (text: string, index: number, kind: Kind) => void) =>
      severalAnswers({ n, seed: sampling.seed, signal }, (index, own) => {
        let calls = 0
        return serving.chat(model, turns, {
          ...sampling,
          ...own,
          ...options,
          client,
          ...(onPiece && {
            onText: (text: string) => onPiece(text, index, 'text'),
            onThought: (text: string) => onPiece(text, index, 'thought'),
            onToolCall: (call: MadeCall) =>
              onPiece(JSON.stringify({ index: calls++, ...toolCall(call) }), index, 'call'),
          }),
        })
      })

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
            content: generation.toolCalls && generation.text === '' ? null : generation.text,
            refusal: null,
            ...(generation.toolCalls && { tool_calls: generation.toolCalls.map(toolCall) }),
            ...(generation.thought !== undefined && { reasoning_content: generation.thought }),
          },
          logprobs: generation.scores ? chatLogProbs(generation.scores) : null,
          finish_reason: chatFinishReason(generation),
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
      text: (text, index, kind) => choice(index, deltaOf[kind](text)),
      end: (generations) => [
        // They are asked of the model when the text is whole.
        ...generations.flatMap(({ scores }, index) =>
          scores ? [chunk([{ index, delta: {}, logprobs: chatLogProbs(scores), finish_reason: null }])] : [],
        ),
        ...generations.map((generation, index) => choice(index, {}, chatFinishReason(generation))),
        ...(request.includeUsage ? [chunk([], { usage: usage(summary(generations)) })] : []),
      ],
    })
  })
}
