import { sum } from '../../core/sum.ts'
import { sayAfter } from '../echo.ts'
import {
  type Completed,
  type CompleteOptions,
  type Host,
  noVectors,
  unanswered,
  unlessGone,
  type Weights,
} from '../host.ts'
import type { GenerateOptions, Model, Pool, Runtime, Scorer } from '../runtime.ts'
import { answerChat } from './answer-chat.ts'
import { createLodging } from './lodging.ts'

export type LocalOptions = {
  runtime: Runtime
  /** Tokens of one conversation at most; less where a model was trained with less. (4,096) */
  contextSize?: number
  /** Conversations of one model that are decoded as one batch; more of them wait their turn. (4) */
  sequences?: number
  /** Bytes that weights and contexts may take together. (no limit) */
  memory?: number
}

export const hostDefaults = { contextSize: 4096, sequences: 4 } as const

/**
 * Computes in this process.
 *
 * @example const host = createHost({ runtime: await openRuntime() })
 */
export function createHost(options: LocalOptions): Host {
  const { runtime, contextSize = hostDefaults.contextSize, sequences = hostDefaults.sequences } = options
  const lodging = createLodging({ runtime, limit: options.memory ?? Number.POSITIVE_INFINITY })
  const size = (model: Model): number => Math.min(contextSize, model.trainedContext)

  const onPool = <T>(weights: Weights, signal: Signal, work: (pool: Pool, model: Model) => Promise<T>): Promise<T> =>
    lodging.use(weights, {
      kind: 'pool',
      bytes: (model) => model.contextBytes({ contextSize: size(model), sequences }),
      open: (model) => model.open({ contextSize: size(model), sequences, adapters: weights.adapters }),
      work,
      signal,
    })
  /** A context of its own, for those who ask how likely tokens are. */
  const onScorer = <T>(
    weights: Weights,
    signal: Signal,
    work: (scorer: Scorer, model: Model) => Promise<T>,
  ): Promise<T> =>
    lodging.use(weights, {
      kind: 'scorer',
      bytes: (model) => model.contextBytes({ contextSize: size(model), sequences: 1 }),
      open: (model) => model.openScorer({ contextSize: size(model), adapters: weights.adapters }),
      work,
      signal,
    })

  const complete = async (
    weights: Weights,
    prompt: string | readonly number[],
    { echo = false, logProbs, onText, ...options }: CompleteOptions,
  ): Promise<Completed> => {
    const { signal } = options
    const before = (model: Model): string =>
      echo ? (typeof prompt === 'string' ? prompt : model.detokenize(prompt)) : ''
    if (logProbs !== undefined && isGreedyToken(options)) {
      // As evaluation harnesses ask it. What scores the prompt knows the next token too.
      return onScorer(weights, signal, async (scorer, model): Promise<Completed> => {
        const scores = await scorer.scoreTokens(prompt, { top: logProbs, next: true, signal })
        const text = before(model) + (scores.at(-1)?.text ?? '')
        if (!signal?.aborted) onText?.(text)
        const counts = { promptTokens: scores.length - 1, completionTokens: 1 }
        return { ...counts, finishReason: 'length', text, scores: echo ? scores : scores.slice(-1) }
      })
    }
    const { tokens, ...generation } = await onPool(weights, signal, async (pool, model) => {
      const echoed = before(model)
      const say = sayAfter(echoed, (text) => onText?.(text))
      const completion = await pool.complete(prompt, { ...options, onText: say })
      if (completion.finishReason !== 'aborted') say('')
      return { ...completion, text: echoed + completion.text }
    })
    if (logProbs === undefined || signal?.aborted) return generation
    const scores = await onScorer(weights, signal, (scorer) =>
      scorer.scoreTokens(prompt, { after: tokens, top: logProbs, signal }),
    )
    return { ...generation, scores: echo ? scores : scores.slice(scores.length - tokens.length) }
  }

  return {
    load: (weights, { signal } = {}) => onPool(weights, signal, async () => {}),
    chat: (weights, turns, options = {}) => {
      const { signal } = options
      return unlessGone(signal, unanswered, () =>
        onPool(weights, signal, (pool, model) =>
          answerChat({ pool, model, onScorer: (work) => onScorer(weights, signal, work) }, turns, options),
        ),
      )
    },
    complete: (weights, prompt, options = {}) =>
      unlessGone(options.signal, unanswered, () => complete(weights, prompt, options)),
    embed: ({ file }, texts, { signal } = {}) =>
      unlessGone(signal, noVectors, () =>
        lodging.withModel(
          file,
          async (model) => {
            const tokens = texts.map((text) => (typeof text === 'string' ? model.tokenize(text) : text))
            return { vectors: await model.embed(tokens, { signal }), tokens: sum(tokens.map(({ length }) => length)) }
          },
          signal,
        ),
      ),
    tokenize: ({ file }, text, { begin = false, special = true } = {}) =>
      lodging.withModel(file, async (model) => {
        const beginning = begin ? model.tokenize(model.beginning, { special: true }) : []
        return [...beginning, ...model.tokenize(text, { special })]
      }),
    detokenize: ({ file }, tokens) => lodging.withModel(file, async (model) => model.detokenize(tokens)),
    status: () => ({ ...lodging.status(), gpu: runtime.gpu, crashes: 0 }),
    dispose: () => lodging.dispose(),
  }
}

type Signal = AbortSignal | undefined

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
