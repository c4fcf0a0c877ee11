import type { Metric, References, Score } from './metric.ts'

/** References as sacreBLEU takes them: a list for each reference translation, each with one entry a segment. */
export type ReferenceStreams = readonly References[]

/**
 * The score of a corpus.
 *
 * @throws RangeError when there are no segments or no references, when lengths differ, and when a segment has no reference.
 * @example corpusScore(createBleu(), ['The cat sat.', 'It slept.'], [['The cat sat down.', 'It slept.']])
 */
export function corpusScore(metric: Metric, hypotheses: readonly string[], references: ReferenceStreams): Score {
  check([hypotheses], references)
  const sums = metric.statistics(hypotheses[0] as string, targetsOf(references, 0))
  // Each segment's statistics are forgotten at once: many segments take no more memory than few.
  for (let segment = 1; segment < hypotheses.length; segment++) {
    addTo(sums, metric.statistics(hypotheses[segment] as string, targetsOf(references, segment)))
  }
  return metric.scoreOf(sums)
}

/**
 * The score of one segment. For BLEU, `effectiveOrder` is wanted: without it a sentence of three words has no 4-gram to match.
 *
 * @example sentenceScore(createBleu({ effectiveOrder: true }), 'The cat sat.', ['The cat sat down.', 'A cat sat.'])
 */
export function sentenceScore(metric: Metric, hypothesis: string, references: References): Score {
  return metric.scoreOf(metric.statistics(hypothesis, references))
}

/** The statistics of each segment, in order. Throws as `corpusScore` does. */
export function corpusStatistics(
  metric: Metric,
  hypotheses: readonly string[],
  references: ReferenceStreams,
): number[][] {
  check([hypotheses], references)
  const statistics: number[][] = []
  for (let segment = 0; segment < hypotheses.length; segment++) {
    statistics.push(metric.statistics(hypotheses[segment] as string, targetsOf(references, segment)))
  }
  return statistics
}

/** The statistics of several systems on the same segments; a segment's references are counted once, and forgotten before the next. */
export function systemsStatistics(
  metric: Metric,
  systems: readonly (readonly string[])[],
  references: ReferenceStreams,
): number[][][] {
  const segments = check(systems, references)
  const statistics: number[][][] = systems.map(() => [])
  for (let segment = 0; segment < segments; segment++) {
    const count = metric.against(targetsOf(references, segment))
    for (const [system, hypotheses] of systems.entries()) statistics[system]?.push(count(hypotheses[segment] as string))
  }
  return statistics
}

/** A segment's references, of which one must be there. */
function targetsOf(references: ReferenceStreams, segment: number): References {
  const targets: (string | null | undefined)[] = []
  let found = false
  for (const stream of references) {
    const target = stream[segment]
    found ||= typeof target === 'string'
    targets.push(target)
  }
  if (!found) {
    throw new RangeError(`Segment ${segment + 1} has no reference: give it at least one, or leave the segment out.`)
  }
  return targets
}

/** Sums statistics over segments. */
export function sumStatistics(statistics: readonly (readonly number[])[]): number[] {
  const sums: number[] = new Array(statistics[0]?.length ?? 0).fill(0)
  for (const segment of statistics) addTo(sums, segment)
  return sums
}

function addTo(sums: number[], statistics: readonly number[]): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (statistics[i] as number)
}

/** How many references each segment has, for the signature: `var` when they have not all as many. */
export function numberOfReferences(references: ReferenceStreams): number | 'var' {
  const counts = new Set<number>()
  for (let segment = 0; segment < (references[0]?.length ?? 0); segment++) {
    counts.add(references.filter((stream) => typeof stream[segment] === 'string').length)
  }
  const [count = 0] = counts
  return counts.size > 1 ? 'var' : count
}

function check(systems: readonly (readonly string[])[], references: ReferenceStreams): number {
  const segments = systems[0]?.length ?? 0
  if (segments === 0) throw new RangeError('There are no hypotheses to score.')
  if (references.length === 0) throw new RangeError('There are no references to score against.')
  for (const lines of [...systems, ...references]) {
    if (lines.length !== segments) {
      throw new RangeError(
        `Hypotheses and references must be as many: ${segments} hypotheses, but a list of ${lines.length}.`,
      )
    }
  }
  return segments
}
