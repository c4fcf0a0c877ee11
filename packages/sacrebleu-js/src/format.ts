import type { Score } from './metric.ts'
import { floatLiteral, toFixed } from './numbers.ts'

export type ScoreFormat = {
  /** Decimals. (2) */
  width?: number
  signature?: string
  /** Only the value, and its interval where there is one. */
  scoreOnly?: boolean
  /** Mean and half the width of the 95 % interval over resamples. */
  confidence?: { mean: number; interval: number } | undefined
}

/**
 * A score as sacreBLEU prints it.
 *
 * @example formatScore(score, { signature }) // BLEU|nrefs:1|… = 27.43 56.5/… (BP = 0.998 ratio = 0.998 hyp_len = 8 ref_len = 9)
 */
export function formatScore(score: Score, options: ScoreFormat = {}): string {
  const { signature = '', scoreOnly = false } = options
  const { value } = parts(score, options)
  if (scoreOnly) return value
  const name = signature === '' ? score.name : `${score.name}|${signature}`
  return `${name} = ${value}${score.details === undefined ? '' : ` ${score.details}`}`
}

/** The same as sacreBLEU's JSON, in which each part of the signature is a key. With `scoreOnly` just the value, which is how sacreBLEU has it. */
export function formatScoreJson(score: Score, options: ScoreFormat & { signature: string }): string {
  const { value, mean, interval, confidence } = parts(score, options)
  if (options.scoreOnly) return value
  const fields: [string, string][] = [
    ['name', JSON.stringify(score.name)],
    ['score', floatLiteral(Number(toFixed(score.value, options.width ?? 2)))],
    ['signature', JSON.stringify(options.signature)],
  ]
  if (confidence !== undefined) {
    fields.push(['confidence_mean', floatLiteral(Number(mean))])
    fields.push(['confidence_var', floatLiteral(Number(interval))])
    fields.push(['confidence', JSON.stringify(confidence)])
  }
  if (score.details !== undefined) fields.push(['verbose_score', JSON.stringify(score.details)])
  for (const part of options.signature.split('|')) {
    const [key = '', ...rest] = part.split(':')
    fields.push([key, JSON.stringify(rest.join(':'))])
  }
  return `{\n${fields.map(([key, field]) => ` ${JSON.stringify(key)}: ${field}`).join(',\n')}\n}`
}

function parts(score: Score, { width = 2, confidence }: ScoreFormat) {
  const value = toFixed(score.value, width)
  // sacreBLEU writes no interval around a mean of zero.
  if (!confidence || confidence.mean <= 0) return { value }
  const mean = toFixed(confidence.mean, width)
  const interval = toFixed(confidence.interval, width)
  const text = `μ = ${mean} ± ${interval}`
  return { value: `${value} (${text})`, mean, interval, confidence: text }
}
