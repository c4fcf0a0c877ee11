import { EndonymError, messageOf, RetryError } from '../core/error.ts'
import { sum } from '../core/sum.ts'
import type { Language } from '../data/language.ts'
import type { BitsPerByte } from '../evaluator/remembered-bits.ts'
import { hostDefaults } from '../models/host/local.ts'
import {
  type Answers,
  type ChatOptions,
  type ChatReply,
  type Completed,
  type CompleteOptions,
  type Embedded,
  type EmbedOptions,
  type Host,
  HostCrash,
  type HostStatus,
  type LoadOptions,
  noVectors,
  type TokenizeOptions,
  unanswered,
  type Weights,
} from '../models/host.ts'
import type { Turn } from '../models/tools.ts'
import { pick } from './choose.ts'
import { createFairQueue, type FairQueue } from './fair-queue.ts'
import type { ByPreference } from './preferred.ts'
import { UpstreamsBusy } from './upstreams/faults.ts'
import type { UpstreamStatus } from './upstreams/upstream.ts'
import type { Upstreams } from './upstreams.ts'

/** A model that can be asked for: what people are told of it, and where it is. */
export type ServedModel = {
  /** The name that requests use. */
  id: string
  /** Other names of it. */
  aliases?: readonly string[]
  role: 'base' | 'adapter' | 'student'
  /** ISO 8601. */
  createdAt: string
  /** What it was taught; a base model was taught none. */
  language?: Language
  /** How well it predicts that language, where this was measured on the same text as of the language's other students. Less is better. */
  bitsPerByte?: BitsPerByte
  /** How many other models of its language native speakers clearly prefer to it; undefined where nobody compared it. */
  outranked?: number
  /** Name of the model that it applies to or comes from. */
  base?: string
  /** The run that made it. */
  run?: string
} & (OnDisk | Elsewhere)

/** GGUF of the weights, and of the LoRA adapters on top of them. */
type OnDisk = { parameters: number; quantisation: string; file: string; adapters: readonly string[] }

/** The name that upstreams know it by. */
type Elsewhere = { elsewhere: string }

/** Reads which models there are; asked again each time, so that a student is served as soon as it is registered. */
export type Catalog = () => Promise<ServedModel[]>

/** Whoever asks, as far as turns are concerned: a key, or an address. Those who wait for a model are served in turn. */
type Asked = { client?: string }

/** What answers by a model's name. */
export type Serving = {
  list(): Promise<ServedModel[]>
  /**
   * The model of that name or alias; or the best student of the language that is named (`gl`, `glg`, `Galician`, `galego`), of those from one base where that is named too (`gl@base`); without a name the newest student of all.
   * @throws EndonymError `model_not_found`, `no_models`
   */
  find(name?: string): Promise<ServedModel>
  /** Loads a model ahead of its first chat. @throws EndonymError `model_unloadable`, with its cause; the signal's reason */
  load(model: ServedModel, options?: LoadOptions): Promise<void>
  /** @throws EndonymError as `Host.chat` does, and `BusyError` */
  chat(model: ServedModel, turns: readonly Turn[], options?: ChatOptions & Asked): Promise<ChatReply>
  /** @throws EndonymError as `Host.complete` does, and `BusyError` */
  complete(
    model: ServedModel,
    prompt: string | readonly number[],
    options?: CompleteOptions & Asked,
  ): Promise<Completed>
  /** @throws EndonymError as `Host.embed` does, `adapter_no_embeddings`, and `BusyError` */
  embed(
    model: ServedModel,
    texts: readonly (string | readonly number[])[],
    options?: EmbedOptions & Asked,
  ): Promise<Embedded>
  /** @throws EndonymError as `Host.tokenize` does */
  tokenize(model: ServedModel, text: string, options?: TokenizeOptions): Promise<number[]>
  /** @throws EndonymError as `Host.detokenize` does */
  detokenize(model: ServedModel, tokens: readonly number[]): Promise<string>
  /** From now on, lets in nobody who would wait, and throws this at those who do and at whoever comes. What runs goes on. */
  refuseWaiting(why: Error): void
  status(): ServingStatus
  dispose(): Promise<void>
}

