import { z } from 'zod'
import { createRandom } from '../../core/random.ts'
import type { Language } from '../../data/language.ts'
import { askEach, questionOf } from '../ask.ts'
import { parseJsonAnswer } from '../json-answer.ts'
import type { StepContext } from '../step.ts'
import type { CompletionRequest, Teacher } from '../teacher.ts'
import type { Row } from './rows.ts'

/** What a judge made of a data set: the mean of its scores from 1 to 5, over the responses whose verdict could be read. */
export type Judgement = { score: number | undefined; read: number; asked: number; problem?: string }

/** Who judged a teacher's data, and whether they are its own. */
export type Judged = Judgement & { judge: string; self: boolean }

const verdict = z.object({ score: z.coerce.number().int().min(1).max(5) })

const schema = {
  name: 'verdict',
  schema: {
    type: 'object',
    properties: { reason: { type: 'string' }, score: { type: 'integer', minimum: 1, maximum: 5 } },
    required: ['reason', 'score'],
    additionalProperties: false,
  },
} as const

/** Of a data set's verdicts so many must be readable: a mean of the few answers that a judge happened to write well is no judgement of the data. */
const enough = 0.5

/**
 * Lets a model score responses by a rubric from 1 to 5 (Polyglot Teachers, "rubric"; the paper's judge is M-Prometheus 14B).
 *
 * @example await judgeRows(judge, rows, { language, memory, signal, progress, stage: 'judge' })
 */
export async function judgeRows(
  judge: Teacher,
  rows: readonly Row[],
  context: Pick<StepContext, 'memory' | 'signal' | 'progress'> & { language: Language; stage: string },
): Promise<Judgement> {
  const wanted = rows.map((row) => {
    const request: CompletionRequest = {
      messages: [
        { role: 'system', content: rubric(context.language) },
        {
          role: 'user',
          content: `The question:\n${row.prompt}\n\nThe answer:\n${row.response}\n\nYour verdict, as JSON:`,
        },
      ],
      sampling: {
        temperature: 0,
        topP: 1,
        minP: 0,
        repeatPenalty: 1,
        maxTokens: 256,
        seed: createRandom(row.response).int(2 ** 32),
      },
      draw: 0,
      schema,
    }
    return { request, key: questionOf(judge, request) }
  })
  const scores: number[] = []
  let problem: string | undefined
  let done = 0
  for await (const answer of askEach(wanted, judge, context, (_, { text }) => parseJsonAnswer(text, verdict))) {
    if ('value' in answer) scores.push(answer.value.score)
    else problem ??= answer.problem
    context.progress({ stage: context.stage, done: ++done, total: rows.length, unit: 'verdicts' })
  }
  const usable = scores.length > 0 && scores.length >= enough * rows.length
  return {
    score: usable ? scores.reduce((sum, score) => sum + score, 0) / scores.length : undefined,
    read: scores.length,
    asked: rows.length,
    ...(problem !== undefined && { problem }),
  }
}

const rubric = ({ name }: Language) =>
  [
    `You judge answers that are to be in ${name}. Give one score:`,
    `1: not in ${name}, or no answer to the question.`,
    `2: in ${name} with many mistakes, or of little use.`,
    '3: understandable, with mistakes of language or fact, or parts missing.',
    '4: correct and helpful, with small slips.',
    `5: what a careful native speaker of ${name} would write: correct, helpful, natural.`,
    'Answer with JSON alone: {"reason": "one short sentence", "score": 3}',
  ].join('\n')
