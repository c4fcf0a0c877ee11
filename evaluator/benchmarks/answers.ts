import { createRandom } from '../../core/random.ts'
import type { Language } from '../../data/language.ts'
import type { Sampling } from '../../models/runtime.ts'
import type { Answer, Benchmark } from '../benchmark.ts'
import { isInLanguage, type LanguageVerdict } from '../language-id.ts'
import { ratio } from '../metrics/bootstrap.ts'
import { isLooping, type Looping } from '../metrics/repetition.ts'

export type AnswerVerdict = { language: LanguageVerdict; loop: Looping }

/** Whether an answer is in the language, and whether it loops. */
export function judgeAnswer(text: string, language: Language, against: readonly string[] = []): AnswerVerdict {
  return { language: isInLanguage(text, language, { against }), loop: isLooping(text) }
}

/**
 * Answers to questions in the language that were held out of training, drawn as they are served, with a seed of its own for each question: the share that is in
 * the language, and the share that loops.
 */
export function answers(
  language: Language,
  questions: readonly string[],
  {
    limit = Number.POSITIVE_INFINITY,
    sampling,
    against = [],
  }: { limit?: number; sampling: Sampling; against?: readonly string[] },
): Benchmark {
  return {
    name: 'answers',
    title: `Answers to ${Math.min(limit, questions.length)} held-out questions in ${language.name}`,
    source: 'data/questions',
    measures: [
      {
        name: 'language-share',
        title: `answers in ${language.name}`,
        higherIsBetter: true,
        statistic: ([inLanguage = 0, , all = 0]) => ratio([inLanguage, all]),
      },
      {
        name: 'looping-share',
        title: 'answers that loop',
        higherIsBetter: false,
        statistic: ([, loops = 0, all = 0]) => ratio([loops, all]),
      },
    ],
    items: async () =>
      questions.slice(0, limit).map((content, index) => ({
        id: String(index + 1),
        messages: [{ role: 'user', content }],
        sampling: { ...sampling, seed: createRandom(`answers\0${content}`).int(2 ** 32) },
        count: ({ text }: Answer) => {
          const { language: verdict, loop } = judgeAnswer(text, language, against)
          return [verdict.verdict ? 1 : 0, loop.looping ? 1 : 0, 1]
        },
      })),
  }
}
