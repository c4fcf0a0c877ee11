import type { Metric } from './metric.ts'

/** The version of sacreBLEU whose numbers these are. */
export const sacrebleuVersion = '2.6.0'

/** How a score came about, beside the metric's settings. */
export type Evaluation = {
  /** How many references each segment has (`numberOfReferences`). */
  references: number | 'var'
  /** Bootstrap resamples, where there were any. */
  bootstrap?: number | undefined
  /** Trials of approximate randomisation, where there were any. */
  randomization?: number | undefined
  /** The seed of either: `none` for one that the system chose. */
  seed?: string | undefined
}

/**
 * What makes a score comparable: sacreBLEU's signature, character for character.
 *
 * @example signature(createBleu(), { references: 1 }) // nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0
 */
export function signature(metric: Metric, evaluation: Evaluation, { short = false } = {}): string {
  const { references, bootstrap, randomization, seed } = evaluation
  const parts = [
    { name: 'nrefs', abbreviation: '#', value: references },
    { name: 'bs', abbreviation: 'bs', value: bootstrap },
    { name: 'ar', abbreviation: 'ar', value: randomization },
    { name: 'seed', abbreviation: 'rs', value: seed },
    ...metric.settings,
    { name: 'version', abbreviation: 'v', value: sacrebleuVersion },
  ]
  return parts
    .filter(({ value }) => value !== undefined)
    .map(({ name, abbreviation, value }) => `${short ? abbreviation : name}:${value}`)
    .join('|')
}
