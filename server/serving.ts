import { EndonymError, messageOf } from '../core/error.ts'
import { sum } from '../core/sum.ts'
import type { Language } from '../data/language.ts'
import { resolveLanguage } from '../data/languages.ts'
import type { GenerateOptions, Generation, Model, Pool, Runtime, Scorer, TokenScore } from '../models/runtime.ts'
import type { Tool, ToolCall, Turn } from '../models/tools.ts'
import { answerChat } from './answer-chat.ts'

/** A model that can be asked for: what people are told of it, and the files that it is made of. */
export type ServedModel = {
  /** The name that requests use. */
  id: string
  role: 'base' | 'adapter' | 'student'
  /** ISO 8601. */
  createdAt: string
  /** What it was taught; a base model was taught none. */
  language?: Language
  /** Name of the model that it applies to or comes from. */
  base?: string
  /** The run that made it. */
  run?: string
  parameters: number
  quantisation: string
  /** GGUF of the weights, and of the LoRA adapters on top of them. */
  file: string
  adapters: readonly string[]
}

/** Reads which models there are; asked again each time, so that a student is served as soon as it is registered. */
export type Catalog = () => Promise<ServedModel[]>

/** What answers chats by a model's name. */
export type Serving = {
  list(): Promise<ServedModel[]>
  /**
   * The model of that name; or the newest student of the language that is named (`gl`, `glg`, `Galician`, `galego`); without a name the newest student of all.
   * @throws EndonymError `model_not_found`, `no_models`
   */
  find(name?: string): Promise<ServedModel>
  /** Loads a model ahead of its first chat. @throws EndonymError `model_unloadable`, with its cause */
  load(model: ServedModel): Promise<void>
  /** Answers a conversation; what the model thought first, and its calls of functions, are told apart. @throws EndonymError as `load` and `Pool.chat` do, and `tools_unsupported` */
  chat(model: ServedModel, turns: readonly Turn[], options?: ChatOptions): Promise<ChatReply>
  /** Continues a text, or token ids. @throws EndonymError as `load`, `Pool.complete` and `Pool.scoreTokens` do */
  complete(model: ServedModel, prompt: string | readonly number[], options?: CompleteOptions): Promise<Completed>
  /** Vectors of texts or of token ids, and how many tokens these are. @throws EndonymError `model_unloadable`, `adapter_no_embeddings`, `token_unknown` */
  embed(
    model: ServedModel,
    texts: readonly (string | readonly number[])[],
  ): Promise<{ vectors: Float32Array[]; tokens: number }>
  /** Token ids of a text, as the model begins one or as they are; with `special`, control tokens that the text spells are such. @throws EndonymError as `load` does */
  tokenize(model: ServedModel, text: string, options?: { begin?: boolean; special?: boolean }): Promise<number[]>
  /** @throws EndonymError as `load` does, and `token_unknown` */
  detokenize(model: ServedModel, tokens: readonly number[]): Promise<string>
  status(): ServingStatus
  dispose(): Promise<void>
}

/** Names of the models that are loaded; answers that are being written, and that wait. */
export type ServingStatus = { loaded: string[]; running: number; waiting: number }

/** Too much is asked of a model: what comes now would wait too long. */
export class BusyError extends EndonymError {
  /** Seconds after which there is likely room. */
  readonly retryAfter: number

  constructor(model: string, retryAfter: number) {
    super('busy', `Too many requests wait for ${model} already. Try again in ${retryAfter} seconds.`)
    this.retryAfter = retryAfter
  }
}

export type ChatOptions = GenerateOptions & {
  /** Called with each new piece of what the model thinks. */
  onThought?: (text: string) => void
  /** Functions that may be called. */
  tools?: readonly Tool[]
  /** One of these is called, with arguments that follow its parameters, and nothing else is answered. (none has to be) */
  requiredTools?: readonly Tool[]
  /** Whether several calls may come in one answer. (true) */
  severalCalls?: boolean
  /** Called with each call, once it is whole. */
  onToolCall?: (call: MadeCall) => void
  /** Says how likely each token of the answer was, with this many of the likeliest in its place. */
  logProbs?: number
}

/** A call of a function that a model makes: the id is what its answer will name. */
export type MadeCall = ToolCall & { id: string }

/** `text` is the answer alone; empty where it was cut off while the model thought. `scores` are of its tokens, and of none that was thought. */
export type ChatReply = Generation & { thought?: string; toolCalls?: MadeCall[]; scores?: TokenScore[] }

export type CompleteOptions = GenerateOptions & {
  /** Whether the completion begins with its prompt. */
  echo?: boolean
  /** Says how likely each token was, with this many of the likeliest in its place. */
  logProbs?: number
}

export type Completed = Generation & { scores?: TokenScore[] }

/** Tokens of one conversation at most; less where the model was trained with less. */
const defaultContext = 4096

/** Conversations of one model that are decoded as one batch; more of them wait their turn. */
const defaultSequences = 4

