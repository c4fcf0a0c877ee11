import type { Message, Model, Runtime } from '../../models/runtime.ts'
import type { LabelRow, PairRow } from '../engine.ts'

/** What pairs come to under a model: in how many the better answer is the likelier one, and by how many nats, in the mean. */
export type PairFigures = { likelier: number; margin: number }

/** What answers come to under a model: the mean log-likelihood in nats a token of those that are wanted, and of the others; none where there are none. */
export type LabelFigures = { wanted: number | null; unwanted: number | null }

/**
 * Rows before and after a training. `learned` counts those that moved as they should: whose better answer gained on the worse one (what DPO's reward accuracy says), or which became likelier where they are wanted and less
 * likely where they are not.
 */
export type Compared = { rows: number; learned: number } & (
  | { method: 'dpo'; before: PairFigures; after: PairFigures }
  | { method: 'kto'; before: LabelFigures; after: LabelFigures }
)

/** Log-likelihoods of a row's answers, in nats, and their tokens: of a pair the better one's first. */
type Scored = { nats: number; tokens: number }[]

/**
 * How likely a model finds each row's answers, by the runtime that serves it.
 *
 * @param file GGUF
 * @param onRow is told after each
 */
export async function scoreRows(
  runtime: Runtime,
  file: string,
  rows: readonly (PairRow | LabelRow)[],
  { length, signal, onRow }: { length: number; signal: AbortSignal; onRow(): void },
): Promise<Scored[]> {
  const model = await runtime.load(file)
  try {
    const scorer = await model.openScorer({ contextSize: Math.min(Math.max(1024, length), model.trainedContext) })
    const scored: Scored[] = []
    for (const row of rows) {
      signal.throwIfAborted()
      const answers = 'chosen' in row ? [row.chosen, row.rejected] : [row.completion]
      const prompt = model.renderChat(row.prompt, { addGenerationPrompt: true })
      const scores = await scorer.score(
        prompt,
        answers.map((answer) => written(model, row.prompt, prompt, answer)),
      )
      scored.push(scores.map(({ logProb, tokens }) => ({ nats: logProb, tokens })))
      onRow()
    }
    await scorer.dispose()
    return scored
  } finally {
    await model.dispose()
  }
}

/** An answer as the chat template writes it after the prompt, its end included: what the training takes the loss of. */
function written(model: Model, before: readonly Message[], prompt: string, answer: readonly Message[]): string {
  const whole = model.renderChat([...before, ...answer], { addGenerationPrompt: false })
  return whole.startsWith(prompt) ? whole.slice(prompt.length) : answer.map(({ content }) => content).join('\n')
}

/** Sets the scores of the same rows before and after a training beside each other. */
export function compareScores(
  rows: readonly (PairRow | LabelRow)[],
  before: readonly Scored[],
  after: readonly Scored[],
): Compared {
  const moved = rows.map((row, i) => {
    const [better, worse] = (before[i] ?? []).map(({ nats }, side) => (after[i]?.[side]?.nats ?? 0) - nats)
    if ('label' in row) return row.label ? (better ?? 0) > 0 : (better ?? 0) < 0
    return (better ?? 0) > (worse ?? 0)
  })
  const counted = { rows: rows.length, learned: moved.filter(Boolean).length }
  const labels = rows.map((row) => ('label' in row ? row.label : undefined))
  if (labels.every((label) => label === undefined)) {
    return { ...counted, method: 'dpo', before: pairFigures(before), after: pairFigures(after) }
  }
  const of = (scored: readonly Scored[]): LabelFigures => ({
    wanted: meanOfToken(scored.filter((_, i) => labels[i] === true)),
    unwanted: meanOfToken(scored.filter((_, i) => labels[i] === false)),
  })
  return { ...counted, method: 'kto', before: of(before), after: of(after) }
}

function pairFigures(scored: readonly Scored[]): PairFigures {
  const margins = scored.map(([better, worse]) => (better?.nats ?? 0) - (worse?.nats ?? 0))
  return { likelier: margins.filter((margin) => margin > 0).length, margin: mean(margins) }
}

const meanOfToken = (scored: readonly Scored[]): number | null =>
  scored.length === 0 ? null : mean(scored.map(([answer]) => (answer ? answer.nats / Math.max(1, answer.tokens) : 0)))

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
