import { plural } from '../core/format.ts'
import type { Verdict } from '../evaluator/benchmark.ts'
import type { Prepared } from '../evaluator/evaluate.ts'
import type { Result } from '../evaluator/examine.ts'
import type { Examined } from '../evaluator/sheet.ts'

/** One row as one model was asked it, and what came of it. */
export type Inspection = {
  model: string
  benchmark: string
  id: string
  /** A text as it stood, or a conversation for the chat template. */
  prompt: Result['prompt']
  continuations?: Result['continuations']
  answers?: Result['answers']
  prediction?: Verdict['prediction']
  target?: string
  /** Whether the prediction is right. */
  verdict?: boolean
  /** Tokens that the prompt lost at its beginning. */
  cut?: number
  /** Examples that the conversation lost at its beginning. */
  dropped?: number
}

/** Every row of every benchmark, by model. */
export function inspectionLines(prepared: readonly Prepared[], examined: readonly Examined[]): Inspection[] {
  return examined.flatMap(({ model, examinations }) =>
    examinations.flatMap(({ results }, i) =>
      results.map(({ id, prompt, continuations, answers, verdict, cut, dropped }) => ({
        model,
        benchmark: prepared[i]?.benchmark.name ?? '',
        id,
        prompt,
        ...(continuations && { continuations }),
        ...(answers && { answers }),
        ...(verdict && { prediction: verdict.prediction, target: verdict.target, verdict: verdict.right }),
        ...(cut !== undefined && { cut }),
        ...(dropped !== undefined && { dropped }),
      })),
    ),
  )
}

/** The same for a terminal. */
export function inspectionText(rows: readonly Inspection[]): string {
  return rows.map(one).join('\n\n')
}

function one(row: Inspection): string {
  const { prompt, continuations = [], answers = [], prediction, target, verdict } = row
  const turns = typeof prompt === 'string' ? [prompt] : prompt.map(({ role, content }) => `${role}: ${content}`)
  return [
    [
      `── ${row.benchmark}, row ${row.id}, ${row.model}`,
      ...(row.cut === undefined ? [] : [`${plural(row.cut, 'token')} cut`]),
      ...(row.dropped === undefined ? [] : [`${plural(row.dropped, 'example')} left out`]),
    ].join(', '),
    ...turns,
    ...continuations.map(({ text, logProb }) => `  ${logProb.toFixed(3).padStart(9)}  ${JSON.stringify(text)}`),
    ...answers.map(({ text, finishReason }) => `→ ${text}${finishReason === 'length' ? ' … (cut off)' : ''}`),
    ...(target === undefined
      ? []
      : [`${verdict ? 'right' : 'wrong'}: ${prediction ?? 'nothing that could be read'}; the target is ${target}`]),
  ].join('\n')
}
