import type { Language } from '../../data/language.ts'
import { type Intrinsic, intrinsicScores, type UnusedMetric } from '../../evaluator/polyglot-score/intrinsic.ts'
import { type Ranking, rank } from '../../evaluator/polyglot-score/ranking.ts'
import { polyglotScore } from '../../evaluator/polyglot-score/recovery.ts'
import { adviceOf } from './advice.ts'
import type { Judged } from './judge.ts'
import { notesOf } from './notes.ts'
import type { Measured } from './rows.ts'
import { nameOf, type ScoreRow } from './score-row.ts'
import type { ScoreSettings, Strategy } from './settings.ts'
import { distinct, type ScoreStudent } from './students.ts'
import type { Extrinsic } from './tasks.ts'
import type { ScoreParts, ScoreWish } from './wish.ts'

/** What is known of a teacher's data by one strategy. */
export type CellInput = {
  teacher: string
  strategy: Strategy
  /** Rows that were asked for, and that came to something. */
  asked: number
  kept: number
  judged: Judged | undefined
  /** Undefined where the rows are too few to measure. */
  measured: Measured | undefined
  student: ScoreStudent | undefined
}

/** A whole score, as `score.json` and `--json` have it. */
export type ScoreResult = {
  version: 1
  run: string
  language: Language
  scale: string
  student: string
  base: string
  settings: ScoreSettings & ScoreParts
  /** The best first. */
  rows: ScoreRow[]
  ranking: {
    by: Ranking['by'] /** How many of the first rows' students the held-out rows do not tell from the best one's. */
    leaders: string[]
  }
  extrinsic?: Omit<Extrinsic, 'students' | 'differences'>
  unused: UnusedMetric[]
  notes: string[]
  advice: string
}

/** Puts the numbers together: z, PGR, PG, the order, what is to be known of them, and the advice. */
export function scoreResult(input: {
  run: string
  wish: ScoreWish
  base: string
  cells: readonly CellInput[]
  extrinsic: Extrinsic | undefined
  notes: readonly string[]
}): ScoreResult {
  const { run, wish, base, cells, extrinsic } = input
  const { standings, unused } = intrinsicScores(cells.map(intrinsicOf))
  const taught = distinct(cells.map(({ student }) => student))
  const places = cells.map(({ student }) => taught.findIndex(({ sha256 }) => sha256 === student?.sha256))
  const rows = cells.map((cell, nth): ScoreRow => {
    const standing = standings[nth]
    const tried = extrinsic?.students[places[nth] ?? -1]
    const { recovery } = tried ?? {}
    return {
      ...rowOf(cell),
      ...(standing && { z: standing.z, parts: standing.parts }),
      ...(tried && { score: tried.score, change: tried.change, tasks: tried.values }),
      ...(recovery && { pgr: recovery }),
      ...(recovery && standing && { pg: polyglotScore(recovery.value, standing.z) }),
    }
  })
  const ranking = rank(rows, (from, to) => extrinsic?.differences[places[from] ?? -1]?.[places[to] ?? -1])
  const ordered = ranking.order.map((place) => rows[place] as ScoreRow)
  const leaders = ranking.leaders.map((place) => rows[place] as ScoreRow)
  const { students: _, differences: __, ...shown } = extrinsic ?? { students: [], differences: [] }
  return {
    version: 1,
    run,
    language: wish.language,
    scale: wish.scale,
    student: wish.student,
    base,
    settings: wish.options,
    rows: ordered,
    ranking: { by: ranking.by, leaders: leaders.map(nameOf) },
    ...(extrinsic && { extrinsic: shown as NonNullable<ScoreResult['extrinsic']> }),
    unused,
    notes: [...notesOf({ rows: ordered, unused, extrinsic }), ...input.notes],
    advice: adviceOf({ language: wish.language, rows: ordered, leaders, by: ranking.by, unit: extrinsic?.unit }),
  }
}

function intrinsicOf({ measured, judged }: CellInput): Intrinsic | undefined {
  if (!measured) return undefined
  const { promptDistinctness, responseDistinctness, fluency } = measured
  return { promptDistinctness, responseDistinctness, rubric: judged?.score, fluency }
}

function rowOf(cell: CellInput): ScoreRow {
  const { teacher, strategy, asked, kept, judged, measured, student } = cell
  const metrics = intrinsicOf(cell)
  return {
    teacher,
    strategy,
    asked,
    kept,
    ...(metrics && { metrics }),
    ...(measured && {
      perplexity: measured.perplexity,
      words: measured.words,
      inLanguage: measured.inLanguage,
      loops: measured.loops,
    }),
    ...(judged && { judge: judgeOf(judged) }),
    ...(student && { student: { rows: student.rows, steps: student.steps, seconds: student.seconds } }),
  }
}

const judgeOf = ({ judge: name, score: _, ...judged }: Judged): NonNullable<ScoreRow['judge']> => ({ name, ...judged })
