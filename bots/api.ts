import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { EndonymError } from '../core/error.ts'
import { retryAfterOf } from '../core/retry-after.ts'
import { readEvents, type ServerEvent } from './events.ts'

const language = z.object({
  tag: z.string(),
  name: z.string(),
  endonym: z.string().nullable(),
  direction: z.enum(['ltr', 'rtl']),
})
const spokenLanguage = language.extend({ models: z.number() })
/** A language with the number of its models. */
export type SpokenLanguage = z.output<typeof spokenLanguage>

const face = z.object({
  id: z.string(),
  name: z.string(),
  language,
  free: z.boolean(),
  dialects: z.array(z.string()).default([]),
  consent: z.string().nullable(),
  consentHash: z.string(),
  state: z.enum(['early', 'open', 'closed']),
})
export type Face = z.output<typeof face>

const task = z.object({
  id: z.string(),
  kind: z.enum(['battle', 'rating']),
  free: z.boolean(),
  questions: z.array(z.string()),
  turns: z.array(z.object({ question: z.string(), left: z.string(), right: z.string().nullable() })),
})
export type Task = z.output<typeof task>
const next = z.union([
  z.object({ done: z.literal(true), reason: z.string() }),
  z.object({ done: z.literal(false), task }),
])

const spoken = z.object({
  tag: z.string(),
  direction: z.enum(['ltr', 'rtl']),
  messages: z.record(z.string(), z.array(z.unknown())),
})
export type Spoken = z.output<typeof spoken>

const rater = z.object({ session: z.string().optional(), rater: z.string(), token: z.string() })
const given = z.object({ given: z.array(z.unknown()) })
const chunk = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({ delta: z.object({ content: z.string().nullish() }).optional(), finish_reason: z.string().nullish() }),
    )
    .default([]),
  usage: z.object({ completion_tokens: z.number() }).nullish(),
  error: z.object({ code: z.string().nullish() }).optional(),
})
const failure = z.object({ error: z.object({ message: z.string(), code: z.string().nullish() }) })

export type ChatMessage = { role: 'user' | 'assistant'; content: string }
export type ChatAnswer = { text: string; model: string; finish: string; tokens: number | undefined }
/** Both answers to a question of a task, and what shows that they were seen. */
export type TwoAnswers = { left: string; right: string | null; receipts: { left: string; right: string | null } }
export type Credentials = { session: string; token: string }

/** What the bot asks of the server, all of it over HTTP: docs/api.md, docs/sessions.md. */
export type Api = {
  /** Languages of that name, those with models first; without one those that have models. */
  languages(query: string): Promise<SpokenLanguage[]>
  messages(tag: string): Promise<Spoken>
  /** @throws EndonymError `context_length_exceeded`, `model_not_found` and others of the server's codes */
  chat(
    request: { model: string; messages: readonly ChatMessage[]; seed: number; maxTokens: number },
    how: { onText(text: string): void; signal: AbortSignal },
  ): Promise<ChatAnswer>
  feedback(body: Record<string, unknown>): Promise<void>
  /** @returns how much was deleted */
  forgetFeedback(person: string): Promise<number>
  /** Joins the standing session of a language. @throws EndonymError `nothing_to_compare` */
  compare(language: string): Promise<Credentials>
  face(session: string): Promise<Face>
  join(session: string, profile: Record<string, string>): Promise<Credentials>
  task(rater: Credentials): Promise<z.output<typeof next>>
  /** Has the next question of a task answered. @throws EndonymError `busy`, `too_long`, `failed` */
  turn(rater: Credentials, task: string, question: string | undefined, signal: AbortSignal): Promise<TwoAnswers>
  /** @throws EndonymError `vote_differs`, `task_passed`, … */
  vote(rater: Credentials, task: string, body: Record<string, unknown>): Promise<void>
  pass(rater: Credentials, task: string): Promise<void>
  /** How many verdicts are kept of a rater; none where they are not known any more. */
  given(rater: Credentials): Promise<number>
  forgetRater(rater: Credentials): Promise<void>
}

