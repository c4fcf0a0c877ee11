import crypto from 'node:crypto'
import { Hono } from 'hono'
import { EndonymError } from '../../core/error.ts'
import { sum } from '../../core/sum.ts'
import type { Completed, ScoredToken } from '../../models/host.ts'
import type { AnswerVariables } from '../ending.ts'
import type { Serving } from '../serving.ts'
import { readCompletionRequest } from './completion-request.ts'
import { ApiError } from './error.ts'
import { severalAnswers } from './request.ts'
import { finishReason, streamAnswer, summary, usage } from './stream.ts'

/** `POST /v1/completions`: continues texts as they stand, and says how likely each token was, those of the prompt too. */
export function completionRoutes(serving: Serving): Hono<{ Variables: AnswerVariables }> {
  return new Hono<{ Variables: AnswerVariables }>().post('/', async (c) => {
    const { client } = c.var
    const { signal } = c.var.ending
    const request = readCompletionRequest(await c.req.text())
    const model = await serving.find(request.model)
    c.set('model', model.id)
    const { echo, sampling, n, bestOf, prompts } = request
    const reply = {
      id: `cmpl-${crypto.randomUUID()}`,
      object: 'text_completion',
      created: Math.floor(Date.now() / 1000),
      model: model.id,
    }

    // Which of several are the likeliest is known by the probabilities of their tokens.
    const logProbs = request.logprobs ?? (bestOf > n ? 0 : undefined)
    const complete = (onText?: (text: string, index: number) => void): Promise<Completed[][]> =>
      // The prompts are one request: when one of them fails, no other is completed.
      severalAnswers({ n: prompts.length, seed: undefined, signal }, (nth, together) =>
        severalAnswers({ n: bestOf, seed: sampling.seed, ...together }, (index, own) =>
          serving.complete(model, prompts[nth] ?? '', {
            ...sampling,
            ...own,
            client,
            echo,
            ...(logProbs !== undefined && { logProbs }),
            ...(onText && { onText: (text: string) => onText(text, nth * n + index) }),
          }),
        ),
      ).catch(blamePrompt)

    const likelihoodsOf = ({ scores }: Completed) =>
      scores && request.logprobs !== undefined ? logprobs(scores, request.logprobs) : null

    if (request.stream) {
      const chunk = (choices: object[], extra: object = {}): string =>
        JSON.stringify({ ...reply, choices, ...(request.includeUsage ? { usage: null } : {}), ...extra })
      const choice = (
        index: number,
        text: string,
        finish: string | null = null,
        likelihoods: ReturnType<typeof logprobs> | null = null,
      ): string => chunk([{ index, text, logprobs: likelihoods, finish_reason: finish }])
      return streamAnswer(c, async (onText) => (await complete(onText)).flat(), {
        prompts: prompts.length,
        begin: [],
        text: (text, index) => choice(index, text),
        end: (generations) => [
          ...generations.map((each, index) => choice(index, '', finishReason(each), likelihoodsOf(each))),
          ...(request.includeUsage ? [chunk([], { usage: usage(summary(generations, prompts.length)) })] : []),
        ],
      })
    }

    const made = await complete()
    const total = summary(made.flat(), prompts.length)
    c.set('generation', total)
    const completed = made.flatMap((several) => likeliest(several, n))
    return c.json({
      ...reply,
      choices: completed.map((each, index) => ({
        index,
        text: each.text,
        logprobs: likelihoodsOf(each),
        finish_reason: finishReason(each),
      })),
      usage: usage(total),
    })
  })
}

/** The `n` whose generated tokens had the highest log-probability on average, as OpenAI chooses them, best first. */
function likeliest(several: readonly Completed[], n: number): readonly Completed[] {
  if (several.length === n) return several
  const mean = ({ scores = [], completionTokens }: Completed): number => {
    const generated = scores.slice(scores.length - completionTokens)
    return sum(generated.map(({ logProb = 0 }) => logProb)) / Math.max(1, generated.length)
  }
  return several.toSorted((a, b) => mean(b) - mean(a)).slice(0, n)
}

/** What is too long is called `prompt` here, and `messages` in a chat. */
function blamePrompt(error: unknown): never {
  if (!(error instanceof EndonymError) || error.code !== 'prompt_too_long') throw error
  throw new ApiError(400, 'context_length_exceeded', error.message, 'prompt')
}

/** In OpenAI's shape: parallel lists over the tokens. Offsets count code points, as Python's strings do. */
function logprobs(scores: readonly ScoredToken[], top: number) {
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
