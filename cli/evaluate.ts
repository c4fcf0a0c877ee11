import fs from 'node:fs'
import path from 'node:path'
import { EndonymError } from '../core/error.ts'
import { sha256File } from '../core/hash.ts'
import { withMachine } from '../core/lock.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { resolveLanguage } from '../data/languages.ts'
import { createMemory } from '../data/memory.ts'
import type { Benchmark, Examinee } from '../evaluator/benchmark.ts'
import { answers } from '../evaluator/benchmarks/answers.ts'
import { flores } from '../evaluator/benchmarks/flores.ts'
import { sib200 } from '../evaluator/benchmarks/sib-200.ts'
import { udhrBits } from '../evaluator/benchmarks/udhr-bits.ts'
import { udhrTranslation } from '../evaluator/benchmarks/udhr-translation.ts'
import { compare, estimate, type MeasureResult } from '../evaluator/compare.ts'
import { prepare } from '../evaluator/evaluate.ts'
import { createExaminer, type Examination } from '../evaluator/examine.ts'
import { ggufExaminee } from '../evaluator/examinee.ts'
import { openHub } from '../evaluator/hub.ts'
import type { Estimate, Interval } from '../evaluator/metrics/bootstrap.ts'
import { openRuntime } from '../models/llama.ts'
import { type Runtime, servedSampling } from '../models/runtime.ts'
import { findModel } from '../models/store.ts'
import type { Context, Register } from './command.ts'

type Options = { language: string; benchmark: string; limit?: string; shots: string; questions?: string }

/** The benchmarks that `--benchmark` may name. */
const names = ['udhr-bits', 'udhr-translation', 'flores', 'sib-200', 'answers'] as const

const register: Register = (program, action) => {
  program
    .command('evaluate <model...>')
    .description('measure models of the store (or GGUF files) on a language; the others are compared with the first')
    .requiredOption('--language <language>', 'what they are measured on')
    .option('--benchmark <names>', `with commas between: ${names.join(', ')}`, 'udhr-bits,udhr-translation')
    .option('--limit <rows>', 'rows of each benchmark at most')
    .option('--shots <examples>', 'examples before each row of sib-200', '0')
    .option('--questions <file>', 'for answers: a question in the language on each line')
    .action(
      action(async (context, models: string[], options: Options) => {
        const language = resolveLanguage(options.language)
        const benchmarks = chosen(context, language, options)
        await context.withStore(async (store) => {
          const { prepared, skipped } = await prepare(benchmarks, context.signal)
          for (const { reason } of skipped) context.say(reason)
          if (prepared.length === 0) {
            throw new EndonymError('nothing_measured', 'No benchmark could be had, so nothing was measured.')
          }
          const llama = lazy(openRuntime)
          const examinees: Examinee[] = []
          for (const model of models) examinees.push(await findExaminee(context, store, llama.get, model))
          const { rememberAll } = createMemory(store)
          const examineAll = async (): Promise<Sheet[]> => {
            const sheets: Sheet[] = []
            for (const examinee of examinees) {
              const examiner = createExaminer(examinee, { ...context, rememberAll })
              try {
                const examinations: Examination[] = []
                for (const { benchmark, items } of prepared) {
                  examinations.push(await examiner.examine(items, `${examinee.name}: ${benchmark.name}`))
                }
                sheets.push({ model: examinee.name, examinations })
              } finally {
                await examiner.close()
              }
            }
            return sheets
          }
          const sheets = await withMachine(examineAll, { onWait: context.say, signal: context.signal }).finally(
            llama.close,
          )
          const rows = prepared.flatMap(({ benchmark }, i) => sheetRows(benchmark, i, sheets))
          context.print({ language: language.iso3, rows, skipped }, table(rows))
        })
      }),
    )
}

export default register

/** What one model's examinations came to, in the order of the benchmarks. */
type Sheet = { model: string; examinations: Examination[] }

type Row = Estimate & {
  model: string
  title: string
  benchmark: string
  measure: string
  /** Against the first model. */
  comparison?: MeasureResult
}

