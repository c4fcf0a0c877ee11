import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import type { Benchmark } from '../benchmark.ts'
import { multipleChoice } from './multiple-choice.ts'
import type { HubOptions } from './options.ts'

/** "because" and "therefore" in XCOPA's languages, by ISO 639-3, as lm-evaluation-harness has them. */
const connectors: Readonly<Record<string, { cause: string; effect: string }>> = {
  est: { cause: 'sest', effect: 'seetõttu' },
  hat: { cause: 'poukisa', effect: 'donk sa' },
  ind: { cause: 'karena', effect: 'maka' },
  ita: { cause: 'perché', effect: 'quindi' },
  que: { cause: 'imataq', effect: 'chaymi' },
  swa: { cause: 'kwa sababu', effect: 'kwa hiyo' },
  tam: { cause: 'காரணமாக', effect: 'எனவே' },
  tha: { cause: 'เพราะ', effect: 'ดังนั้น' },
  tur: { cause: 'çünkü', effect: 'bu yüzden' },
  vie: { cause: 'bởi vì', effect: 'vì vậy' },
  zho: { cause: '因为', effect: '所以' },
}

/** Members by which these macrolanguages may be named too. */
const macro: Readonly<Record<string, string>> = { ekk: 'est', quz: 'que', swh: 'swa', cmn: 'zho' }

/**
 * XCOPA (Ponti et al. 2020): which of two sentences is the cause or the effect of a third; 500 rows in each of 11 languages. https://huggingface.co/datasets/cambridgeltl/xcopa, CC BY 4.0.
 *
 * Asked as lm-evaluation-harness's `xcopa_*` does: the premise without its full stop, "because" or "therefore", and the likelier of the two goes on.
 */
export function xcopa(language: Language, options: HubOptions): Benchmark {
  const words = connectors[macro[language.iso3] ?? language.iso3]
  return multipleChoice(
    {
      name: 'xcopa',
      data: {
        title: 'XCOPA',
        repository: 'cambridgeltl/xcopa',
        schema: z.object({
          idx: z.number(),
          premise: z.string().min(1),
          choice1: z.string().min(1),
          choice2: z.string().min(1),
          question: z.enum(['cause', 'effect']),
          label: z.number().int().min(0).max(1),
        }),
      },
      config: 'iso',
      splits: { test: 'test', examples: 'validation' },
      sampler: 'random',
      id: ({ idx }) => String(idx),
      template: '{premise} {connector}',
      fields: ['premise', 'connector'],
      values: ({ premise, question }) => {
        if (!words) {
          throw new EndonymError(
            'benchmark_lacks_language',
            `XCOPA is asked with the words for "because" and "therefore", and those of ${language.name} are not known here.`,
          )
        }
        return { premise: [...premise.trim()].slice(0, -1).join(''), connector: words[question] }
      },
      choices: ({ choice1, choice2 }) => [choice1, choice2].map(lowerFirst),
      target: ({ label }) => label,
      options: 2,
    },
    language,
    options,
  )
}

function lowerFirst(text: string): string {
  const [first = '', ...rest] = text
  return first.toLowerCase() + rest.join('')
}
