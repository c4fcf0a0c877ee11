import type { MeasureResult } from '../../evaluator/compare.ts'
import type { Evaluation } from '../../evaluator/evaluate.ts'
import type { Interval } from '../../evaluator/metrics/bootstrap.ts'
import { type Figures, figuresOf, percentFigures, sentenceCase } from './figures.ts'

/** English bits per byte may get worse by this much, in percent. */
const forgettingMost = 5

/** Something that a run promises of its student, and whether it came true. Numbers are `null` where nothing was measured. */
export type Outcome = {
  name: 'bits-per-byte' | 'language-share' | 'translation' | 'english-kept' | 'loops'
  /** What is measured, in a few words. */
  title: string
  /** What is promised. */
  promise: string
  /** The benchmark and measure that decide it. */
  benchmark: string | null
  measure: string | null
  base: number | null
  student: number | null
  /** student − base; for `english-kept` in percent of the base. */
  difference: number | null
  /** 95 % paired bootstrap interval of the difference. */
  interval: Interval | null
  measured: boolean
  met: boolean
  /** The outcome in words, with its figures. */
  sentence: string
  /** The figures as people read them. */
  figures: { base: string; student: string; difference: string; interval: string }
}

/** The verdict on a student: every promise, kept or not. */
export type Verdict = { kept: number; of: number; sentence: string; promises: Outcome[] }

/** What a promise needs to be judged. */
type Judgement = {
  name: Outcome['name']
  title: string
  promise: string
  found: MeasureResult | undefined
  /** Why it was not measured, for that case. */
  missing: string
  judge(result: MeasureResult): Judged
}

type Judged = {
  met: boolean
  reason: string
  difference?: number
  interval?: Interval
  written?: Figures
}

/**
 * Judges a student by its evaluation.
 *
 * Which measure decides is fixed beforehand, so that none is picked for its result: translation into the language is judged on the Universal Declaration of Human Rights, and on FLORES+ only where there is no Declaration in it.
 *
 * @param names the taught and the rich language, in English.
 */
export function judge(evaluation: Evaluation, names: { language: string; rich: string; richIso3: string }): Verdict {
  const { language: iso3, measures, forgetting } = evaluation
  const { language, rich, richIso3 } = names
  const find = (benchmark: string, measure: string) =>
    measures.find((result) => result.benchmark === benchmark && result.measure === measure)
  const why = (prefix: string) =>
    evaluation.skipped.find(({ benchmark }) => benchmark.startsWith(prefix))?.reason ??
    'The evaluation does not hold it.'

  const judgements: Judgement[] = [
    {
      name: 'bits-per-byte',
      title: `Bits per byte of ${language}`,
      promise: `Predicts ${language} better: fewer bits per byte, interval clear of zero`,
      found: find(`udhr-bits-${iso3}`, 'bits-per-byte'),
      missing: why(`udhr-bits-${iso3}`),
      judge: clearlyBetter,
    },
    {
      name: 'language-share',
      title: `Answers in ${language}`,
      promise: `Answers in ${language} more often, interval clear of zero`,
      found: find('answers', 'language-share'),
      missing: why('answers'),
      judge: clearlyBetter,
    },
    {
      name: 'translation',
      title: `chrF++ ${rich} → ${language}`,
      promise: `Translates ${rich} to ${language} better: higher chrF++, interval clear of zero`,
      found: find(`udhr-${richIso3}-${iso3}`, 'chrf++') ?? find(`flores-${richIso3}-${iso3}`, 'chrf++'),
      missing: why(`udhr-${richIso3}-${iso3}`),
      judge: clearlyBetter,
    },
    {
      name: 'english-kept',
      title: `Bits per byte of ${rich}`,
      promise: `Keeps its ${rich}: bits per byte worse by at most ${forgettingMost} %`,
      found: forgetting && find(`udhr-bits-${richIso3}`, 'bits-per-byte'),
      missing: why(`udhr-bits-${richIso3}`),
      judge: () => keptRich(forgetting),
    },
    {
      name: 'loops',
      title: 'Answers that loop',
      promise: 'Loops no more often than the base',
      found: find('answers', 'looping-share'),
      missing: why('answers'),
      judge: noMoreOften,
    },
  ]
  const promises = judgements.map(outcome)
  const kept = promises.filter(({ met }) => met).length
  return { kept, of: promises.length, sentence: summarise(promises), promises }
}

