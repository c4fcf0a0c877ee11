import { z } from 'zod'
import type { Language } from '../../data/language.ts'
import type { Benchmark } from '../benchmark.ts'
import { multipleChoice } from './multiple-choice.ts'
import type { HubOptions } from './options.ts'

const categories = [
  'science/technology',
  'travel',
  'politics',
  'sports',
  'health',
  'entertainment',
  'geography',
] as const

/**
 * SIB-200 (Adelani et al. 2024): the topic of a sentence of FLORES, one of seven, in 205 languages. https://huggingface.co/datasets/Davlan/sib200, Apache-2.0, its sentences CC BY-SA 4.0.
 *
 * Asked as AfroBench does (lm-evaluation-harness's `sib_*_prompt_1`), the two line ends after the colon included; the likeliest category is the answer.
 */
export const sib200 = (language: Language, options: HubOptions): Benchmark =>
  multipleChoice(
    {
      name: 'sib-200',
      data: {
        title: 'SIB-200',
        repository: 'Davlan/sib200',
        schema: z.object({
          index_id: z.union([z.number(), z.string()]),
          category: z.enum(categories),
          text: z.string(),
        }),
      },
      config: 'flores',
      splits: { test: 'test', examples: 'validation' },
      sampler: 'random',
      id: ({ index_id }) => String(index_id),
      template:
        "Given the categories science/technology, travel, politics, sports, health, entertainment, or geography; what category does the text: '{text}' belong to: \n\n",
      fields: ['text'],
      values: ({ text }) => ({ text }),
      choices: () => categories,
      target: ({ category }) => categories.indexOf(category),
      options: categories.length,
    },
    language,
    options,
  )