export type ApiOptions = {
  server: string
  key?: string | undefined
  channel: 'telegram' | 'whatsapp'
  /** Seconds for which a server that is away or busy is asked again, before the person is told. (60) */
  patience?: number | undefined
  signal: AbortSignal
}

/** A client of the server. What passes (no connection, 429, 502, 503) is waited out for a while; all that it sends may be sent again. */
export function createApi({ server, key, channel, patience = 60, signal: stopped }: ApiOptions): Api {
  const root = server.replace(/\/+$/, '')

  const once = async (method: string, path: string, options: Asked): Promise<Response> => {
    const token = options.token ?? key
    const limit = options.signal ?? AbortSignal.any([stopped, AbortSignal.timeout(30_000)])
    const response = await fetch(root + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(options.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      signal: limit,
    }).catch((cause: unknown) => {
      stopped.throwIfAborted()
      throw new EndonymError(
        'server_unreachable',
        `The server ${root} cannot be reached: start it with "endonym serve", or name another one with --server.`,
        {
          cause,
        },
      )
    })
    if (response.ok) return response
    const said = failure.safeParse(await response.json().catch(() => undefined))
    const code = said.data?.error.code ?? `http_${response.status}`
    throw new RefusedError(code, said.data?.error.message ?? `The server answered ${response.status}.`, response)
  }

  const ask = async (method: string, path: string, options: Asked = {}): Promise<Response> => {
    const end = Date.now() + patience * 1000
    for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
      try {
        return await once(method, path, options)
      } catch (error) {
        if (!passes(error)) throw error
        const wait = Math.max(pause, (error instanceof RefusedError && error.retryAfter) || 0)
        if (Date.now() + wait > end) throw error
        await sleep(wait, undefined, { signal: stopped })
      }
    }
  }
  const json = async <T>(schema: z.ZodType<T>, method: string, path: string, options: Asked = {}): Promise<T> =>
    parse(schema, await (await ask(method, path, options)).json())
  const at = ({ session }: Pick<Credentials, 'session'>, rest = ''): string =>
    `/api/sessions/${encodeURIComponent(session)}${rest}`

  return {
    languages: async (query) => {
      const list = z.object({ languages: z.array(spokenLanguage) })
      return (await json(list, 'GET', `/api/languages?q=${encodeURIComponent(query)}`)).languages
    },
    messages: async (tag) =>
      parse(spoken, await (await once('GET', `/messages/${encodeURIComponent(tag)}/bot,rate,chat`, {})).json()),
    chat: async ({ model, messages, seed, maxTokens }, { onText, signal }) => {
      const body = {
        model,
        messages,
        seed,
        max_tokens: maxTokens,
        stream: true,
        stream_options: { include_usage: true },
      }
      const response = await ask('POST', '/v1/chat/completions', { body, signal: AbortSignal.any([stopped, signal]) })
      const answer: ChatAnswer = { text: '', model, finish: '', tokens: undefined }
      for await (const { data } of eventsOf(response)) {
        if (data === '[DONE]') return answer
        const { model: by, choices, usage, error } = parse(chunk, JSON.parse(data))
        if (error) throw new EndonymError(error.code ?? 'failed', 'The answer was cut off.')
        if (by !== undefined) answer.model = by
        if (usage) answer.tokens = usage.completion_tokens
        for (const { delta, finish_reason } of choices) {
          if (finish_reason) answer.finish = finish_reason
          if (!delta?.content) continue
          answer.text += delta.content
          onText(answer.text)
        }
      }
      throw new EndonymError('server_unreachable', 'The connection to the server ended within an answer.')
    },
    feedback: async (body) => void (await ask('POST', '/api/feedback', { body: { ...body, channel } })),
    forgetFeedback: async (person) => {
      const counted = z.object({ deleted: z.number() })
      return (await json(counted, 'DELETE', '/api/feedback', { body: { person } })).deleted
    },
    compare: async (language) => {
      const { session = '', token } = await json(rater, 'POST', '/api/compare', { body: { language, channel } })
      return { session, token }
    },
    face: (session) => json(face, 'GET', at({ session })),
    join: async (session, profile) => {
      const { token } = await json(rater, 'POST', at({ session }, '/raters'), { body: { ...profile, channel } })
      return { session, token }
    },
    task: (rater) => json(next, 'POST', at(rater, '/tasks'), { token: rater.token }),
    turn: async (rater, task, question, signal) => {
      const path = at(rater, `/tasks/${encodeURIComponent(task)}/turns`)
      const body = question === undefined ? {} : { question }
      const response = await ask('POST', path, {
        token: rater.token,
        body,
        signal: AbortSignal.any([stopped, signal]),
      })
      const texts: Record<string, string> = {}
      const receipts: Record<string, string> = {}
      for await (const { event, data } of eventsOf(response)) {
        const { side, text, receipt, code } = parse(turnEvent, JSON.parse(data))
        if (event === 'failed') throw new EndonymError(code ?? 'failed', 'The models did not answer.')
        if (event === 'piece') texts[side] = (texts[side] ?? '') + text
        if (event === 'end') receipts[side] = receipt
      }
      if (receipts.left === undefined)
        throw new EndonymError('server_unreachable', 'The connection to the server ended within an answer.')
      return {
        left: texts.left ?? '',
        right: receipts.right === undefined ? null : (texts.right ?? ''),
        receipts: { left: receipts.left, right: receipts.right ?? null },
      }
    },
    vote: async (rater, task, body) => {
      await ask('PUT', at(rater, `/tasks/${encodeURIComponent(task)}/vote`), { token: rater.token, body })
    },
    pass: async (rater, task) => {
      await ask('POST', at(rater, `/tasks/${encodeURIComponent(task)}/pass`), { token: rater.token, body: {} })
    },
    given: async (rater) => {
      try {
        return (await json(given, 'GET', at(rater, '/me'), { token: rater.token })).given.length
      } catch (error) {
        if (isUnknown(error)) return 0
        throw error
      }
    },
    forgetRater: async (rater) => {
      await ask('DELETE', at(rater, '/me'), { token: rater.token }).catch((error: unknown) => {
        if (!isUnknown(error)) throw error
      })
    },
  }
}

