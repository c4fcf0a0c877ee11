import { EndonymError } from '../core/error.ts'
import { readLines } from '../core/files.ts'
import { nearNames } from '../core/near.ts'
import type { Language } from '../data/language.ts'
import { resolveLanguage } from '../data/languages.ts'
import { servedSampling } from '../models/runtime.ts'
import type { Benchmark } from './benchmark.ts'
import { answers } from './benchmarks/answers.ts'
import { belebele } from './benchmarks/belebele.ts'
import { flores } from './benchmarks/flores.ts'
import { globalMmlu, globalMmluLite } from './benchmarks/global-mmlu.ts'
import { kobest, kobestTasks } from './benchmarks/kobest.ts'
import { mgsm } from './benchmarks/mgsm.ts'
import { mtBench } from './benchmarks/mt-bench.ts'
import type { HubOptions } from './benchmarks/options.ts'
import { sib200 } from './benchmarks/sib-200.ts'
import { udhrBits } from './benchmarks/udhr-bits.ts'
import { udhrTranslation } from './benchmarks/udhr-translation.ts'
import { xcopa } from './benchmarks/xcopa.ts'
import type { UdhrOptions } from './udhr.ts'

/** What every benchmark can be told; each takes what concerns it. */
export type BenchmarkOptions = HubOptions & {
  /** A file of questions, for those that have no rows of their own. */
  questions?: string | undefined
  /** Articles of the Universal Declaration in the language that are left out, because a model was trained on them. */
  except?: UdhrOptions['except']
}

type Entry = {
  /** In a few words: what is asked, and what comes of it. */
  about: string
  /** Whether its prompt can be replaced. */
  prompt: boolean
  make(language: Language, options: BenchmarkOptions): Benchmark[]
}

/** Every benchmark by the name that a person calls it by. One name may stand for several, as both directions of a translation. */
const entries: Readonly<Record<string, Entry>> = {
  'udhr-bits': {
    about: 'bits per byte of the Universal Declaration of Human Rights, in the language and in English',
    prompt: false,
    make: (language, { limit, except }) => [
      udhrBits(language, { limit, except }),
      ...(isEnglish(language) ? [] : [udhrBits(english(), { limit })]),
    ],
  },
  'udhr-translation': {
    about: 'translation of its paragraphs from English, chrF++',
    prompt: false,
    make: (language, { limit, except }) =>
      isEnglish(language) ? [] : [udhrTranslation(english(), language, { limit, except })],
  },
  flores: {
    about: 'translation of FLORES+ sentences from and to English, chrF++',
    prompt: true,
    make: (language, options) =>
      isEnglish(language) ? [] : [flores(english(), language, options), flores(language, english(), options)],
  },
  'sib-200': {
    about: 'topic of a sentence, one of seven, accuracy',
    prompt: true,
    make: (...args) => [sib200(...args)],
  },
  belebele: {
    about: 'reading comprehension, one of four answers, accuracy',
    prompt: true,
    make: (...args) => [belebele(...args)],
  },
  'global-mmlu': {
    about: '57 school subjects, one of four answers, accuracy',
    prompt: true,
    make: (...args) => [globalMmlu(...args)],
  },
  'global-mmlu-lite': {
    about: '400 questions of Global-MMLU, accuracy',
    prompt: true,
    make: (...args) => [globalMmluLite(...args)],
  },
  xcopa: {
    about: 'cause or effect, one of two, accuracy',
    prompt: true,
    make: (...args) => [xcopa(...args)],
  },
  'mgsm-direct': {
    about: 'school mathematics, the number alone, exact match',
    prompt: true,
    make: (...args) => [mgsm('direct', ...args)],
  },
  'mgsm-cot': {
    about: 'school mathematics, worked out in the language, exact match',
    prompt: true,
    make: (...args) => [mgsm('cot', ...args)],
  },
  kobest: {
    about: 'the five tasks of KoBEST, in Korean',
    prompt: false,
    make: (...args) => kobestTasks.map((task) => kobest(task, ...args)),
  },
  ...Object.fromEntries(
    kobestTasks.map((task): [string, Entry] => [
      `kobest-${task}`,
      {
        about: `KoBEST's ${task}, in Korean, accuracy and macro-F1`,
        prompt: true,
        make: (...args) => [kobest(task, ...args)],
      },
    ]),
  ),
  answers: {
    about: 'your questions (--questions): answers in the language, answers that loop',
    prompt: false,
    make: (language, { questions, ...options }) => [
      answers(language, readLines(needed('answers', questions), 'questions'), { ...options, sampling: servedSampling }),
    ],
  },
  'mt-bench': {
    about: 'your translated two-turn questions (--questions), answers to look at',
    prompt: false,
    make: (language, { questions, ...options }) => [
      mtBench(language, needed('mt-bench', questions), { ...options, sampling: { ...servedSampling, maxTokens: 512 } }),
    ],
  },
}

/** Every benchmark's name and what it is, in the order in which they are listed. */
export const benchmarkList: readonly { name: string; about: string }[] = Object.entries(entries).map(
  ([name, { about }]) => ({ name, about }),
)

/** Those whose prompts can be replaced. */
export const promptedBenchmarks: readonly string[] = Object.entries(entries).flatMap(([name, { prompt }]) =>
  prompt ? [name] : [],
)

/** Published evaluations by the system's name. Kakugo (2026): SIB-200, Belebele, Global-MMLU and FLORES both ways, each with three examples. */
export const evaluationRecipes: Readonly<Record<string, { benchmarks: readonly string[]; shots: number }>> = {
  kakugo: { benchmarks: ['sib-200', 'belebele', 'global-mmlu', 'flores'], shots: 3 },
}

/**
 * The benchmarks with these names, for a language.
 *
 * @throws EndonymError `benchmark_unknown`, which names those that may have been meant, or lists all.
 * @example makeBenchmarks(['belebele', 'flores'], galician, { hub, shots: 3 })
 */
export function makeBenchmarks(names: readonly string[], language: Language, options: BenchmarkOptions): Benchmark[] {
  return [...new Set(names)].flatMap((name) => {
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined
    if (entry) return entry.make(language, options)
    const names = benchmarkList.map((each) => each.name)
    const near = nearNames(name, names)
    const help = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `There are ${names.join(', ')}.`
    throw new EndonymError('benchmark_unknown', `There is no benchmark "${name}". ${help}`, { exitCode: 2 })
  })
}

/** Suites that speakers of a language made for it, by ISO 639-3. */
const suites: Readonly<Record<string, readonly string[]>> = { kor: ['kobest'] }

/** The suite that was made for a language, where there is one: KoBEST for Korean. */
export function suiteOf(language: Language, options: BenchmarkOptions): Benchmark[] {
  return makeBenchmarks(suites[language.iso3] ?? [], language, options)
}

const english = () => resolveLanguage('English')
const isEnglish = ({ iso3 }: Language) => iso3 === 'eng'

function needed(benchmark: string, file: string | undefined): string {
  if (file !== undefined) return file
  const what = benchmark === 'mt-bench' ? 'FILE.jsonl, with "question_id" and "turns"' : 'FILE, a question on each line'
  throw new EndonymError('usage', `The benchmark ${benchmark} needs --questions ${what}.`, { exitCode: 2 })
}
