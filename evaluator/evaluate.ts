import { EndonymError } from '../core/error.ts'
import { type Progress, silent } from '../core/progress.ts'
import type { Language } from '../data/language.ts'
import type { RememberAll } from '../data/memory.ts'
import { type Sampling, servedSampling } from '../models/runtime.ts'
import type { Benchmark, Examinee, Item } from './benchmark.ts'
import { type AnswerVerdict, answers, judgeAnswer } from './benchmarks/answers.ts'
import { flores } from './benchmarks/flores.ts'
import { sib200 } from './benchmarks/sib-200.ts'
import { udhrBits } from './benchmarks/udhr-bits.ts'
import { udhrTranslation } from './benchmarks/udhr-translation.ts'
import { compare, type MeasureResult, percentChange } from './compare.ts'
import { createExaminer, type Examination } from './examine.ts'
import type { Hub } from './hub.ts'
import { type LanguageIdCoverage, languageIdCoverage } from './language-id.ts'
import type { Interval } from './metrics/bootstrap.ts'

/** How much is asked, each a number of rows. */
export type Limits = {
  /** Articles of the Universal Declaration that are scored, in each language. */
  articles: number
  /** Paragraphs of it that are translated. */
  paragraphs: number
  /** Held-out questions that are answered, and tokens of an answer at most. */
  questions: number
  answerTokens: number
  /** FLORES sentences each way, SIB-200 rows and examples before each; only where a hub answers. */
  flores: number
  sib200: number
  shots: number
}

/** `demo` takes two cores some six minutes for both models. */
export const evaluationLimits = {
  demo: { articles: 30, paragraphs: 40, questions: 50, answerTokens: 96, flores: 20, sib200: 20, shots: 0 },
  small: { articles: 31, paragraphs: 60, questions: 50, answerTokens: 192, flores: 100, sib200: 100, shots: 0 },
  paper: { articles: 31, paragraphs: 100, questions: 50, answerTokens: 256, flores: 1012, sib200: 204, shots: 3 },
} as const satisfies Record<string, Limits>

/** What a model said to a held-out question, and the verdicts on it. */
export type JudgedAnswer = { text: string; finishReason: string } & AnswerVerdict

export type Conversation = { question: string; base: JudgedAnswer; student: JudgedAnswer }

/** The numbers of a report card. */
export type Evaluation = {
  /** ISO 639-3. */
  language: string
  base: string
  student: string
  limits: Limits
  sampling: Sampling
  measures: MeasureResult[]
  /** English bits per byte: how much more (or, negative, less) the student needs than the base, in percent: what was forgotten. */
  forgetting?: { percent: number; interval: Interval }
  /** Benchmarks that could not be had, and why. */
  skipped: { benchmark: string; reason: string }[]
  languageId: LanguageIdCoverage
  conversations: Conversation[]
  seconds: number
}

export type EvaluateOptions = {
  language: Language
  english: Language
  base: Examinee
  student: Examinee
  /** In the language, held out of training. */
  heldOutQuestions: readonly string[]
  limits: Limits
  rememberAll: RememberAll
  /** ISO 639-3 codes of languages that answers might be in instead. */
  against?: readonly string[]
  /** Articles of the Universal Declaration that the student was trained on, and which are not measured. */
  trainedOn?: (article: string) => boolean
  /** Benchmarks beside those of every language. */
  more?: readonly Benchmark[]
  /** For FLORES and SIB-200; they are left out where it is not given. */
  hub?: Hub
  progress?: Progress
  signal?: AbortSignal
}

/**
 * Compares a student with its base on the same rows, one model after the other.
 *
 * Every reply is remembered as it comes, so an evaluation that was killed goes on where it was, and one that was finished is repeated without loading a model.
 *
 * @throws whatever a model throws; a benchmark that lacks the language or cannot be fetched is only noted under `skipped`.
 * @example const { measures } = await evaluateStudent({ language, english, base, student, heldOutQuestions, limits: evaluationLimits.demo, rememberAll })
 */