function clearlyBetter({ better, difference, units }: MeasureResult): Judged {
  if (better === 'student') return { met: true, reason: 'The interval is clear of zero: kept.' }
  if (better === 'base') {
    return { met: false, reason: 'The student is worse, and the interval is clear of zero: not kept.' }
  }
  if (!Number.isFinite(difference)) return { met: false, reason: 'There is no number to judge by: not kept.' }
  return { met: false, reason: `The interval holds zero, so these ${units} rows do not tell the two apart: not kept.` }
}

function noMoreOften({ difference, better }: MeasureResult): Judged {
  const met = difference <= 0
  if (better !== 'undecided') {
    return { met, reason: `The interval is clear of zero: ${met ? 'kept' : 'not kept'}.` }
  }
  const unsure = difference === 0 ? '' : ' The interval holds zero, so the difference may be chance.'
  return { met, reason: `${met ? 'No more often: kept.' : 'More often: not kept.'}${unsure}` }
}

function keptRich(forgetting: Evaluation['forgetting']): Judged {
  const { percent, interval } = forgetting ?? { percent: Number.NaN, interval: [Number.NaN, Number.NaN] as const }
  const met = percent <= forgettingMost
  const limit = `${met ? 'At most' : 'More than'} ${forgettingMost} % worse: ${met ? 'kept' : 'not kept'}.`
  const unsure =
    interval[0] <= forgettingMost && interval[1] > forgettingMost
      ? ` The interval holds ${forgettingMost} %, so other text might say otherwise.`
      : ''
  return { met, reason: limit + unsure, difference: percent, interval, written: percentFigures }
}

function outcome({ name, title, promise, found, missing, judge }: Judgement): Outcome {
  if (!found) {
    return {
      name,
      title,
      promise,
      benchmark: null,
      measure: null,
      base: null,
      student: null,
      difference: null,
      interval: null,
      measured: false,
      met: false,
      sentence: `Not measured, so not kept. ${missing}`,
      figures: { base: '–', student: '–', difference: '–', interval: '–' },
    }
  }
  const { met, reason, ...own } = judge(found)
  const { difference = found.difference, interval = found.interval } = own
  const values = figuresOf(found)
  const differences = own.written ?? values
  const figures = {
    base: values.value(found.base),
    student: values.value(found.student),
    difference: differences.difference(difference),
    interval: differences.interval(interval),
  }
  return {
    name,
    title: sentenceCase(found.title),
    promise,
    benchmark: found.benchmark,
    measure: found.measure,
    base: orNull(found.base),
    student: orNull(found.student),
    difference: orNull(difference),
    interval: interval.every(Number.isFinite) ? interval : null,
    measured: true,
    met,
    sentence: `${sentenceCase(found.title)}: ${figures.base} for the base, ${figures.student} for the student, a difference of ${figures.difference} ${figures.interval}. ${reason}`,
    figures,
  }
}

const orNull = (value: number) => (Number.isFinite(value) ? value : null)

function summarise(promises: readonly Outcome[]): string {
  const broken = promises.filter(({ met }) => !met)
  if (broken.length === 0) return `All ${promises.length} promises are kept.`
  const names = broken.map(({ promise, measured }) => `“${promise}”${measured ? '' : ' (not measured)'}`)
  const kept = promises.length - broken.length
  return `${kept === 0 ? 'None' : kept} of ${promises.length} promises ${kept === 1 ? 'is' : 'are'} kept. Not kept: ${names.join('; ')}.`
}
