import { sum } from '../../core/sum.ts'
import type { Completed, Host, Weights } from '../host.ts'
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

  const onPool = <T>(weights: Weights, work: (pool: Pool, model: Model) => Promise<T>): Promise<T> =>
    lodging.use(weights, {
      kind: 'pool',
      bytes: (model) => model.contextBytes({ contextSize: size(model), sequences }),
      open: (model) => model.open({ contextSize: size(model), sequences, adapters: weights.adapters }),
      work,
    })
  /** A context of its own, for those who ask how likely tokens are. */
  const onScorer = <T>(weights: Weights, work: (scorer: Scorer, model: Model) => Promise<T>): Promise<T> =>
    lodging.use(weights, {
      kind: 'scorer',
      bytes: (model) => model.contextBytes({ contextSize: size(model), sequences: 1 }),
      open: (model) => model.openScorer({ contextSize: size(model), adapters: weights.adapters }),
      work,
    })

  return {
    load: (weights) => onPool(weights, async () => {}),
    chat: (weights, turns, options = {}) =>
      onPool(weights, (pool, model) =>
        answerChat({ pool, model, onScorer: (work) => onScorer(weights, work) }, turns, options),
      ),
    complete: async (weights, prompt, { echo = false, logProbs, onText, ...options } = {}) => {
      const before = (model: Model): string =>
        echo ? (typeof prompt === 'string' ? prompt : model.detokenize(prompt)) : ''
      if (logProbs !== undefined && isGreedyToken(options)) {
        // As evaluation harnesses ask it. What scores the prompt knows the next token too.
        return onScorer(weights, async (scorer, model): Promise<Completed> => {
          const scores = await scorer.scoreTokens(prompt, { top: logProbs, next: true })
          const text = before(model) + (scores.at(-1)?.text ?? '')
          const counts = { promptTokens: scores.length - 1, completionTokens: 1 }
          return { ...counts, finishReason: 'length', text, scores: echo ? scores : scores.slice(-1) }
        })
      }
      const { tokens, ...generation } = await onPool(weights, async (pool, model) => {
        // An echo comes with the first text, when it is known that the prompt is not refused.
        let unsaid = before(model)
        const say = (text: string): void => {
          const piece = unsaid + text
          unsaid = ''
          if (piece !== '') onText?.(piece)
        }
        const completion = await pool.complete(prompt, { ...options, onText: say })
        if (completion.finishReason !== 'aborted') say('')
        return { ...completion, text: before(model) + completion.text }
      })
      if (logProbs === undefined) return generation
      const scores = await onScorer(weights, (scorer) => scorer.scoreTokens(prompt, { after: tokens, top: logProbs }))
      return { ...generation, scores: echo ? scores : scores.slice(scores.length - tokens.length) }
    },
    embed: ({ file }, texts) =>
      lodging.withModel(file, async (model) => {
        const tokens = texts.map((text) => (typeof text === 'string' ? model.tokenize(text) : text))
        return { vectors: await model.embed(tokens), tokens: sum(tokens.map(({ length }) => length)) }
      }),
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