export async function evaluateStudent(options: EvaluateOptions): Promise<Evaluation> {
  const { language, english, heldOutQuestions, limits, against = [], rememberAll, progress = silent, signal } = options
  const started = performance.now()
  const sampling: Sampling = { ...servedSampling, maxTokens: limits.answerTokens }
  const unseen = options.trainedOn ? { except: options.trainedOn } : {}
  const forgotten = udhrBits(english, { limit: limits.articles })
  const asked = answers(language, heldOutQuestions, { limit: limits.questions, sampling, against })
  const { prepared, skipped } = await prepare(
    [
      udhrBits(language, { limit: limits.articles, ...unseen }),
      forgotten,
      udhrTranslation(english, language, { limit: limits.paragraphs, ...unseen }),
      ...(heldOutQuestions.length > 0 ? [asked] : []),
      ...(options.hub ? hubBenchmarks(options.hub, language, english, limits) : []),
      ...(options.more ?? []),
    ],
    signal,
  )

  const examineAll = async (examinee: Examinee, role: string): Promise<Examination[]> => {
    const examiner = createExaminer(examinee, { rememberAll, progress, signal })
    try {
      const examinations: Examination[] = []
      for (const { benchmark, items } of prepared) {
        examinations.push(await examiner.examine(items, `${role}: ${benchmark.name}`))
      }
      return examinations
    } finally {
      await examiner.close()
    }
  }
  const base = await examineAll(options.base, 'base')
  const student = await examineAll(options.student, 'student')

  const pairs = prepared.map(({ benchmark }, i) => ({
    benchmark,
    base: base[i] as Examination,
    student: student[i] as Examination,
  }))
  const rich = pairs.find(({ benchmark }) => benchmark === forgotten)
  const [bits] = forgotten.measures
  const talk = pairs.find(({ benchmark }) => benchmark === asked)
  return {
    language: language.iso3,
    base: options.base.name,
    student: options.student.name,
    limits,
    sampling,
    measures: pairs.flatMap((pair) => compare(pair.benchmark, pair.base, pair.student)),
    ...(rich && bits && { forgetting: percentChange(forgotten, bits, rich.base, rich.student) }),
    skipped,
    languageId: languageIdCoverage(language, against),
    conversations: talk ? conversations(heldOutQuestions, talk.base, talk.student, language, against) : [],
    seconds: (performance.now() - started) / 1000,
  }
}

/** The benchmarks whose rows come from a hub. */
export function hubBenchmarks(
  hub: Hub,
  language: Language,
  english: Language,
  limits: Pick<Limits, 'flores' | 'sib200' | 'shots'>,
): Benchmark[] {
  return [
    ...(limits.flores > 0
      ? [
          flores(english, language, { hub, limit: limits.flores }),
          flores(language, english, { hub, limit: limits.flores }),
        ]
      : []),
    ...(limits.sib200 > 0 ? [sib200(language, { hub, limit: limits.sib200, shots: limits.shots })] : []),
  ]
}

/** A benchmark with its rows, and what is to be said of them. */
export type Prepared = { benchmark: Benchmark; items: Item[]; notes: string[] }

/** Reads the rows of every benchmark that can be had; the others are noted with the reason. */
export async function prepare(
  benchmarks: readonly Benchmark[],
  signal?: AbortSignal,
  progress: Progress = silent,
): Promise<{ prepared: Prepared[]; skipped: Evaluation['skipped'] }> {
  const prepared: Prepared[] = []
  const skipped: Evaluation['skipped'] = []
  for (const [done, benchmark] of benchmarks.entries()) {
    progress({ stage: 'reading the rows', done, total: benchmarks.length, unit: 'benchmarks', note: benchmark.name })
    try {
      const notes: string[] = []
      const items = await benchmark.items(signal, (sentence) => notes.push(sentence))
      prepared.push({ benchmark, items, notes })
    } catch (error) {
      if (!(error instanceof EndonymError) || error.code === 'stopped' || error.exitCode === 2) throw error
      skipped.push({ benchmark: benchmark.name, reason: error.message })
    }
  }
  return { prepared, skipped }
}

function conversations(
  questions: readonly string[],
  base: Examination,
  student: Examination,
  language: Language,
  against: readonly string[],
): Conversation[] {
  const judged = (examination: Examination, i: number): JudgedAnswer => {
    const { text = '', finishReason = 'stop' } = examination.results[i]?.answer ?? {}
    return { text, finishReason, ...judgeAnswer(text, language, against) }
  }
  return base.results.map((_, i) => ({
    question: questions[i] ?? '',
    base: judged(base, i),
    student: judged(student, i),
  }))
}
