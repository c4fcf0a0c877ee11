import { z } from 'zod'
import { sayAfter } from '../../models/echo.ts'
import type { Completed, CompleteOptions, ScoredToken } from '../../models/host.ts'
import { ended, read, usage } from './answers.ts'
import type { Client } from './client.ts'
import { Fault } from './faults.ts'
import { parametersOf, streamLimit } from './parameters.ts'
import { askText } from './tokens.ts'

const chunk = z.object({
  choices: z.array(z.object({ text: z.string(), finish_reason: z.string().nullish() })).max(1),
  usage: usage.nullish(),
})

const logProb = z.number().max(0.001)

/** OpenAI's lists over the tokens, which vLLM and Endonym give too. */
const lists = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(logProb.nullable()),
  top_logprobs: z.array(z.record(z.string(), logProb).nullable()).nullish(),
})

/** llama-server gives what chats have. */
const likelihood = z.object({ token: z.string(), logprob: logProb })
const contents = z.object({ content: z.array(likelihood.extend({ top_logprobs: z.array(likelihood) })) })

const whole = z.object({
  choices: z
    .array(z.object({ text: z.string(), finish_reason: z.string(), logprobs: z.union([lists, contents]).nullish() }))
    .length(1),
  usage,
})

/** Continues a text by an upstream. It is streamed, as a chat is; with log-probabilities it is asked for as a whole. */
export async function askCompletion(
  client: Client,
  model: string,
  prompt: string | readonly number[],
  { signal, onText, echo = false, logProbs, ...sampling }: CompleteOptions,
): Promise<Completed> {
  const body = { model, prompt, ...parametersOf(sampling) }
  const ask = { body, ...(signal && { signal }) }
  const completed =
    logProbs !== undefined
      ? await askWhole(client, ask, { prompt, echo, logProbs, onText })
      : await askStreamed(client, ask, {
          before: echo ? await spelled(client, model, prompt) : '',
          most: streamLimit(sampling),
          onText,
        })
  if (completed.completionTokens > (sampling.maxTokens ?? Number.POSITIVE_INFINITY)) {
    throw new Fault('lacking', 'its answer is longer than was asked for')
  }
  return completed
}

/** A prompt as a text. Servers that know no echo leave it out without a word, so that it is put before the answer here. */
const spelled = async (client: Client, model: string, prompt: string | readonly number[]): Promise<string> =>
  typeof prompt === 'string' ? prompt : askText(client, model, prompt)

type OnText = CompleteOptions['onText']

async function askStreamed(
  client: Client,
  { body, ...ask }: { body: object; signal?: AbortSignal },
  { before, most, onText }: { before: string; most: number; onText: OnText },
): Promise<Completed> {
  let text = ''
  const say = sayAfter(before, (piece) => {
    text += piece
    onText?.(piece)
  })
  let reason: string | undefined
  let used: z.output<typeof usage> | undefined
  const streamed = { ...body, stream: true, stream_options: { include_usage: true } }
  for await (const event of client.events('/v1/completions', { ...ask, body: streamed, most })) {
    const { choices, usage } = read(event, chunk)
    used = usage ?? used
    for (const choice of choices) {
      if (choice.text !== '') say(choice.text)
      reason = choice.finish_reason ?? reason
    }
  }
  const generation = ended('', reason, used)
  say('')
  return { ...generation, text }
}

async function askWhole(
  client: Client,
  { body, ...ask }: { body: object; signal?: AbortSignal },
  options: { prompt: string | readonly number[]; echo: boolean; logProbs: number; onText: OnText },
): Promise<Completed> {
  const { prompt, echo, logProbs, onText } = options
  // llama-server takes none of the likeliest for no log-probabilities at all.
  const asked = { ...body, echo, logprobs: Math.max(1, logProbs) }
  const answer = read(await client.json('/v1/completions', { ...ask, body: asked }), whole)
  const [choice] = answer.choices
  const { text = '', finish_reason, logprobs } = choice ?? {}
  if (echo && typeof prompt === 'string' && !text.startsWith(prompt)) {
    throw new Fault('lacking', 'it does not repeat a prompt (echo)')
  }
  const generation = ended(text, finish_reason, answer.usage)
  const scores = logprobs && scoresOf(logprobs, logProbs)
  const least = generation.completionTokens + (echo ? generation.promptTokens : 0)
  if (!scores || scores.length < least) throw new Fault('lacking', 'it does not say how likely tokens were')
  onText?.(text)
  return { ...generation, scores }
}

function scoresOf(logprobs: z.output<typeof lists> | z.output<typeof contents>, most: number): ScoredToken[] {
  if ('content' in logprobs) {
    return logprobs.content.map(({ token, logprob, top_logprobs }) => ({
      text: token,
      logProb: logprob,
      top: top_logprobs.slice(0, most).map(({ token, logprob }) => ({ text: token, logProb: logprob })),
    }))
  }
  return logprobs.tokens.map((text, index) => ({
    text,
    logProb: logprobs.token_logprobs[index] ?? undefined,
    top: Object.entries(logprobs.top_logprobs?.[index] ?? {})
      .map(([text, logProb]) => ({ text, logProb }))
      .sort((a, b) => b.logProb - a.logProb)
      .slice(0, most),
  }))
}