type Asked = { token?: string; body?: unknown; signal?: AbortSignal }

const turnEvent = z.object({
  side: z.string().default(''),
  text: z.string().default(''),
  receipt: z.string().default(''),
  code: z.string().optional(),
})

/** What the server answered in place of what was asked for, with the server's own code. */
class RefusedError extends EndonymError {
  readonly status: number
  /** Milliseconds. */
  readonly retryAfter: number | undefined

  constructor(code: string, message: string, { status, headers }: Response) {
    super(code, message)
    this.status = status
    this.retryAfter = retryAfterOf(headers)
  }
}

/** The session or its rater was deleted. */
const isUnknown = (error: unknown): boolean =>
  error instanceof EndonymError && ['rater_unknown', 'session_not_found'].includes(error.code)

function passes(error: unknown): boolean {
  if (error instanceof RefusedError) return [429, 502, 503].includes(error.status)
  return error instanceof EndonymError && error.code === 'server_unreachable'
}

async function* eventsOf({ body }: Response): AsyncGenerator<ServerEvent> {
  if (!body) throw new EndonymError('server_strange', 'The server sent no answer.')
  try {
    yield* readEvents(body)
  } catch (cause) {
    throw new EndonymError('server_unreachable', 'The connection to the server was cut within an answer.', { cause })
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new EndonymError(
    'server_strange',
    `The server answered what a bot does not understand: is it of this version? ${z.prettifyError(parsed.error)}`,
  )
}
