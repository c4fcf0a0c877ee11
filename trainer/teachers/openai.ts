import { setTimeout as sleep } from 'node:timers/promises'
import OpenAI from 'openai'
import { EndonymError, messageOf } from '../../core/error.ts'
import type { Price } from '../../data/prices.ts'
import type { Completion, CompletionRequest, Teacher } from '../teacher.ts'
import { createGate, type Passage } from './gate.ts'
import { readAnswer } from './openai/answer.ts'
import { openaiBatch } from './openai/batch.ts'
import { backOff, type Fault, faultOf } from './openai/faults.ts'
import { createFetch } from './openai/fetch.ts'
import { createReplays } from './openai/replays.ts'
import { createStructured, schemaProblem } from './openai/structured.ts'

/** Times that a question is asked again whose answer was paid for and is of no use: another draw may do better, and a hundred would not. */
const askAgain = 3

/** What a request came to: an answer; one that was paid for and is of no use; or nothing, because of something that may pass. */
type Outcome = { answer: Completion } | { useless: Completion } | { fault: Fault }

export type OpenaiTeacherOptions = {
  /** Such as `https://api.together.xyz/v1`. */
  baseURL: string
  model: string
  /** Requests at once at most. (64) */
  concurrency?: number
  price?: Price
  /** Times that a request is sent again after a fault that may pass. (8) */
  retries?: number
  /** Seconds after which a request that was not answered is given up and sent again. (600) */
  timeLimit?: number
  /** Hears when the endpoint is down and when it is back. */
  say?: (sentence: string) => void
  /** How long the circuit breaker waits, in milliseconds. */
  waits?: { firstWait?: number; longestWait?: number; patience?: number }
}

/**
 * Any endpoint that speaks OpenAI's chat completions: vLLM, Together, OpenAI, llama-server, Ollama, Endonym's own server.
 *
 * The key comes from the environment (`keyOf`) and is never written anywhere. Faults that may pass are waited out here and not by the `openai` package, whose repetitions know nothing of each other: each
 * request would go on by itself while the endpoint is down, and what was paid for would not be seen.
 *
 * @throws EndonymError `teacher_address_invalid`; from `complete` `teacher_unreachable`, `teacher_refused`, `teacher_down`
 */
export function openaiTeacher(options: OpenaiTeacherOptions): Teacher {
  const { baseURL, model, concurrency = 64, retries = 8, timeLimit = 600 } = options
  const price = options.price ?? { prompt: 0, completion: 0 }
  const apiKey = keyOf(baseURL)
  const { fetch, close } = createFetch(concurrency)
  const client = new OpenAI({ baseURL, apiKey, fetch, maxRetries: 0, timeout: timeLimit * 1000 + 1000 })
  const gate = createGate({
    title: `The teacher at ${baseURL}`,
    bound: concurrency,
    say: options.say ?? (() => {}),
    ...(options.waits && { waits: options.waits }),
  })
  const structured = createStructured()
  const isReplay = createReplays()
  const isWorthAsking = createWorth()

  const send = async (request: CompletionRequest, signal: AbortSignal | undefined): Promise<Outcome> => {
    const started = performance.now()
    const limited = withTimeLimit(timeLimit, signal)
    let body: unknown
    try {
      body = await client.chat.completions.create(
        {
          model,
          ...bodyOf({ ...request, messages: structured.messages(request) }),
          ...structured.format(request.schema),
        },
        { signal: limited.signal },
      )
    } catch (error) {
      signal?.throwIfAborted()
      if (limited.expired()) {
        return { fault: { what: `no answer within ${timeLimit} seconds`, overload: 'no', unreachable: true } }
      }
      const fault = faultOf(error)
      if (fault) return { fault }
      if (structured.refused(error, request.schema)) return send(request, signal)
      const refused = questionRefused(error)
      if (refused) return { answer: { ...refused, seconds: (performance.now() - started) / 1000 } }
      throw error
    } finally {
      limited.clear()
    }
    return judge(request, readAnswer(body, { price, seconds: (performance.now() - started) / 1000 }))
  }

  const sendOrRefuse = async (request: CompletionRequest, signal: AbortSignal | undefined): Promise<Outcome> => {
    try {
      return await send(request, signal)
    } catch (error) {
      signal?.throwIfAborted()
      const said = refusal(error, baseURL, apiKey)
      // The key or the address is wrong: all others would be told the same.
      if (error instanceof OpenAI.APIError && error.status !== 400 && error.status !== 422) gate.close(said)
      throw said
    }
  }

  const judge = (request: CompletionRequest, read: ReturnType<typeof readAnswer>): Outcome => {
    const fault = (what: string): Outcome => ({ fault: { what, overload: 'no', unreachable: false } })
    if (!read) return fault('its answer is no chat completion')
    const { completion, empty } = read
    const { id, text, finishReason, completionTokens } = completion
    if (isReplay({ id, text, request })) return fault('it gave the answer to another request')
    if (empty) return completion.price > 0 ? { useless: completion } : fault('its answer has no choices')
    // One that wrote all the tokens it was allowed would do so again.
    const { maxTokens } = request.sampling
    if (finishReason === 'length' && maxTokens !== undefined && completionTokens < maxTokens)
      return { useless: completion }
    if (finishReason === 'stop' && request.schema && schemaProblem(text, request.schema)) return { useless: completion }
    return { answer: completion }
  }

  return {
    name: `${baseURL}:${model}`,
    title: model,
    concurrency,
    ...(options.price && { price: options.price }),
    complete: async (request, { signal, onWaste } = {}) => {
      let useless = 0
      for (let faults = 0; ; ) {
        const outcome = await gate.pass(async () => {
          const result = await sendOrRefuse(request, signal)
          return { result, passage: passageOf(result) }
        }, signal)
        if ('answer' in outcome) {
          isWorthAsking(true)
          return outcome.answer
        }
        if ('useless' in outcome) {
          if (useless++ === askAgain || !isWorthAsking(false)) return outcome.useless
          await onWaste?.(outcome.useless)
          continue
        }
        if (faults++ === retries) throw gaveUp(outcome.fault, baseURL, apiKey)
        await sleep(Math.max(backOff(faults), outcome.fault.retryAfter ?? 0), undefined, signal && { signal }).catch(
          () => signal?.throwIfAborted(),
        )
      }
    },
    batch: openaiBatch({
      client: new OpenAI({ baseURL, apiKey, maxRetries: retries }),
      baseURL,
      price,
      body: (request) => ({ model, ...bodyOf(request), ...structured.format(request.schema) }),
    }),
    dispose: async () => close(),
  }
}

