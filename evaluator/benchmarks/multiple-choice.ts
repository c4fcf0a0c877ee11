import type { Language } from '../../data/language.ts'
import type { Score } from '../../models/runtime.ts'
import type { Answer, Benchmark, Item, Measure, Verdict } from '../benchmark.ts'
import { type Counts, ratio } from '../metrics/bootstrap.ts'
import { examplePool } from './example-pool.ts'
import { exampleChooser, type Sampler } from './examples.ts'
import { conversation, plainText, type Shot } from './few-shot.ts'
import { generativeItem } from './generative.ts'
import type { HubOptions } from './options.ts'
import { type Codes, configFor, type DataSet, type Numbered, readRows } from './rows.ts'
import { fill, templateFor } from './template.ts'

/** What is particular to one data set of multiple choice. */
export type MultipleChoice<Row> = {
  /** `belebele`; the benchmark is called `belebele-glg`. */
  name: string
  data: DataSet<Row>
  /** Which codes its configurations are called by, or the one configuration that it has. */
  config: Codes | { only: string }
  /** Which split is examined, and which the examples come from. */
  splits: { test: string; examples: string }
  sampler: Sampler
  /** Rows of another group have examples of their own. */
  group?: (row: NoInfer<Row>) => string
  id(row: NoInfer<Row>, number: number): string
  /** The prompt, with the names of `fields` in braces. */
  template: string
  /** What the template can refer to. */
  fields: readonly string[]
  values(row: NoInfer<Row>): Record<string, string>
  /** As they continue the prompt. */
  choices(row: NoInfer<Row>): readonly string[]
  /** The right one's place in `choices`. */
  target(row: NoInfer<Row>): number
  /** `accuracy` always; `accuracy-norm` divides each log-likelihood by the choice's characters. */
  measures?: readonly ('accuracy-norm' | 'macro-f1')[]
  /** How many choices there are. */
  options: number
}

/** Between a prompt and its answer, and between one example and the next, as in lm-evaluation-harness. */
const targetDelimiter = ' '

/** Multiple choice over a data set of a hub, asked and counted as lm-evaluation-harness (0.4.x) does, so that accuracies can be compared with published ones row by row. */
export function multipleChoice<Row>(task: MultipleChoice<Row>, language: Language, options: HubOptions): Benchmark {
  const { name, data, splits, sampler, group } = task
  const { hub, limit = Number.POSITIVE_INFINITY, shots = 0, scoring = 'likelihood', chatTemplate = false } = options
  const template = templateFor(name, language, task.template, task.fields, options.prompts)
  const text = (row: Row) => fill(template, task.values(row))
  const shot = (row: Row): Shot => ({ question: text(row), answer: task.choices(row)[task.target(row)] ?? '' })

  const item = ({ row, number }: Numbered<Row>, examples: readonly Row[]): Item => {
    const choices = task.choices(row)
    const target = task.target(row)
    const id = task.id(row, number)
    const before = examples.map(shot)
    const judge = (chosen: number | null, normalised = chosen) => ({
      counts: countsOf(task.options, target, chosen, normalised),
      verdict: {
        prediction: chosen === null ? null : (choices[chosen] ?? null),
        target: choices[target] ?? '',
        right: chosen === target,
      } satisfies Verdict,
    })
    if (scoring === 'generate') {
      const judgeAnswer = ({ text: said }: Answer) => judge(firstNamed(said, choices))
      return generativeItem({
        id,
        // A model that is to go on would otherwise begin after a space, where few tokens are at home.
        question: chatTemplate ? text(row) : text(row).trimEnd(),
        examples: before,
        delimiter: targetDelimiter,
        // A token of an unknown script may be a single byte.
        maxTokens: 16 + Math.max(...choices.map((choice) => Buffer.byteLength(choice))),
        stop: ['\n\n'],
        chatTemplate,
        count: (answer) => judgeAnswer(answer).counts,
        verdict: (answer) => judgeAnswer(answer).verdict,
      })
    }
    const judgeScores = (scores: readonly Score[]) => {
      const logProbs = scores.map(({ logProb }) => logProb)
      return judge(highest(logProbs), highest(logProbs.map((logProb, i) => logProb / [...(choices[i] ?? ' ')].length)))
    }
    const prompt = chatTemplate ? conversation(text(row), before) : plainText(text(row), before, targetDelimiter)
    return {
      id,
      asks: [{ prompt, continuations: choices.map((choice) => (chatTemplate ? choice : targetDelimiter + choice)) }],
      count: (scores: readonly Score[]) => judgeScores(scores).counts,
      verdict: (scores: readonly Score[]) => judgeScores(scores).verdict,
    }
  }

  return {
    name: `${name}-${language.iso3}`,
    title: `${data.title} in ${language.name}, ${shots} shots`,
    source: `hf:datasets/${data.repository}`,
    measures: measuresOf(task, shots, scoring),
    items: async (signal, note) => {
      const config =
        typeof task.config === 'string' ? await configFor(hub, data, language, task.config, signal) : task.config.only
      // Where the one split gives examples too, it is fetched once, as a whole.
      const whole = shots > 0 && splits.examples === splits.test
      const rows = await readRows(hub, data, config, splits.test, { ...(!whole && { limit }), signal, note })
      const { pool, sameSplit } = await examplePool({
        title: `${data.title} (${config})`,
        shots,
        splits,
        limit,
        group,
        // What is wrong with rows of the test split has been said.
        read: (split) => readRows(hub, data, config, split, { signal, ...(split !== splits.test && { note }) }),
        note,
      })
      const choose = exampleChooser(pool, shots, { title: data.title, sampler, sameSplit, group })
      return rows.filter(({ number }) => number < limit).map((each) => item(each, choose(each.row)))
    },
  }
}

