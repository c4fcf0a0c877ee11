/**
 * The references of one segment. `null` and `undefined` stand for a reference that is missing; an empty string is a reference that is empty.
 */
export type References = readonly (string | null | undefined)[]

/**
 * The numbers that a score is computed with. sacreBLEU sums resamples as 32-bit floats, and numpy then computes with 32-bit floats until a formula leaves
 * it for Python's own: `single` gives those numbers, `integer` what its approximate randomisation computes with (counts that stay whole numbers).
 */
export type Arithmetic = 'double' | 'single' | 'integer'

/** A metric's value with what it was made from. */
export type Score = {
  /** As in sacreBLEU's output: `BLEU`, `chrF2++`, `TER`. */
  readonly name: string
  /** From 0 to 100; TER has no upper end. */
  readonly value: number
  /** What sacreBLEU prints behind BLEU's value: `56.4/… (BP = … ratio = … hyp_len = … ref_len = …)`. */
  readonly details?: string
  /** Whether the value is a 32-bit float, which decides how sacreBLEU averages resamples. */
  readonly single: boolean
}

/** One part of a signature: `case:mixed`, or `c:mixed` in the short form. */
export type Setting = { readonly name: string; readonly abbreviation: string; readonly value: string | number }

/** Counts one hypothesis against references that are already counted. */
export type Counter = (hypothesis: string) => number[]

/**
 * A metric whose score is computed from sums over segments, so that a corpus is scored, resampled and compared without reading a text twice.
 *
 * @example
 * const metric = createChrf({ wordOrder: 2 })
 * metric.scoreOf(metric.statistics('O gato dorme.', ['O gato durme.'])).value // 0–100
 */
export interface Metric {
  /** As in sacreBLEU's output: `BLEU`, `chrF2++`, `TER`. */
  readonly name: string
  /** False for TER, which counts edits. */
  readonly higherIsBetter: boolean
  /** What the signature says of this metric, in sacreBLEU's order. */
  readonly settings: readonly Setting[]
  /**
   * The sufficient statistics of one segment; every segment has as many. Sum them over segments for `scoreOf`.
   *
   * @throws RangeError when all references are missing.
   */
  statistics(hypothesis: string, references: References): number[]
  /** The same for several hypotheses: the references are counted once. The counter keeps them in memory. */
  against(references: References): Counter
  /** The score of summed statistics. */
  scoreOf(sums: ArrayLike<number>, arithmetic?: Arithmetic): Score
}

/** The references that are there. */
export function present(references: References): string[] {
  const found: string[] = []
  for (const reference of references) if (typeof reference === 'string') found.push(reference)
  if (found.length === 0) throw new RangeError('A segment needs at least one reference that is not missing.')
  return found
}

/** Rounds to what the arithmetic can hold. */
export const rounding = (arithmetic: Arithmetic): ((value: number) => number) =>
  arithmetic === 'single' ? Math.fround : (value) => value
