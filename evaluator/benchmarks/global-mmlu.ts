import { z } from 'zod'
import type { Language } from '../../data/language.ts'
import type { Benchmark } from '../benchmark.ts'
import { type MultipleChoice, multipleChoice } from './multiple-choice.ts'
import type { HubOptions } from './options.ts'

const letters = ['A', 'B', 'C', 'D'] as const

const common = {
  sample_id: z.string(),
  question: z.string(),
  option_a: z.string(),
  option_b: z.string(),
  option_c: z.string(),
  option_d: z.string(),
  answer: z.enum(letters),
}

type Common = z.infer<z.ZodObject<typeof common>>

/** Asked as lm-evaluation-harness's `global_mmlu_*` does; the likeliest letter is the answer. */
const asked = {
  config: 'iso',
  splits: { test: 'test', examples: 'dev' },
  id: ({ sample_id }: Common) => sample_id,
  template: '{question}\nA. {a}\nB. {b}\nC. {c}\nD. {d}\nAnswer:',
  fields: ['question', 'a', 'b', 'c', 'd'],
  values: (row: Common) => ({
    question: row.question.trim(),
    a: row.option_a,
    b: row.option_b,
    c: row.option_c,
    d: row.option_d,
  }),
  choices: () => letters,
  target: ({ answer }: Common) => letters.indexOf(answer),
  options: 4,
} satisfies Partial<MultipleChoice<Common>>

/**
 * Global-MMLU (Singh et al. 2025): MMLU's 14,042 questions of 57 subjects in 42 languages, translated and partly corrected by people, with marks for culture.
 * https://huggingface.co/datasets/CohereLabs/Global-MMLU, Apache-2.0. Examples are the first of the question's subject.
 */
export const globalMmlu = (language: Language, options: HubOptions): Benchmark =>
  multipleChoice(
    {
      ...asked,
      name: 'global-mmlu',
      data: {
        title: 'Global-MMLU',
        repository: 'CohereLabs/Global-MMLU',
        schema: z.object({ ...common, subject: z.string() }),
      },
      sampler: 'first',
      group: ({ subject }) => subject,
    },
    language,
    options,
  )

/**
 * Global-MMLU-Lite: 400 of its questions in some 20 languages, each translated or corrected by people, half of them tied to a culture.
 * https://huggingface.co/datasets/CohereLabs/Global-MMLU-Lite, Apache-2.0. Examples are drawn from the question's category.
 */
export const globalMmluLite = (language: Language, options: HubOptions): Benchmark =>
  multipleChoice(
    {
      ...asked,
      name: 'global-mmlu-lite',
      data: {
        title: 'Global-MMLU-Lite',
        repository: 'CohereLabs/Global-MMLU-Lite',
        schema: z.object({ ...common, subject_category: z.string() }),
      },
      sampler: 'random',
      group: ({ subject_category }) => subject_category,
    },
    language,
    options,
  )
