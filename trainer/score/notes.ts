import { plural } from '../../core/format.ts'
import type { IntrinsicMetric, UnusedMetric } from '../../evaluator/polyglot-score/intrinsic.ts'
import { changeText } from './figures.ts'
import { nameOf, type ScoreRow } from './score-row.ts'
import type { Extrinsic } from './tasks.ts'

export const metricNames: Readonly<Record<IntrinsicMetric, string>> = {
  promptDistinctness: 'prompt distinctness',
  responseDistinctness: 'response distinctness',
  rubric: 'rubric score',
  fluency: 'fluency',
}

/** What is to be known of the numbers, each in a sentence. */
export function notesOf({
  rows,
  unused,
  extrinsic,
}: {
  rows: readonly ScoreRow[]
  unused: readonly UnusedMetric[]
  extrinsic: Extrinsic | undefined
}): string[] {
  return [...referenceNotes(rows, extrinsic), ...judgeNotes(rows), ...metricNotes(rows, unused), ...rowNotes(rows)]
}

function referenceNotes(rows: readonly ScoreRow[], extrinsic: Extrinsic | undefined): string[] {
  if (!extrinsic) return ['No student was tried: the order is that of z, of the data by themselves.']
  const { reference, unit } = extrinsic
  if (!reference) {
    return [
      'There is no reference (--reference), so there is no PGR and no Polyglot Score: the order is by the change over the base and, among those that it does not tell apart, by z.',
    ]
  }
  if (reference.noGap === undefined) {
    const unbounded = rows.some(({ pgr }) => pgr && !pgr.interval)
    return unbounded
      ? [
          `The reference's lead over the base, ${changeText(reference.change, unit)}, is not clear of zero, so PGR has no interval.`,
        ]
      : []
  }
  const why = {
    'not above': 'it is not better than the base, and a share of that gap would rise as students get worse',
    'within noise': 'its lead over the base is within its standard error',
  }[reference.noGap]
  return [
    `PGR is undefined with the reference ${reference.name} (${changeText(reference.change, unit)} against the base): ${why}. The order is by the change over the base and by z.`,
  ]
}

function judgeNotes(rows: readonly ScoreRow[]): string[] {
  const own = [...new Set(rows.filter(({ judge }) => judge?.self).map(({ teacher }) => teacher))]
  const judges = new Set(rows.map(({ judge }) => judge?.name))
  return [
    ...own.map((teacher) => `${teacher} judged its own data, which models tend to favour: name another with --judge.`),
    ...(judges.size > 1
      ? ['The rubric scores come from different judges, which may be strict or lenient: --judge names one for all.']
      : []),
  ]
}

function metricNotes(rows: readonly ScoreRow[], unused: readonly UnusedMetric[]): string[] {
  return unused.map(({ metric, reason }) => {
    const name = metricNames[metric]
    if (reason === 'same') return `The ${name} is the same for all, and counts 0 in z.`
    const lacking = rows.filter(({ metrics }) => metrics && metrics[metric] === undefined)
    const why = lacking.map((row) => `${nameOf(row)}${metric === 'rubric' ? unread(row) : ''}`)
    return `The ${name} is left out of z for all, because it is lacking for ${why.join(', ')}.`
  })
}

function unread({ judge }: ScoreRow): string {
  if (!judge) return ''
  const { name, read, asked, problem } = judge
  return ` (${read} of ${asked} verdicts of ${name} could be read${problem === undefined ? '' : `; of the first other one: ${problem}`})`
}

function rowNotes(rows: readonly ScoreRow[]): string[] {
  return rows
    .filter(({ metrics }) => metrics === undefined)
    .map(
      (row) =>
        `${nameOf(row)} came to ${plural(row.kept, 'row')} of ${row.asked}: too few to measure or to teach with.`,
    )
}
