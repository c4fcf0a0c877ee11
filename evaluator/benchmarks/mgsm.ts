import { z } from 'zod'
import type { Language } from '../../data/language.ts'
import type { Answer, Benchmark, Measure } from '../benchmark.ts'
import { ratio } from '../metrics/bootstrap.ts'
import { examplePool } from './example-pool.ts'
import { exampleChooser } from './examples.ts'
import type { Shot } from './few-shot.ts'
import { generativeItem } from './generative.ts'
import { kindTitles, lastNumber, sameNumber, type Words, wordsOf } from './mgsm-words.ts'
import type { HubOptions } from './options.ts'
import { configFor, type DataSet, readRows } from './rows.ts'
import { fill, templateFor } from './template.ts'

const schema = z.object({
  question: z.string(),
  /** The worked answer; examples have it alone. */
  answer: z.string().nullish(),
  answer_number: z.number(),
})

type Row = z.infer<typeof schema>

const data: DataSet<Row> = { title: 'MGSM', repository: 'juletxara/mgsm', schema }

/** As lm-evaluation-harness generates where a task does not say otherwise. */
const maxTokens = 256

/**
 * MGSM (Shi et al. 2023): 250 problems of GSM8K in eleven languages, translated by people; the answer is a number. https://huggingface.co/datasets/juletxara/mgsm, CC BY-SA 4.0.
 *
 * Asked as lm-evaluation-harness's `mgsm_direct_*` and `mgsm_native_cot_*` do. Strictly, a direct answer is the number and nothing else, and a worked one gives it in the language's formula ("The answer is 5");
 * flexibly, the last number in the answer counts. Examples are drawn from the eight of the split train.
 */
export function mgsm(kind: 'direct' | 'cot', language: Language, options: HubOptions): Benchmark {
  const { hub, limit = Number.POSITIVE_INFINITY, shots = 0, chatTemplate = false } = options
  const name = `mgsm-${kind}`
  const words = wordsOf(language)
  const opening = kind === 'cot' ? words.worked : words.direct
  const template = templateFor(name, language, `{question}\n${opening}`, ['question'], options.prompts)
  const text = (row: Row) =>
    fill(template, { question: isExample(row) ? row.question : `${words.question} ${row.question}` })
  const shot = (row: Row): Shot => ({ question: text(row), answer: solution(row, kind, words) })
  const judge = (row: Row) => {
    const target = String(row.answer_number)
    const read = ({ text: said }: Answer) => {
      const strict = kind === 'cot' ? (words.formula.exec(said)?.[1] ?? null) : said.trim()
      const flexible = lastNumber(said)
      return { strict, flexible, right: strict !== null && sameNumber(strict, target) }
    }
    return {
      count: (answer: Answer) => {
        const { flexible, right } = read(answer)
        return [Number(right), 1, Number(flexible !== null && sameNumber(flexible, target))]
      },
      verdict: (answer: Answer) => {
        const { strict, flexible, right } = read(answer)
        return { prediction: strict || flexible, target, right }
      },
    }
  }
  return {
    name: `${name}-${language.iso3}`,
    title: `MGSM in ${language.name}, ${kind === 'cot' ? 'worked' : 'direct'}, ${shots} shots`,
    source: `hf:datasets/${data.repository}`,
    measures: measures(kind, shots),
    items: async (signal, note) => {
      const config = await configFor(hub, data, language, 'iso', signal)
      const rows = await readRows(hub, data, config, 'test', { limit, signal, note })
      const { pool, sameSplit } = await examplePool({
        title: `${data.title} (${config})`,
        shots,
        splits: { test: 'test', examples: 'train' },
        limit,
        read: (split) => readRows(hub, data, config, split, { signal, ...(split !== 'test' && { note }) }),
        note,
      })
      const choose = exampleChooser(pool, shots, { title: data.title, sampler: 'random', sameSplit })
      return rows.map(({ row, number }) =>
        generativeItem({
          id: String(number + 1),
          question: text(row),
          examples: choose(row).map(shot),
          delimiter: kind === 'cot' ? ' ' : '',
          maxTokens,
          stop: [words.question, '</s>', '<|im_end|>'],
          chatTemplate,
          ...judge(row),
        }),
      )
    },
  }
}

const isExample = ({ answer }: Row): boolean => answer !== null && answer !== undefined

/** What stands in an example as its answer: the number, or the working without the words that the prompt ends with. */
function solution({ answer, answer_number }: Row, kind: 'direct' | 'cot', { worked }: Words): string {
  if (kind === 'direct' || !answer) return String(answer_number)
  return [...answer].slice([...worked].length + 1).join('')
}

function measures(kind: 'direct' | 'cot', shots: number): Measure[] {
  const how = `${kindTitles[kind]}, ${shots} shots`
  return [
    {
      name: 'exact-match',
      title: `MGSM exact match, ${how}`,
      higherIsBetter: true,
      statistic: ratio,
      right: ([right]) => right === 1,
    },
    {
      name: 'exact-match-flexible',
      title: `MGSM exact match of the last number, ${how}`,
      higherIsBetter: true,
      statistic: ([, all = 0, right = 0]) => ratio([right, all]),
      right: ([, , right]) => right === 1,
    },
  ]
}