/**
 * The choice that an answer names first, whatever its case; the longer one where two begin at the same place. A choice of one letter must stand alone.
 *
 * @example firstNamed('The answer is B, not A.', ['A', 'B']) // 1
 */
export function firstNamed(answer: string, choices: readonly string[]): number | null {
  let best: { choice: number; at: number; length: number } | undefined
  for (const [choice, text] of choices.entries()) {
    const name = text.trim()
    // A capital letter is one: "a" may be an article.
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}${name.length === 1 ? '(?![\\p{L}\\p{N}])' : ''}`,
      name.length === 1 ? 'u' : 'iu',
    )
    const at = answer.search(pattern)
    if (name === '' || at < 0) continue
    if (!best || at < best.at || (at === best.at && name.length > best.length)) {
      best = { choice, at, length: name.length }
    }
  }
  return best?.choice ?? null
}

/** The first of the highest. */
function highest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? i : best), 0)
}

/** What is counted of a row: right, 1, right by normalised likelihood, then for each class whether it was rightly found, wrongly found and missed. */
function countsOf(options: number, target: number, chosen: number | null, normalised: number | null): Counts {
  const classes = Array.from({ length: options }, (_, each) => [
    Number(chosen === each && target === each),
    Number(chosen === each && target !== each),
    Number(chosen !== each && target === each),
  ])
  return [Number(chosen === target), 1, Number(normalised === target), ...classes.flat()]
}

/** The mean of the classes' F1, over the classes that occur in the rows or in the predictions. */
function macroF1([, , , ...classes]: Counts): number {
  const scores: number[] = []
  for (let i = 0; i < classes.length; i += 3) {
    const [found = 0, wrong = 0, missed = 0] = classes.slice(i, i + 3)
    if (found + wrong + missed > 0) scores.push((2 * found) / (2 * found + wrong + missed))
  }
  return scores.length === 0 ? Number.NaN : scores.reduce((sum, score) => sum + score, 0) / scores.length
}

function measuresOf<Row>(
  { data, measures = [], options }: MultipleChoice<Row>,
  shots: number,
  scoring: string,
): Measure[] {
  const how = `${shots} shots${scoring === 'generate' ? ', by its answers' : ''}`
  const accuracy: Measure = {
    name: 'accuracy',
    title: `${data.title} accuracy, ${how}`,
    higherIsBetter: true,
    statistic: ratio,
    right: ([right]) => right === 1,
    chance: 1 / options,
  }
  const others: Record<(typeof measures)[number], Measure> = {
    'accuracy-norm': {
      ...accuracy,
      name: 'accuracy-norm',
      title: `${data.title} accuracy, normalised by length, ${how}`,
      statistic: ([, all = 0, right = 0]) => ratio([right, all]),
      right: ([, , right]) => right === 1,
    },
    'macro-f1': {
      name: 'macro-f1',
      title: `${data.title} macro-F1, ${how}`,
      higherIsBetter: true,
      statistic: macroF1,
    },
  }
  // The likelihoods are not there to be normalised where an answer was asked for.
  const possible = measures.filter((each) => scoring === 'likelihood' || each !== 'accuracy-norm')
  return [accuracy, ...possible.map((each) => others[each])]
}
