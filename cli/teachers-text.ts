import type { ModelRow } from '../data/schema.ts'
import { changeText, signed, unitFigures } from '../trainer/score/figures.ts'
import type { ScoreResult } from '../trainer/score/result.ts'
import type { ScoreRow } from '../trainer/score/score-row.ts'
import { table } from './table.ts'

/** The models that can teach, and how the others are named. */
export function teachersText(models: readonly ModelRow[]): string {
  const rows = models.map(({ name, role, language, quantisation }) => [name, role, language ?? '', quantisation])
  return [
    models.length > 0
      ? table([['NAME', 'ROLE', 'LANGUAGE', 'QUANTISATION'], ...rows])
      : 'The store has no models yet: endonym models pull smollm2-135m-instruct',
    '',
    'Besides, any OpenAI-compatible endpoint can teach: name its model as URL#model.',
    'Which should? endonym teachers score --language LANGUAGE --teachers A,B',
  ].join('\n')
}

/** The score for a terminal: what the order rests on first, then the data, then what is to be known, and the advice. */
export function scoreText(result: ScoreResult): string {
  const { rows, notes, advice, extrinsic } = result
  const parts = [
    table([gainHead(result), ...rows.map((row) => gainCells(row, result))]),
    `The data: how distinct prompts and responses are, rubric 1–5, fluency and perplexity under the base; medians of words and perplexity.\n${table([dataHead, ...rows.map(dataCells)], { right: [2, 3, 4, 5, 6, 7, 8, 9, 10] })}`,
    ...(extrinsic ? [tasksText(extrinsic)] : []),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    advice,
  ]
  return parts.join('\n\n')
}

function gainHead({ extrinsic }: ScoreResult): string[] {
  const hasPg = extrinsic?.reference?.noGap === undefined && extrinsic?.reference !== undefined
  return [
    'teacher',
    'strategy',
    ...(hasPg ? ['PG', 'PGR'] : []),
    'z',
    ...(extrinsic ? ['student against the base, 95 %'] : []),
  ]
}

function gainCells(row: ScoreRow, result: ScoreResult): string[] {
  const { extrinsic } = result
  const { pg, pgr, z, change } = row
  const wide = gainHead(result).includes('PG')
  return [
    row.teacher,
    row.strategy,
    ...(wide
      ? [
          optional(pg),
          pgr
            ? `${signed(pgr.value, 2)}${pgr.interval ? ` [${pgr.interval.map((end) => signed(end, 2)).join(', ')}]` : ''}`
            : '–',
        ]
      : []),
    optional(z),
    ...(extrinsic ? [change ? changeText(change, extrinsic.unit) : 'no student: too few rows'] : []),
  ]
}

const dataHead = [
  'teacher',
  'strategy',
  'rows',
  'prompts',
  'responses',
  'rubric',
  'fluency',
  'ppl',
  'words',
  'in language',
  'loops',
]

function dataCells(row: ScoreRow): string[] {
  const { metrics, perplexity, words, inLanguage, loops } = row
  return [
    row.teacher,
    row.strategy,
    `${row.kept} of ${row.asked}`,
    plain(metrics?.promptDistinctness, 3),
    plain(metrics?.responseDistinctness, 3),
    plain(metrics?.rubric, 2),
    plain(metrics?.fluency, 2),
    plain(perplexity, 1),
    plain(words, 0),
    percent(inLanguage),
    percent(loops),
  ]
}

function tasksText({ tasks, unit, reference }: NonNullable<ScoreResult['extrinsic']>): string {
  const { factor, digits } = unitFigures[unit]
  const write = (value: number) => (factor * value).toFixed(digits)
  return tasks
    .map(
      ({ title, source, rows, base, ...task }) =>
        `Held out: ${title} (${source}), ${rows} rows; base ${write(base)}${reference && task.reference !== undefined ? `, ${reference.name} ${write(task.reference)}` : ''}`,
    )
    .join('\n')
}

const optional = (value: number | undefined) => (value === undefined ? '–' : signed(value, 2))
const plain = (value: number | undefined, digits: number) =>
  value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits).replace('-', '−')
const percent = (value: number | undefined) => (value === undefined ? '–' : `${(100 * value).toFixed(0)} %`)
