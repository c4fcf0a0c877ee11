import type { Language } from '../../data/language.ts'
import type { Memory } from '../../data/memory.ts'
import { isInLanguage } from '../../evaluator/language-id.ts'
import { isLooping } from '../../evaluator/metrics/repetition.ts'
import { distinctness } from '../../evaluator/polyglot-score/distinctness.ts'
import { fluency, perplexity, type ResponseScore } from '../../evaluator/polyglot-score/fluency.ts'
import { words } from '../../evaluator/text.ts'
import type { Model, Scorer } from '../../models/runtime.ts'

/** A prompt in the language and a teacher's response to it. */
export type Row = { prompt: string; response: string }

/** What is measured of a data set without a judge. The shares and the length are no part of z: they say what the numbers cannot. */
export type Measured = {
  promptDistinctness: number | undefined
  responseDistinctness: number | undefined
  fluency: number | undefined
  /** Of the response in the middle. */
  perplexity: number
  words: number
  /** Share of the responses that are in the language, and that go in circles. */
  inLanguage: number
  loops: number
}

/**
 * Measures a data set: embeddings by one model, perplexity under another, the student's base.
 *
 * @param base.sha256 of its file: what its scores are remembered under.
 */
export async function measureRows(
  rows: readonly Row[],
  context: {
    language: Language
    embedder: Model
    base: { model: Model; scorer: Scorer; sha256: string }
    memory: Memory
    signal: AbortSignal
    onRow: () => void
  },
): Promise<Measured> {
  const { language, embedder, memory, base, signal } = context
  const scores: ResponseScore[] = []
  for (const row of rows) {
    signal.throwIfAborted()
    scores.push(await scoreResponse(row, base, memory))
    context.onRow()
  }
  const responses = rows.map(({ response }) => response)
  signal.throwIfAborted()
  return {
    promptDistinctness: distinctness(await embedder.embed(rows.map(({ prompt }) => prompt))),
    responseDistinctness: distinctness(await embedder.embed(responses)),
    fluency: fluency(scores),
    perplexity: median(scores.map(perplexity)),
    words: median(responses.map((response) => words(response, language.bcp47).length)),
    inLanguage: share(responses, (response) => isInLanguage(response, language).verdict),
    loops: share(responses, (response) => isLooping(response).looping),
  }
}

/**
 * How likely the base holds a response to be after its prompt, in its own chat template: of the response's tokens alone, and of this row alone, so that neither padding nor other rows can change it.
 */
export async function scoreResponse(
  { prompt, response }: Row,
  { model, scorer, sha256 }: { model: Pick<Model, 'renderChat'>; scorer: Pick<Scorer, 'score'>; sha256: string },
  { remember }: Pick<Memory, 'remember'>,
): Promise<ResponseScore> {
  const rendered = model.renderChat([{ role: 'user', content: prompt }], { addGenerationPrompt: true })
  const key = { kind: 'score', source: sha256, request: { prompt: rendered, response } } as const
  const { logProb, tokens } = await remember(key, async () => {
    const [score = { logProb: 0, tokens: 0 }] = await scorer.score(rendered, [response])
    return { logProb: score.logProb, tokens: score.tokens, promptTokens: score.tokens, completionTokens: 0 }
  })
  return { logProb, tokens }
}

const share = (texts: readonly string[], holds: (text: string) => boolean) =>
  texts.filter(holds).length / Math.max(1, texts.length)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
