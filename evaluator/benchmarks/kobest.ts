import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import type { Benchmark } from '../benchmark.ts'
import { type MultipleChoice, multipleChoice } from './multiple-choice.ts'
import type { HubOptions } from './options.ts'

/**
 * KoBEST (Jang et al. 2022): five tasks that were written in Korean by linguists. https://huggingface.co/datasets/skt/kobest_v1, CC BY-SA 4.0.
 *
 * Asked as lm-evaluation-harness's `kobest_*` does. Polyglot-Ko (2023) reports macro-F1 with 0, 5, 10 and 50 examples. Examples are drawn from the split train.
 */
const common = {
  splits: { test: 'test', examples: 'train' },
  sampler: 'random',
  id: (_: unknown, number: number) => String(number + 1),
  measures: ['macro-f1'],
} satisfies Partial<MultipleChoice<unknown>>

const repository = 'skt/kobest_v1'
const binary = z.number().int().min(0).max(1)

function korean(language: Language): void {
  if (language.iso3 === 'kor') return
  throw new EndonymError(
    'benchmark_lacks_language',
    `KoBEST is in Korean alone, so ${language.name} is not measured on it.`,
  )
}

/** Whether a statement is true of a paragraph. */
function boolq(language: Language, options: HubOptions): Benchmark {
  return multipleChoice(
    {
      ...common,
      name: 'kobest-boolq',
      data: {
        title: 'KoBEST BoolQ',
        repository,
        schema: z.object({ paragraph: z.string(), question: z.string(), label: binary }),
      },
      config: { only: 'boolq' },
      template: '{paragraph} 질문: {question} 답변: ',
      fields: ['paragraph', 'question'],
      values: ({ paragraph, question }) => ({ paragraph, question }),
      choices: () => ['아니오', '예'],
      target: ({ label }) => label,
      options: 2,
    },
    language,
    options,
  )
}

const connectors = { 원인: '왜냐하면', 결과: '그래서' } as const

/** Which of two sentences is the cause or the effect of a third. */
function copa(language: Language, options: HubOptions): Benchmark {
  return multipleChoice(
    {
      ...common,
      name: 'kobest-copa',
      data: {
        title: 'KoBEST COPA',
        repository,
        schema: z.object({
          premise: z.string(),
          question: z
            .string()
            .trim()
            .pipe(z.enum(['원인', '결과'])),
          alternative_1: z.string().min(1),
          alternative_2: z.string().min(1),
          label: binary,
        }),
      },
      config: { only: 'copa' },
      // The connector has a space of its own before it.
      template: '{premise}  {connector}',
      fields: ['premise', 'connector'],
      values: ({ premise, question }) => ({ premise, connector: connectors[question] }),
      choices: ({ alternative_1, alternative_2 }) => [alternative_1, alternative_2],
      target: ({ label }) => label,
      options: 2,
    },
    language,
    options,
  )
}

/** Which of four endings goes on. */
function hellaswag(language: Language, options: HubOptions): Benchmark {
  return multipleChoice(
    {
      ...common,
      name: 'kobest-hellaswag',
      data: {
        title: 'KoBEST HellaSwag',
        repository,
        schema: z.object({
          context: z.string(),
          ending_1: z.string().min(1),
          ending_2: z.string().min(1),
          ending_3: z.string().min(1),
          ending_4: z.string().min(1),
          label: z.number().int().min(0).max(3),
        }),
      },
      config: { only: 'hellaswag' },
      template: '문장: {context}',
      fields: ['context'],
      values: ({ context }) => ({ context }),
      choices: (row) => [row.ending_1, row.ending_2, row.ending_3, row.ending_4],
      target: ({ label }) => label,
      measures: ['accuracy-norm', 'macro-f1'],
      options: 4,
    },
    language,
    options,
  )
}

/** Whether a sentence, often a negated one, is favourable. */
function sentineg(language: Language, options: HubOptions): Benchmark {
  return multipleChoice(
    {
      ...common,
      name: 'kobest-sentineg',
      data: { title: 'KoBEST SentiNeg', repository, schema: z.object({ sentence: z.string(), label: binary }) },
      config: { only: 'sentineg' },
      template: '문장: {sentence} 긍부정:',
      fields: ['sentence'],
      values: ({ sentence }) => ({ sentence }),
      choices: () => ['부정', '긍정'],
      target: ({ label }) => label,
      options: 2,
    },
    language,
    options,
  )
}

/** Whether a word has the same meaning in two sentences. */
function wic(language: Language, options: HubOptions): Benchmark {
  return multipleChoice(
    {
      ...common,
      name: 'kobest-wic',
      data: {
        title: 'KoBEST WiC',
        repository,
        schema: z.object({ word: z.string(), context_1: z.string(), context_2: z.string(), label: binary }),
      },
      config: { only: 'wic' },
      template: '문장1: {context_1} 문장2: {context_2} 두 문장에서 {word}가 같은 뜻으로 쓰였나?',
      fields: ['word', 'context_1', 'context_2'],
      values: ({ word, context_1, context_2 }) => ({ word, context_1, context_2 }),
      choices: () => ['아니오', '예'],
      target: ({ label }) => label,
      options: 2,
    },
    language,
    options,
  )
}

const tasks = { boolq, copa, hellaswag, sentineg, wic }

/** The tasks' names, as in `kobest-boolq`. */
export const kobestTasks = Object.keys(tasks) as (keyof typeof tasks)[]

/** One task of KoBEST. Its rows are not read where the language is not Korean. */
export function kobest(task: keyof typeof tasks, language: Language, options: HubOptions): Benchmark {
  const benchmark = tasks[task](language, options)
  return {
    ...benchmark,
    items: async (signal, note) => {
      korean(language)
      return await benchmark.items(signal, note)
    },
  }
}
