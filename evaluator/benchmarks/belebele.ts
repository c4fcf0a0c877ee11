import { z } from 'zod'
import type { Language } from '../../data/language.ts'
import type { Benchmark } from '../benchmark.ts'
import { multipleChoice } from './multiple-choice.ts'
import type { HubOptions } from './options.ts'

const letters = ['A', 'B', 'C', 'D']

/**
 * Belebele (Bandarkar et al. 2024): 900 questions on passages of FLORES, four answers each, in 122 languages. https://huggingface.co/datasets/facebook/belebele, CC BY-SA 4.0.
 *
 * Asked as lm-evaluation-harness's `belebele_*` does; the likeliest letter is the answer. It has one split, so examples are its first rows but the one that is asked.
 */
export const belebele = (language: Language, options: HubOptions): Benchmark =>
  multipleChoice(
    {
      name: 'belebele',
      data: {
        title: 'Belebele',
        repository: 'facebook/belebele',
        schema: z.object({
          link: z.string(),
          question_number: z.union([z.number(), z.string()]),
          flores_passage: z.string(),
          question: z.string(),
          mc_answer1: z.string(),
          mc_answer2: z.string(),
          mc_answer3: z.string(),
          mc_answer4: z.string(),
          correct_answer_num: z.coerce.number().int().min(1).max(4),
        }),
      },
      config: 'flores',
      splits: { test: 'test', examples: 'test' },
      sampler: 'first',
      id: ({ link, question_number }) => `${link}#${question_number}`,
      template: 'P: {passage}\nQ: {question}\nA: {a}\nB: {b}\nC: {c}\nD: {d}\nAnswer:',
      fields: ['passage', 'question', 'a', 'b', 'c', 'd'],
      values: (row) => ({
        passage: row.flores_passage,
        question: row.question.trim(),
        a: row.mc_answer1,
        b: row.mc_answer2,
        c: row.mc_answer3,
        d: row.mc_answer4,
      }),
      choices: () => letters,
      target: ({ correct_answer_num }) => correct_answer_num - 1,
      options: 4,
    },
    language,
    options,
  )
