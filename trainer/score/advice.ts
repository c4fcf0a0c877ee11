import type { Language } from '../../data/language.ts'
import type { IntrinsicMetric } from '../../evaluator/polyglot-score/intrinsic.ts'
import type { Ranking } from '../../evaluator/polyglot-score/ranking.ts'
import { changeText, signed } from './figures.ts'
import { metricNames } from './notes.ts'
import { nameOf, type ScoreRow } from './score-row.ts'
import type { TaskUnit } from './tasks.ts'

const how = {
  generate: 'with prompts and answers of its own',
  translate: 'with translations of English prompts and answers',
  respond: 'with answers to prompts in the language',
} as const

/**
 * One sentence: which teacher, by which strategy, and why; and what it is worth where the differences are within noise.
 *
 * @param rows the best first.
 */
export function adviceOf({
  language,
  rows,
  leaders,
  by,
  unit,
}: {
  language: Language
  rows: readonly ScoreRow[]
  leaders: readonly ScoreRow[]
  by: Ranking['by']
  unit: TaskUnit | undefined
}): string {
  const [best, ...others] = rows
  if (!best || (best.z === undefined && best.change === undefined)) {
    return `None of the teachers made enough data in ${language.name} to be compared; try others, or more rows (--set rows=…).`
  }
  const reasons = [reasonOf(best, by, unit), dataOf(best)].filter((reason) => reason !== undefined)
  const doubts = [noiseOf(best, others, leaders, by), nothingGained(best)].filter((doubt) => doubt !== undefined)
  const advice = `Let ${best.teacher} teach ${language.name} ${how[best.strategy]} (${best.strategy}): ${reasons.join(', and ')}`
  return doubts.length > 0 ? `${advice}; but ${doubts.join(', and ')}.` : `${advice}.`
}

function reasonOf({ pg, pgr, z, change }: ScoreRow, by: Ranking['by'], unit: TaskUnit | undefined): string {
  if (by === 'polyglot score' && pg !== undefined && pgr && z !== undefined) {
    return `its Polyglot Score is ${signed(pg, 2)} (PGR ${signed(pgr.value, 2)}, z ${signed(z, 2)})`
  }
  if (change && unit) return `its student came to ${changeText(change, unit)} against the base`
  return `its data have the highest z, ${signed(z ?? 0, 2)}`
}

/** The metric that its data stand out by most, if they do. */
function dataOf({ z, parts = {} }: ScoreRow): string | undefined {
  const [top] = (Object.entries(parts) as [IntrinsicMetric, number][]).sort(([, a], [, b]) => b - a)
  if (z === undefined || !top || top[1] < 0.5) return undefined
  return `its data stand out by their ${metricNames[top[0]]} (${signed(top[1], 1)} deviations)`
}

function noiseOf(
  best: ScoreRow,
  others: readonly ScoreRow[],
  leaders: readonly ScoreRow[],
  by: Ranking['by'],
): string | undefined {
  const alike = leaders.filter((row) => row !== best)
  if (alike.length === 0) return undefined
  const decided = by === 'change' ? ', so z decided' : ''
  if (alike.length === others.length && alike.length > 1)
    return `the held-out tasks tell none of the other students from it: the difference is within noise${decided}`
  const names = alike.slice(0, 3).map(nameOf).join(', ')
  const rest = alike.length > 3 ? ` and ${alike.length - 3} more` : ''
  return `the difference to the student of ${names}${rest} is within noise${decided}`
}

function nothingGained({ change }: ScoreRow): string | undefined {
  if (!change) return undefined
  if (change.interval[1] < 0)
    return 'even this student is worse than the base: teach with more rows before you follow this'
  return change.interval[0] > 0 ? undefined : 'that this student gained anything is not clear either'
}