/** Of one model as many wait; what comes then is refused, so that nobody waits for long. */
const defaultQueue = 64

/**
 * Serves models from this process: each file of weights is loaded once, on first use, however many adapters go on top of it and however many requests
 * come at once; each (weights, adapters) has a pool of sequences of its own. What was loaded is kept.
 *
 * @example const serving = createServing({ runtime, catalog: storeCatalog(store, home) })
 */
export function createServing(deps: {
  runtime: Runtime
  catalog: Catalog
  contextSize?: number
  sequences?: number
  /** Requests that may wait for a model. (64) */
  queue?: number
}): Serving {
  const { runtime, catalog, contextSize = defaultContext, sequences = defaultSequences, queue = defaultQueue } = deps
  const models = new Map<string, Promise<Model>>()
  const pools = new Map<string, { id: string; pool: Promise<Pool> }>()
  const scorers = new Map<string, Promise<Scorer>>()
  const lines = new Map<string, Line>()

  const model = (file: string): Promise<Model> => once(models, file, () => runtime.load(file))

  const pool = async (served: ServedModel): Promise<Pool> => {
    const key = keyOf(served)
    const known = pools.get(key)
    if (known) return known.pool
    const opening = (async () => {
      const weights = await model(served.file)
      return weights.open({
        contextSize: Math.min(contextSize, weights.trainedContext),
        sequences,
        adapters: served.adapters,
      })
    })()
    pools.set(key, { id: served.id, pool: opening })
    try {
      return await opening
    } catch (cause) {
      pools.delete(key)
      throw unloadable(served, cause)
    }
  }

  /** A context of its own, for those who ask how likely tokens are. */
  const scorer = (served: ServedModel): Promise<Scorer> =>
    once(scorers, keyOf(served), async () => {
      const weights = await model(served.file)
      return weights.openScorer({
        contextSize: Math.min(contextSize, weights.trainedContext),
        adapters: served.adapters,
      })
    })

  const chat = async (served: ServedModel, turns: readonly Turn[], options: ChatOptions): Promise<ChatReply> => {
    const opened = await pool(served)
    const deps = { id: served.id, pool: opened, model: await model(served.file), scorer: () => scorer(served) }
    return answerChat(deps, turns, options)
  }

  const complete = async (
    served: ServedModel,
    prompt: string | readonly number[],
    { echo = false, logProbs, onText, ...options }: CompleteOptions,
  ): Promise<Completed> => {
    const spelled = async () => (typeof prompt === 'string' ? prompt : (await model(served.file)).detokenize(prompt))
    const before = echo ? await spelled() : ''
    if (logProbs !== undefined && isGreedyToken(options)) {
      // As evaluation harnesses ask it. What scores the prompt knows the next token too.
      const scores = await (await scorer(served)).scoreTokens(prompt, { top: logProbs, next: true })
      const last = scores.at(-1)
      const generation = { promptTokens: scores.length - 1, completionTokens: 1, finishReason: 'length' } as const
      return { ...generation, text: before + (last?.text ?? ''), scores: echo ? scores : scores.slice(-1) }
    }
    // An echo comes with the first text, when it is known that the prompt is not refused.
    let unsaid = before
    const say = (text: string): void => {
      const piece = unsaid + text
      unsaid = ''
      if (piece !== '') onText?.(piece)
    }
    const { tokens, ...generation } = await (await pool(served)).complete(prompt, { ...options, onText: say })
    if (generation.finishReason !== 'aborted') say('')
    const text = before + generation.text
    if (logProbs === undefined) return { ...generation, text }
    const scores = await (await scorer(served)).scoreTokens(prompt, { after: tokens, top: logProbs })
    return { ...generation, text, scores: echo ? scores : scores.slice(scores.length - tokens.length) }
  }

  /** Takes a place in the line before a model, for as long as the work takes. @throws BusyError */
  const inLine = async <T>(served: ServedModel, work: () => Promise<T>): Promise<T> => {
    const key = keyOf(served)
    const line = lines.get(key) ?? { active: 0, seconds: 1 }
    lines.set(key, line)
    const waiting = line.active - sequences
    if (waiting >= queue) throw new BusyError(served.id, Math.ceil(((waiting + 1) / sequences) * line.seconds))
    line.active++
    const started = performance.now()
    try {
      return await work()
    } finally {
      // What waited counts for the share of it that it was worked on.
      const share = Math.min(1, sequences / line.active)
      line.seconds = 0.9 * line.seconds + 0.1 * share * ((performance.now() - started) / 1000)
      line.active--
    }
  }

  /** The weights themselves. */
  const weightsOf = (served: ServedModel): Promise<Model> =>
    model(served.file).catch((cause) => {
      throw unloadable(served, cause)
    })

  return {
    list: catalog,
    find: async (name) => pick(await catalog(), name),
    load: async (served) => {
      await pool(served)
    },
    chat: (served, turns, options) =>
      inLine(served, () => chat(served, turns, options ?? {})).catch((error: unknown) => {
        // Whoever asked knows the model by its name, and need not know its file.
        if (!(error instanceof EndonymError) || error.code !== 'no_chat_template') throw error
        const sentence = `The model ${served.id} has no chat template, so it cannot chat. Choose one that was tuned to follow instructions.`
        throw new EndonymError('no_chat_template', sentence, { cause: error })
      }),
    complete: (served, prompt, options = {}) => inLine(served, () => complete(served, prompt, options)),
    embed: (served, texts) =>
      inLine(served, async () => {
        if (served.adapters.length > 0) {
          throw new EndonymError(
            'adapter_no_embeddings',
            `${served.id} is an adapter, of which there are no embeddings. Ask for those of ${served.base ?? 'its base'}, or of a merged student.`,
          )
        }
        const weights = await weightsOf(served)
        const tokens = texts.map((text) => (typeof text === 'string' ? weights.tokenize(text) : text))
        return { vectors: await weights.embed(tokens), tokens: sum(tokens.map(({ length }) => length)) }
      }),
    tokenize: async (served, text, { begin = false, special = true } = {}) => {
      const weights = await weightsOf(served)
      const beginning = begin ? weights.tokenize(weights.beginning, { special: true }) : []
      return [...beginning, ...weights.tokenize(text, { special })]
    },
    detokenize: async (served, tokens) => (await weightsOf(served)).detokenize(tokens),
    status: () => {
      const active = [...lines.values()].map((line) => line.active)
      return {
        loaded: [...pools.values()].map(({ id }) => id),
        running: sum(active.map((each) => Math.min(each, sequences))),
        waiting: sum(active.map((each) => Math.max(0, each - sequences))),
      }
    },
    dispose: async () => {
      for (const { pool } of pools.values()) await pool.then((it) => it.dispose()).catch(() => {})
      for (const scorer of scorers.values()) await scorer.then((it) => it.dispose()).catch(() => {})
      for (const model of models.values()) await model.then((it) => it.dispose()).catch(() => {})
      pools.clear()
      scorers.clear()
      models.clear()
    },
  }
}

