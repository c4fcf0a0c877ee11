import { EndonymError, messageOf } from '../core/error.ts'
import type { Language } from '../data/language.ts'
import { resolveLanguage } from '../data/languages.ts'
import type {
  GenerateOptions,
  Generation,
  Message,
  Model,
  Pool,
  Runtime,
  Scorer,
  TokenScore,
} from '../models/runtime.ts'

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
   * The model of that name; or the newest student of the language that is named (`gl`, `glg`, `Galician`, `galego`).
   * @throws EndonymError `model_not_found`
   */
  find(name: string): Promise<ServedModel>
  /** Loads a model ahead of its first chat. @throws EndonymError `model_unloadable`, with its cause */
  load(model: ServedModel): Promise<void>
  /** Answers a conversation. @throws EndonymError as `load` and `Pool.chat` do */
  chat(model: ServedModel, messages: readonly Message[], options?: GenerateOptions): Promise<Generation>
  /** Continues a text, or token ids. @throws EndonymError as `load`, `Pool.complete` and `Pool.scoreTokens` do */
  complete(model: ServedModel, prompt: string | readonly number[], options?: CompleteOptions): Promise<Completed>
  status(): { loaded: string[]; running: number }
  dispose(): Promise<void>
}

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
}): Serving {
  const { runtime, catalog, contextSize = defaultContext, sequences = defaultSequences } = deps
  const models = new Map<string, Promise<Model>>()
  const pools = new Map<string, { id: string; pool: Promise<Pool> }>()
  const scorers = new Map<string, Promise<Scorer>>()
  let running = 0

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
      throw new EndonymError('model_unloadable', `The model ${served.id} cannot be loaded: ${messageOf(cause)}`, {
        cause,
      })
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

  const complete = async (
    served: ServedModel,
    prompt: string | readonly number[],
    { echo = false, logProbs, ...options }: CompleteOptions,
  ): Promise<Completed> => {
    const before = async (): Promise<string> =>
      echo ? (typeof prompt === 'string' ? prompt : (await model(served.file)).detokenize(prompt)) : ''
    if (logProbs !== undefined && isGreedyToken(options)) {
      // As evaluation harnesses ask it. What scores the prompt knows the next token too.
      const scores = await (await scorer(served)).scoreTokens(prompt, { top: logProbs, next: true })
      const last = scores.at(-1)
      const generation = { promptTokens: scores.length - 1, completionTokens: 1, finishReason: 'length' } as const
      return { ...generation, text: (await before()) + (last?.text ?? ''), scores: echo ? scores : scores.slice(-1) }
    }
    const { tokens, ...generation } = await (await pool(served)).complete(prompt, options)
    const text = (await before()) + generation.text
    if (logProbs === undefined) return { ...generation, text }
    const scores = await (await scorer(served)).scoreTokens(prompt, { after: tokens, top: logProbs })
    return { ...generation, text, scores: echo ? scores : scores.slice(scores.length - tokens.length) }
  }

  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    running++
    try {
      return await work()
    } finally {
      running--
    }
  }

  return {
    list: catalog,
    find: async (name) => pick(await catalog(), name),
    load: async (served) => {
      await pool(served)
    },
    chat: (served, messages, options) =>
      counted(async () => (await pool(served)).chat(messages, options)).catch((error: unknown) => {
        // Whoever asked knows the model by its name, and need not know its file.
        if (!(error instanceof EndonymError) || error.code !== 'no_chat_template') throw error
        const sentence = `The model ${served.id} has no chat template, so it cannot chat. Choose one that was tuned to follow instructions.`
        throw new EndonymError('no_chat_template', sentence, { cause: error })
      }),
    complete: (served, prompt, options = {}) => counted(() => complete(served, prompt, options)),
    status: () => ({ loaded: [...pools.values()].map(({ id }) => id), running }),
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

/** One token, the likeliest of the model's own distribution. */
function isGreedyToken(options: GenerateOptions): boolean {
  const { maxTokens, temperature, repeatPenalty, presencePenalty = 0, frequencyPenalty = 0, stop = [] } = options
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