function sheetRows(benchmark: Benchmark, index: number, sheets: readonly Sheet[]): Row[] {
  const first = sheets[0]?.examinations[index]
  return benchmark.measures.flatMap((measure, m) =>
    sheets.flatMap(({ model, examinations }, nth): Row[] => {
      const examination = examinations[index]
      if (!examination || !first) return []
      const comparison = nth > 0 ? compare(benchmark, first, examination)[m] : undefined
      const { name, title } = measure
      const row = {
        model,
        title,
        benchmark: benchmark.name,
        measure: name,
        ...estimate(benchmark, measure, examination),
      }
      return [{ ...row, ...(comparison && { comparison }) }]
    }),
  )
}

function chosen({ home }: Context, language: Language, options: Options): Benchmark[] {
  const english = resolveLanguage('English')
  const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : count('--limit', options.limit, 1)
  const shots = count('--shots', options.shots, 0)
  const hub = openHub({ cache: home.cache })
  const foreign = language.iso3 !== english.iso3
  const make: Record<(typeof names)[number], () => Benchmark[]> = {
    'udhr-bits': () => [udhrBits(language, { limit }), ...(foreign ? [udhrBits(english, { limit })] : [])],
    'udhr-translation': () => (foreign ? [udhrTranslation(english, language, { limit })] : []),
    flores: () =>
      foreign ? [flores(english, language, { hub, limit }), flores(language, english, { hub, limit })] : [],
    'sib-200': () => [sib200(language, { hub, limit, shots })],
    answers: () => [answers(language, readQuestions(options.questions), { limit, sampling: servedSampling })],
  }
  return options.benchmark.split(',').flatMap((name) => {
    const known = names.find((each) => each === name.trim())
    if (known) return make[known]()
    throw new EndonymError('benchmark_unknown', `There is no benchmark "${name}". There are ${names.join(', ')}.`, {
      exitCode: 2,
    })
  })
}

function count(option: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new EndonymError('usage', `${option} takes a whole number from ${least} on, not "${text}".`, { exitCode: 2 })
}

function readQuestions(file: string | undefined): string[] {
  if (file === undefined) {
    throw new EndonymError('usage', 'The benchmark answers needs --questions FILE, a question on each line.', {
      exitCode: 2,
    })
  }
  try {
    return fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  } catch (cause) {
    throw new EndonymError('file_unreadable', `The questions in ${file} cannot be read.`, { cause, exitCode: 2 })
  }
}

/** A model of the store by its name (an adapter on its base), or a GGUF file by its path. */
async function findExaminee(
  { home, signal }: Context,
  store: Store,
  llama: () => Promise<Runtime>,
  name: string,
): Promise<Examinee> {
  const stored = fs.existsSync(name) && /\.gguf$/i.test(name) ? undefined : await findModel({ home, store }, name)
  const adapter = stored?.role === 'adapter' ? stored : undefined
  if (adapter && adapter.base === null) {
    throw new EndonymError('adapter_without_base', `"${name}" is an adapter, and its base is not known.`)
  }
  const model = adapter ? await findModel({ home, store }, adapter.base ?? '') : stored
  const file = model?.file ?? name
  const hash = model?.sha256 ?? (await sha256File(file))
  return ggufExaminee(
    llama,
    { name: stored?.name ?? path.basename(name), file, sha256: hash, ...(adapter && { adapter }) },
    signal,
  )
}

/** llama.cpp, started when the first model is needed: what is remembered needs none. */
function lazy(open: () => Promise<Runtime>): { get(): Promise<Runtime>; close(): Promise<void> } {
  let opened: Promise<Runtime> | undefined
  return {
    get: () => {
      opened ??= open()
      return opened
    },
    close: async () => (await opened)?.dispose(),
  }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ model, title, value, interval, units, comparison }) => [
    title,
    model,
    figure(value),
    brackets(interval),
    String(units),
    comparison ? `${signed(comparison.difference)} ${brackets(comparison.interval, signed)}` : '',
    comparison ? { student: 'better', base: 'worse', undecided: 'no clear difference' }[comparison.better] : '',
  ])
  const all = [['measure', 'model', 'value', '95 %', 'units', 'against the first', ''], ...lines]
  const widths = (all[0] as string[]).map((_, column) => Math.max(...all.map((line) => (line[column] ?? '').length)))
  return all
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const figure = (value: number) => value.toFixed(Math.abs(value) < 10 ? 3 : 1)
const signed = (value: number) => `${value > 0 ? '+' : ''}${figure(value)}`
const brackets = ([low, high]: Interval, write = figure) => `[${write(low)}, ${write(high)}]`
