import crypto from 'node:crypto'
import { Hono } from 'hono'
import { EndonymError } from '../../core/error.ts'
import type { TokenScore } from '../../models/runtime.ts'
import type { LogVariables } from '../log.ts'
import type { Serving } from '../serving.ts'
import { readCompletionRequest } from './completion-request.ts'
import { ApiError } from './error.ts'
import { finishReason, streamAnswer, usage } from './stream.ts'

/** `POST /v1/completions`: continues texts as they stand, and says how likely each token was, those of the prompt too. */
export function completionRoutes(serving: Serving): Hono<{ Variables: LogVariables }> {
  return new Hono<{ Variables: LogVariables }>().post('/', async (c) => {
    const { signal } = c.req.raw
    const request = readCompletionRequest(await c.req.text())
    const model = await serving.find(request.model)
    c.set('model', model.id)
    const { echo, sampling } = request
    const reply = {
      id: `cmpl-${crypto.randomUUID()}`,
      object: 'text_completion',
      created: Math.floor(Date.now() / 1000),
      model: model.id,
    }

    if (request.stream) {
      const [prompt = ''] = request.prompts
      const chunk = (choices: object[], extra: object = {}): string =>
        JSON.stringify({ ...reply, choices, ...(request.includeUsage ? { usage: null } : {}), ...extra })
      const choice = (text: string, finish: string | null = null): string =>
        chunk([{ index: 0, text, logprobs: null, finish_reason: finish }])
      const generate = (onText: (text: string) => void) =>
        serving.complete(model, prompt, { ...sampling, signal, onText }).catch(blamePrompt)
      return streamAnswer(c, generate, {
        begin: [],
        text: (text) => choice(text),
        end: (generation) => [
          choice('', finishReason(generation)),
          ...(request.includeUsage ? [chunk([], { usage: usage(generation) })] : []),
        ],
      })
    }

    const completed = await Promise.all(
      request.prompts.map((prompt) =>
        serving.complete(model, prompt, {
          ...sampling,
          signal,
          echo,
          ...(request.logprobs !== undefined && { logProbs: request.logprobs }),
        }),
      ),
    ).catch(blamePrompt)
    const total = {
      promptTokens: sum(completed.map(({ promptTokens }) => promptTokens)),
      completionTokens: sum(completed.map(({ completionTokens }) => completionTokens)),
    }
    const last = completed.at(-1)
    if (last) c.set('generation', { ...last, ...total })
    return c.json({
      ...reply,
      choices: completed.map((each, index) => ({
        index,
        text: each.text,
        logprobs: each.scores ? logprobs(each.scores, request.logprobs ?? 0) : null,
        finish_reason: finishReason(each),
      })),
      usage: usage(total),
    })
  })
}

/** What is too long is called `prompt` here, and `messages` in a chat. */
function blamePrompt(error: unknown): never {
  if (!(error instanceof EndonymError) || error.code !== 'prompt_too_long') throw error
  throw new ApiError(400, 'context_length_exceeded', error.message, 'prompt')
}

/** In OpenAI's shape: parallel lists over the tokens. Offsets count code points, as Python's strings do. */
function logprobs(scores: readonly TokenScore[], top: number) {
  let offset = 0
  const offsets = scores.map(({ text }) => {
    const at = offset
    offset += [...text].length
    return at
  })
  return {
    tokens: scores.map(({ text }) => text),
    token_logprobs: scores.map(({ logProb }) => logProb ?? null),
    top_logprobs:
      top === 0
        ? null
        : scores.map(({ logProb, top }) => {
            if (logProb === undefined) return null
            const likeliest: Record<string, number> = {}
            // Several tokens may be written alike (pieces of a character): the likeliest of them stands for all.
            for (const { text, logProb } of top) likeliest[text] ??= logProb
            return likeliest
          }),
    text_offset: offsets,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