/** Requests for a model that are at work or wait, and the seconds that one takes, on average. */
type Line = { active: number; seconds: number }

function unloadable({ id }: ServedModel, cause: unknown): EndonymError {
  return new EndonymError('model_unloadable', `The model ${id} cannot be loaded: ${messageOf(cause)}`, { cause })
}

/** One token, the likeliest of the model's own distribution. */
function isGreedyToken(options: GenerateOptions): boolean {
  const { maxTokens, temperature, repeatPenalty, presencePenalty = 0, frequencyPenalty = 0, stop = [] } = options
  if (options.logitBias || options.jsonSchema) return false
  return (
    maxTokens === 1 &&
    temperature === 0 &&
    repeatPenalty === 1 &&
    presencePenalty === 0 &&
    frequencyPenalty === 0 &&
    stop.length === 0
  )
}

function keyOf({ file, adapters }: ServedModel): string {
  return [file, ...adapters].join('\n')
}

/** The promise under `key`, made on the first call; one that fails is forgotten, so that the next call tries again. */
function once<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key)
  if (known) return known
  const made = make()
  map.set(key, made)
  made.catch(() => map.delete(key))
  return made
}

/** Newest first; of one run's models, the merged student before its adapter. */
export function newestFirst(models: readonly ServedModel[]): ServedModel[] {
  return models.toSorted((a, b) =>
    a.run !== undefined && a.run === b.run
      ? Number(b.role === 'student') - Number(a.role === 'student')
      : b.createdAt.localeCompare(a.createdAt),
  )
}

/** The model that a person means by a name, or that they would want who names none: the newest student, else the newest model. */
export function pick(models: readonly ServedModel[], name?: string): ServedModel {
  const taught = newestFirst(models.filter(({ role }) => role !== 'base'))
  if (name === undefined) {
    const found = taught[0] ?? newestFirst(models)[0]
    if (found) return found
    throw new EndonymError('no_models', `There is no model yet. Make one with "endonym distill <language>".`)
  }
  const wanted = name.trim().toLowerCase()
  const called = models.find(({ id }) => id === name) ?? models.find(({ id }) => id.toLowerCase() === wanted)
  if (called) return called
  const language = taught.length > 0 ? languageNamed(name) : undefined
  const found = language && taught.find((model) => model.language?.iso3 === language.iso3)
  if (found) return found
  const known = models.map(({ id }) => id).join(', ')
  throw new EndonymError(
    'model_not_found',
    `There is no model "${name}"${known ? `; there is ${known}` : ''}. "endonym distill" makes one for a language.`,
    { exitCode: 2 },
  )
}

/** The language of that name or code; undefined where there is none, or more than one. */
function languageNamed(name: string): Language | undefined {
  try {
    return resolveLanguage(name)
  } catch (error) {
    if (error instanceof EndonymError) return undefined
    throw error
  }
}
