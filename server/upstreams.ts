import type { EndonymError } from '../core/error.ts'
import { sum } from '../core/sum.ts'
import { type Answers, type ChatOptions, type ChatReply, noVectors, unanswered, unlessGone } from '../models/host.ts'
import type { ServedModel } from './serving.ts'
import { createBalance } from './upstreams/balance.ts'
import { askChat } from './upstreams/chat.ts'
import type { Client } from './upstreams/client.ts'
import { askCompletion } from './upstreams/completions.ts'
import { askEmbeddings } from './upstreams/embeddings.ts'
import { Fault, UpstreamFailure, UpstreamsBusy, unsupported } from './upstreams/faults.ts'
import type { ListedModel } from './upstreams/listing.ts'
import type { UpstreamSettings } from './upstreams/settings.ts'
import { askText, askTokens } from './upstreams/tokens.ts'
import { createUpstream, type Rhythm, type Upstream, type UpstreamStatus, usualRhythm } from './upstreams/upstream.ts'

/**
 * Models that live in other servers which speak OpenAI's API: vLLM with its LoRA modules, llama-server, another Endonym. They are asked for by name, as a `Host` is asked by files.
 *
 * A request goes to one of the servers that have the model and answer. Where that one fails before anybody has seen a part of its answer, it goes to the next; each is tried once.
 */
export type Upstreams = Answers<string> & {
  models(): ServedModel[]
  /** How many requests of a model may be at work at once. */
  places(name: string): number
  status(): UpstreamStatus[]
  dispose(): void
}

/** A model in one of the servers that have it. */
type Seat = { upstream: Upstream; model: ListedModel }

/**
 * Finds out which upstreams answer and what they have. Those that do not are asked again from time to time.
 *
 * @param options.say hears which of them answer, and which of them failed at what. Never what was said, nor what they wrote.
 * @example const upstreams = await openUpstreams(readUpstreams(home), { say: console.error })
 */
export async function openUpstreams(
  settings: readonly UpstreamSettings[],
  { say, rhythm = {} }: { say: (sentence: string) => void; rhythm?: Partial<Rhythm> },
): Promise<Upstreams> {
  const upstreams = settings.map((each) => createUpstream(each, { say, rhythm: { ...usualRhythm, ...rhythm } }))
  await Promise.all(upstreams.map((upstream) => upstream.check()))
  const next = createBalance<Upstream>()

  const seatsOf = (name: string): Seat[] =>
    upstreams.flatMap((upstream) => {
      const model = upstream.models().find((model) => model.name === name)
      return model ? [{ upstream, model }] : []
    })

  /** Asks one upstream after the other, as long as nobody has seen a part of an answer. */
  const ask = async <T>(
    name: string,
    { signal, begun = () => false }: { signal?: AbortSignal | undefined; begun?: () => boolean },
    work: (client: Client, there: string) => Promise<T>,
  ): Promise<T> => {
    const seats = seatsOf(name)
    const tried = new Map<Upstream, Fault>()
    for (;;) {
      const free = seats.filter(({ upstream, model }) => !tried.has(upstream) && upstream.wait(model.there) === 0)
      const upstream = next(free.map(({ upstream }) => upstream))
      const seat = free.find((seat) => seat.upstream === upstream)
      if (!seat) throw refusal(seats, [...tried.values()])
      const { there } = seat.model
      try {
        return await seat.upstream.ask(there, signal, (client) => work(client, there))
      } catch (error) {
        if (signal?.aborted || !(error instanceof Fault)) throw error
        if (begun())
          throw new UpstreamFailure('The server that this model lives in broke off its answer. Try again.', 1)
        tried.set(seat.upstream, error)
      }
    }
  }

  /** Answers as `ask` does; one that nobody waits for any more is empty. */
  const answer = async <T extends ChatReply, Options extends Listened>(
    name: string,
    options: Options,
    work: (client: Client, there: string, options: Options) => Promise<T>,
  ): Promise<T | typeof unanswered> => {
    const { signal } = options
    const { listened, begun } = listen(options)
    return unlessGone(signal, unanswered, () =>
      ask(name, { signal, begun }, (client, there) => work(client, there, listened)),
    )
  }

  return {
    load: async (name) => {
      const seats = seatsOf(name)
      if (seats.every(({ upstream, model }) => upstream.wait(model.there) > 0)) throw refusal(seats, [])
    },
    chat: (name, turns, options = {}) =>
      answer(name, options, (client, there, options) => askChat(client, there, turns, options)),
    complete: (name, prompt, options = {}) =>
      answer(name, options, (client, there, options) => askCompletion(client, there, prompt, options)),
    embed: (name, texts, options = {}) =>
      unlessGone(options.signal, noVectors, () =>
        ask(name, options, (client, there) => askEmbeddings(client, there, texts, options)),
      ),
    tokenize: (name, text, options = {}) => ask(name, {}, (client, there) => askTokens(client, there, text, options)),
    detokenize: (name, tokens) => ask(name, {}, (client, there) => askText(client, there, tokens)),
    models: () => {
      const all = new Map<string, ServedModel>()
      for (const model of upstreams.flatMap((upstream) => upstream.models())) {
        if (!all.has(model.name)) all.set(model.name, served(model))
      }
      return [...all.values()]
    },
    places: (name) => sum(seatsOf(name).map(({ upstream }) => upstream.settings.concurrency)),
    status: () => upstreams.map((upstream) => upstream.status()),
    dispose: () => {
      for (const upstream of upstreams) upstream.dispose()
    },
  }
}

type Listened = Pick<ChatOptions, 'signal' | 'onText' | 'onThought' | 'onToolCall'>

/** Options that notice whether anybody has been told a part of the answer. */
function listen<Options extends Listened>(options: Options): { listened: Options; begun: () => boolean } {
  let begun = false
  const noticing =
    <T>(tell: (piece: T) => void) =>
    (piece: T) => {
      begun = true
      tell(piece)
    }
  const { onText, onThought, onToolCall } = options
  const listened = {
    ...options,
    ...(onText && { onText: noticing(onText) }),
    ...(onThought && { onThought: noticing(onThought) }),
    ...(onToolCall && { onToolCall: noticing(onToolCall) }),
  }
  return { listened, begun: () => begun }
}

/** Why none of a model's upstreams answers, after those that were tried. */
function refusal(seats: readonly Seat[], faults: readonly Fault[]): EndonymError {
  const rests = seats.map(({ upstream, model }) => upstream.rest(model.there)).filter((rest) => rest > 0)
  if (rests.length > 0) return new UpstreamsBusy(Math.ceil(Math.min(...rests) / 1000))
  if (faults.length > 0 && faults.every(({ kind }) => kind === 'lacking')) return unsupported('what was asked of it')
  const waits = seats.map(({ upstream, model }) => upstream.wait(model.there))
  return new UpstreamFailure(
    'The server that this model lives in does not answer. Try again later.',
    Math.max(1, Math.ceil(Math.min(...waits, 60_000) / 1000)),
  )
}

/** A model as it is served. Of those that do not say when they were made, it is as long ago as can be: then what is newer is preferred. */
function served({ name, role, createdAt, language, base }: ListedModel): ServedModel {
  return {
    id: name,
    role: role ?? (language ? 'student' : 'base'),
    createdAt: createdAt ?? new Date(0).toISOString(),
    elsewhere: name,
    ...(language && { language }),
    ...(base !== undefined && { base }),
  }
}
