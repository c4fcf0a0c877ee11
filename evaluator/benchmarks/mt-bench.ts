import fs from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { createRandom } from '../../core/random.ts'
import type { Language } from '../../data/language.ts'
import type { Sampling } from '../../models/runtime.ts'
import type { Answer, Benchmark } from '../benchmark.ts'
import { readJsonl } from '../folder.ts'
import { ratio } from '../metrics/bootstrap.ts'
import { judgeAnswer } from './answers.ts'

const question = z.object({
  question_id: z.union([z.number(), z.string()]),
  category: z.string().optional(),
  turns: z.array(z.string().min(1)).min(1),
})

/**
 * Questions of MT-Bench (Zheng et al. 2023; 80 of two turns each, https://github.com/lm-sys/FastChat, Apache-2.0) in a person's own translation. They are asked as they are served, and both
 * answers are kept for people to compare: what they are worth is for native speakers to say, so the only numbers are how long answers are, how many are in the language and how many loop.
 *
 * @param file JSONL with `question_id`, `category` and `turns`, or a folder of such files.
 */
export function mtBench(
  language: Language,
  file: string,
  { limit = Number.POSITIVE_INFINITY, sampling }: { limit?: number; sampling: Sampling },
): Benchmark {
  const judge = (answers: readonly Answer[]) => answers.map(({ text }) => judgeAnswer(text, language))
  return {
    name: `mt-bench-${language.iso3}`,
    title: `MT-Bench questions in ${language.name}`,
    source: `file:${path.basename(file)}`,
    measures: [
      {
        name: 'characters',
        title: 'MT-Bench: characters of an answer',
        // Longer is not better; but the table has to put something first.
        higherIsBetter: true,
        statistic: ratio,
      },
      {
        name: 'language-share',
        title: `MT-Bench: answers in ${language.name}`,
        higherIsBetter: true,
        statistic: ([, all = 0, inLanguage = 0]) => ratio([inLanguage, all]),
      },
      {
        name: 'looping-share',
        title: 'MT-Bench: answers that loop',
        higherIsBetter: false,
        statistic: ([, all = 0, , loops = 0]) => ratio([loops, all]),
      },
    ],
    items: async (_, note) => {
      const rows = await readQuestions(file)
      const faults: number[] = []
      const questions = rows.flatMap((row, i) => {
        const parsed = question.safeParse(row)
        if (parsed.success) return [parsed.data]
        faults.push(i + 1)
        return []
      })
      const sentence = `${faults.length} of ${rows.length} questions in ${file} cannot be used, because "question_id" or "turns" is missing: number ${faults.slice(0, 5).join(', ')}.`
      if (questions.length === 0) {
        throw new EndonymError('benchmark_rows_unusable', rows.length === 0 ? `${file} has no questions.` : sentence)
      }
      if (faults.length > 0) note?.(sentence)
      return questions.slice(0, limit).map(({ question_id, turns }) => ({
        id: String(question_id),
        turns,
        sampling: { ...sampling, seed: createRandom(`mt-bench\0${turns.join('\0')}`).int(2 ** 32) },
        count: (answers: readonly Answer[]) => {
          const verdicts = judge(answers)
          return [
            answers.reduce((sum, { text }) => sum + [...text].length, 0),
            answers.length,
            verdicts.filter(({ language: { verdict } }) => verdict).length,
            verdicts.filter(({ loop }) => loop.looping).length,
          ]
        },
      }))
    },
  }
}

async function readQuestions(file: string): Promise<Record<string, unknown>[]> {
  const info = await fs.stat(file).catch(() => undefined)
  if (!info?.isDirectory()) return await readJsonl(file)
  const names = (await fs.readdir(file)).filter((name) => name.endsWith('.jsonl')).sort()
  return (await Promise.all(names.map((name) => readJsonl(path.join(file, name))))).flat()
}