/**
 * The key for an endpoint: the variable named after its host (`TOGETHER_API_KEY` for `api.together.xyz`), else `OPENAI_API_KEY`, so that two teachers in one run have each their own.
 *
 * @throws EndonymError `teacher_address_invalid`
 */
function keyOf(baseURL: string): string {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '') {
    throw new EndonymError(
      'teacher_address_invalid',
      'The address of a teacher is one such as https://host/v1, with no key, password or query in it: it is written down with every answer. The key is taken from the environment (OPENAI_API_KEY).',
      { exitCode: 2 },
    )
  }
  return process.env[keyVariableOf(url)] ?? process.env.OPENAI_API_KEY ?? 'none'
}

/** The variable of the environment that holds an endpoint's key. */
export function keyVariableOf({ hostname }: URL): string {
  const name = hostname.split('.').at(-2) ?? ''
  return `${name.toUpperCase().replaceAll('-', '_')}_API_KEY`
}

function bodyOf({ messages, sampling }: CompletionRequest) {
  return {
    messages: [...messages],
    ...(sampling.temperature !== undefined && { temperature: sampling.temperature }),
    ...(sampling.topP !== undefined && { top_p: sampling.topP }),
    ...(sampling.maxTokens !== undefined && { max_tokens: sampling.maxTokens }),
    ...(sampling.seed !== undefined && { seed: sampling.seed }),
  }
}

/** A signal of one request's own: listeners of 100,000 requests on the run's would pile up. */
function withTimeLimit(seconds: number, outer: AbortSignal | undefined) {
  const controller = new AbortController()
  let expired = false
  const abort = () => controller.abort(outer?.reason)
  const timer = setTimeout(() => {
    expired = true
    controller.abort()
  }, seconds * 1000)
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    expired: () => expired,
    clear: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', abort)
    },
  }
}

/** A question that the endpoint will never answer, which is no reason to end a run: too long for its context, or against its rules. */
function questionRefused(error: unknown): Omit<Completion, 'seconds'> | undefined {
  if (!(error instanceof OpenAI.BadRequestError)) return undefined
  const known = ['context_length_exceeded', 'content_filter', 'content_policy_violation']
  if (!known.includes(error.code ?? '')) return undefined
  return { text: '', finishReason: 'other', promptTokens: 0, completionTokens: 0, price: 0 }
}

function passageOf(outcome: Outcome): Passage {
  if ('fault' in outcome) return { answered: false, ...outcome.fault }
  const { seconds, completionTokens } = 'answer' in outcome ? outcome.answer : outcome.useless
  return { answered: true, pace: seconds / Math.max(16, completionTokens) }
}

function gaveUp({ what, unreachable, cause }: Fault, baseURL: string, key: string): EndonymError {
  const said = withoutKey(what, key)
  return unreachable
    ? new EndonymError(
        'teacher_unreachable',
        `The teacher at ${baseURL} does not answer: ${said}. Check the address and the network, then run the same command again.`,
        { cause: scrubbed(cause, key) },
      )
    : new EndonymError(
        'teacher_refused',
        `The teacher at ${baseURL} failed again and again: ${said}. Everything that was answered is kept; run the same command again later.`,
        { cause: scrubbed(cause, key) },
      )
}

/** What cannot be mended by asking again, as a sentence. */
function refusal(error: unknown, baseURL: string, key: string): unknown {
  if (!(error instanceof OpenAI.APIError)) return error
  return new EndonymError(
    'teacher_refused',
    `The teacher at ${baseURL} refused (${error.status}): ${withoutKey(error.message, key)}`,
    { cause: scrubbed(error, key) },
  )
}

/** Endpoints like to repeat a key that they do not know. */
function withoutKey(text: string, key: string): string {
  return key === 'none' ? text : text.replaceAll(key, '…')
}

function scrubbed(cause: unknown, key: string): Error {
  return new Error(withoutKey(messageOf(cause), key))
}

/**
 * Whether asking again helps at this endpoint, told by how its answers were so far. Where most of them are of no use (a model that cannot write JSON, a context that is too small), the next will not be
 * either, and each is paid for.
 */
function createWorth(): (useful: boolean) => boolean {
  let share = 1
  return (useful) => {
    share = share * 0.95 + (useful ? 0.05 : 0)
    return share > 0.5
  }
}
