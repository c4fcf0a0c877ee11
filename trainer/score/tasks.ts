import { EndonymError } from '../../core/error.ts'
import type { Progress } from '../../core/progress.ts'
import { createRandom } from '../../core/random.ts'
import type { Language } from '../../data/language.ts'
import type { RememberAll } from '../../data/memory.ts'
import type { Benchmark, Examinee, Measure } from '../../evaluator/benchmark.ts'
import { makeBenchmarks } from '../../evaluator/benchmarks.ts'
import { type Prepared, prepare } from '../../evaluator/evaluate.ts'
import type { Hub } from '../../evaluator/hub.ts'
import {
  type Change,
  changeOf,
  type NoGap,
  noGap,
  type Recovery,
  type Resampled,
  recovery,
  resampleModels,
} from '../../evaluator/polyglot-score/recovery.ts'
import { examineAll } from '../../evaluator/sheet.ts'

/** What students are tried on where nothing else is said: the first of these sets of which anything can be had. The paper's first; the last needs no network. */
const usualTasks: readonly (readonly string[])[] = [
  ['global-mmlu-lite', 'mgsm-direct'],
  ['belebele', 'sib-200'],
  ['udhr-bits'],
]

/** The held-out tasks of a score, and what could not be had. */
export type Tasks = { names: readonly string[]; prepared: Prepared[]; unit: TaskUnit; notes: string[] }

/** Shares of right rows are averaged, and so are bits per byte; never one with the other. */
export type TaskUnit = 'share' | 'bits per byte' | 'chrF++'

/**
 * Reads the rows of the held-out tasks.
 *
 * @param names benchmarks; those above where none are named.
 * @throws EndonymError `tasks_mixed`, `nothing_measured`
 */
export async function openTasks(
  names: readonly string[],
  language: Language,
  context: { hub: Hub; limit: number; signal: AbortSignal; progress: Progress },
): Promise<Tasks> {
  const { hub, limit, signal, progress } = context
  const notes: string[] = []
  for (const set of names.length > 0 ? [names] : usualTasks) {
    const benchmarks = makeBenchmarks(set, language, { hub, limit, scoring: 'likelihood', shots: 0 }).filter(
      (benchmark) => isOf(benchmark, language),
    )
    const { prepared, skipped } = await prepare(benchmarks, signal, progress)
    notes.push(...skipped.map(({ reason }) => reason))
    const [unit, other] = [...new Set(prepared.map(({ benchmark }) => unitOf(mainMeasure(benchmark))))]
    if (unit === undefined) continue
    if (other !== undefined) {
      throw new EndonymError(
        'tasks_mixed',
        `These benchmarks measure in ${unit} and in ${other}, which no mean can be taken of: ${set.join(', ')}. Name those of one kind with --benchmark.`,
        { exitCode: 2 },
      )
    }
    return { names: set, prepared, unit, notes: [...notes, ...prepared.flatMap((each) => each.notes)] }
  }
  throw new EndonymError('nothing_measured', `No held-out task could be had. ${notes.join(' ')}`.trim())
}

/** "udhr-bits" stands for the language and for English; what was forgotten of English is no gain in the language. */
const isOf = ({ name }: Benchmark, { iso3 }: Language) => iso3 === 'eng' || !name.endsWith('-eng')

/** The measure that a benchmark is known by. */
const mainMeasure = ({ measures }: Benchmark): Measure => measures[0] as Measure

function unitOf({ name, right }: Measure): TaskUnit {
  if (right) return 'share'
  return name === 'bits-per-byte' ? 'bits per byte' : 'chrF++'
}

/** What the models came to on the held-out tasks. */
export type Extrinsic = {
  unit: TaskUnit
  tasks: { benchmark: string; title: string; source: string; rows: number; base: number; reference?: number }[]
  /** Mean over the tasks; bits per byte with a minus, so that more is better. */
  base: number
  reference?: { name: string; score: number; change: Change; noGap?: NoGap }
  students: { score: number; change: Change; recovery?: Recovery; values: number[] }[]
  /** What the second student scores more than the first: `differences[first][second]`. */
  differences: Change[][]
}

/** Puts the tasks to the base, the reference and the students, and compares them on the same rows. */
export async function tryStudents(
  { prepared, unit }: Tasks,
  models: { base: Examinee; reference?: Examinee; students: readonly Examinee[] },
  context: { rememberAll: RememberAll; progress: Progress; signal: AbortSignal },
): Promise<Extrinsic> {
  const { base, reference, students } = models
  const examined = await examineAll(prepared, [base, ...students, ...(reference ? [reference] : [])], context)
  const counts = prepared.map((_, task) =>
    examined.map(({ examinations }) => (examinations[task]?.results ?? []).map((result) => result.counts)),
  )
  const values = resampleModels(
    prepared.map(({ benchmark }, task) => ({ ...mainMeasure(benchmark), counts: counts[task] ?? [] })),
    { random: createRandom('polyglot-score bootstrap') },
  )
  const single = (model: number) =>
    prepared.map(({ benchmark }, task) => {
      const sums = (counts[task]?.[model] ?? []).reduce<number[]>(
        (total, row) => row.map((count, i) => count + (total[i] ?? 0)),
        [],
      )
      return mainMeasure(benchmark).statistic(sums)
    })
  const last = examined.length - 1
  const references = reference ? single(last) : []
  const bases = single(0)
  const places = students.map((_, nth) => nth + 1)
  return {
    unit,
    tasks: prepared.map(({ benchmark, items }, task) => ({
      benchmark: benchmark.name,
      title: mainMeasure(benchmark).title,
      source: benchmark.source,
      rows: items.length,
      base: bases[task] ?? Number.NaN,
      ...(reference && { reference: references[task] ?? Number.NaN }),
    })),
    base: values.scores[0] ?? Number.NaN,
    ...(reference && { reference: referenceOf(values, reference.name, last) }),
    students: places.map((place) => {
      const recovered = reference && recovery(values, { base: 0, reference: last, student: place })
      return {
        score: values.scores[place] ?? Number.NaN,
        change: changeOf(values, 0, place),
        ...(recovered && { recovery: recovered }),
        values: single(place),
      }
    }),
    differences: places.map((from) => places.map((to) => changeOf(values, from, to))),
  }
}

function referenceOf(values: Resampled, name: string, place: number): NonNullable<Extrinsic['reference']> {
  const change = changeOf(values, 0, place)
  const missing = noGap(change)
  return { name, score: values.scores[place] ?? Number.NaN, change, ...(missing && { noGap: missing }) }
}