/** Answers that are being written, and that wait; the names of the models that are loaded; the servers in which others live. */
export type ServingStatus = {
  loaded: string[]
  running: number
  waiting: number
  host: HostStatus
  upstreams: readonly UpstreamStatus[]
}

/** Too much is asked of a model: what comes now would wait too long. */
export class BusyError extends RetryError {
  /** @param retryAfter seconds after which there is likely room. */
  constructor(model: string, retryAfter: number) {
    super('busy', `Too many requests wait for ${model} already. Try again in ${retryAfter} seconds.`, retryAfter)
  }
}

/** Of one model as many wait; what comes then is refused, so that nobody waits for long, unless others have taken more than their shares. */
const defaultQueue = 64

/**
 * Serves the models of a catalogue by a host, and those of other servers: finds them by name, and lets those who ask for one in by turns, as many at once as the host decodes in one batch, or as the other
 * servers may be asked.
 *
 * @example const serving = createServing({ host, catalog: storeCatalog(store, home) })
 */
export function createServing(deps: {
  host: Host
  catalog: Catalog
  /** Where other models live. What the catalogue has itself is served from there, and no upstream can take its name. */
  upstreams?: Upstreams
  /** Says what native speakers prefer, by which a language's models are chosen. (by what was measured alone) */
  byPreference?: ByPreference
  /** Answers of a model that are written at once: the host's sequences. (4) */
  sequences?: number
  /** Requests that may wait for a model. (64) */
  queue?: number
}): Serving {
  const { host, catalog, upstreams, byPreference, sequences = hostDefaults.sequences, queue = defaultQueue } = deps
  const lines = new Map<string, Line>()
  /** Names of models that were asked for, by what the host knows them by. */
  const names = new Map<string, string>()
  let refusal: Error | undefined

  const list: Catalog = async () => {
    const models = await catalog()
    const names = new Set(models.flatMap(({ id, aliases = [] }) => [id, ...aliases]).map((name) => name.toLowerCase()))
    const all = [...models, ...(upstreams?.models() ?? []).filter(({ id }) => !names.has(id.toLowerCase()))]
    return byPreference ? byPreference(all) : all
  }
  /** Asks what answers by a model, where it is. */
  const ask = <T>(
    served: ServedModel,
    by: <Place>(answers: Answers<Place>, place: Place) => Promise<T>,
  ): Promise<T> => {
    if ('file' in served) return by(host, weightsOf(served))
    if (upstreams) return by(upstreams, served.elsewhere)
    throw new EndonymError('model_not_found', `There is no server that ${served.id} lives in.`)
  }
  const placesOf = (served: ServedModel): number =>
    'file' in served ? sequences : (upstreams?.places(served.elsewhere) ?? 1)

  /** Works for a client when it is its turn; undefined when the signal fires first. @throws BusyError */
  const inTurn = async <T>(
    served: ServedModel,
    { client = '', signal }: Asked & { signal?: AbortSignal },
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    const key = keyOf(served)
    names.set(key, served.id)
    const places = placesOf(served)
    const line = lines.get(key) ?? { turns: createFairQueue(places), seconds: 1 }
    lines.set(key, line)
    if (refusal) throw refusal
    const { waiting } = line.turns
    // Whoever has less than its share may still wait, so that nobody can keep others out.
    if (waiting >= queue && line.turns.hasShare(client, queue))
      throw new BusyError(served.id, Math.ceil(((waiting + 1) / places) * line.seconds))
    const leave = await line.turns.enter(client, signal)
    if (!leave && refusal) throw refusal
    if (!leave) return undefined
    const started = performance.now()
    try {
      return await work()
    } catch (error) {
      throw toClient(served, error)
    } finally {
      line.seconds = 0.9 * line.seconds + (0.1 * (performance.now() - started)) / 1000
      leave()
    }
  }

  return {
    list,
    find: async (name) => pick(await list(), name),
    load: async (served, options = {}) => {
      await inTurn(served, options, () => ask(served, (answers, place) => answers.load(place, options)))
      options.signal?.throwIfAborted()
    },
    chat: async (served, turns, { client, ...options } = {}) =>
      (await inTurn(served, { ...asked(client), ...options }, () =>
        ask(served, (answers, place) => answers.chat(place, turns, options)),
      )) ?? unanswered,
    complete: async (served, prompt, { client, ...options } = {}) =>
      (await inTurn(served, { ...asked(client), ...options }, () =>
        ask(served, (answers, place) => answers.complete(place, prompt, options)),
      )) ?? unanswered,
    embed: async (served, texts, { client, ...options } = {}) => {
      if (served.role === 'adapter') {
        throw new EndonymError(
          'adapter_no_embeddings',
          `${served.id} is an adapter, of which there are no embeddings. Ask for those of ${served.base ?? 'its base'}, or of a merged student.`,
        )
      }
      const embedded = await inTurn(served, { ...asked(client), ...options }, () =>
        ask(served, (answers, place) => answers.embed(place, texts, options)),
      )
      return embedded ?? noVectors
    },
    tokenize: (served, text, options) =>
      ask(served, (answers, place) => answers.tokenize(place, text, options ?? {})).catch((error: unknown) => {
        throw toClient(served, error)
      }),
    detokenize: (served, tokens) =>
      ask(served, (answers, place) => answers.detokenize(place, tokens)).catch((error: unknown) => {
        throw toClient(served, error)
      }),
    refuseWaiting: (why) => {
      refusal = why
      for (const { turns } of lines.values()) turns.refuseWaiting()
    },
    status: () => {
      const all = [...lines.values()].map(({ turns }) => turns)
      const status = host.status()
      return {
        loaded: [...new Set(status.loaded.map((weights) => names.get(weightsKey(weights)) ?? 'another'))],
        running: sum(all.map(({ running }) => running)),
        waiting: sum(all.map(({ waiting }) => waiting)),
        host: status,
        upstreams: upstreams?.status() ?? [],
      }
    },
    dispose: async () => {
      upstreams?.dispose()
      await host.dispose()
    },
  }
}

/** The turns of those who ask for a model, and the seconds that one of them takes, on average. */
type Line = { turns: FairQueue; seconds: number }

const asked = (client: string | undefined): Asked => (client === undefined ? {} : { client })

const weightsOf = ({ file, adapters }: Weights): Weights => ({ file, adapters })

const weightsKey = ({ file, adapters }: Weights): string => [file, ...adapters].join('\n')

const keyOf = (served: ServedModel): string =>
  'file' in served ? weightsKey(served) : `elsewhere\n${served.elsewhere}`

/** Why a model cannot answer: whoever asked knows it by its name, and need not know its files. */
function toClient({ id }: ServedModel, error: unknown): unknown {
  if (error instanceof UpstreamsBusy) return new BusyError(id, error.retryAfter)
  if (error instanceof HostCrash || !(error instanceof EndonymError)) return error
  if (error.code === 'no_chat_template') {
    const sentence = `The model ${id} has no chat template, so it cannot chat. Choose one that was tuned to follow instructions.`
    return new EndonymError('no_chat_template', sentence, { cause: error })
  }
  if (!unloadable.has(error.code)) return error
  return new EndonymError('model_unloadable', `The model ${id} cannot be loaded: ${messageOf(error)}`, { cause: error })
}

const unloadable: ReadonlySet<string> = new Set([
  'runtime_missing',
  'model_missing',
  'model_truncated',
  'model_not_gguf',
  'model_unsupported',
  'adapter_unsupported',
  'memory_insufficient',
])
