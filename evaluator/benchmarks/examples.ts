import { EndonymError } from '../../core/error.ts'
import { canonicalJson } from '../../core/hash.ts'
import { createPythonRandom, type PythonRandom } from '../../core/python-random.ts'
import type { Numbered } from './rows.ts'

/** The seed that lm-evaluation-harness draws examples with unless it is told otherwise. */
const seed = 1234

/** How examples are chosen: drawn anew for each row, or the first ones of the split for all. */
export type Sampler = 'random' | 'first'

/**
 * Chooses the examples that stand before each row, exactly as lm-evaluation-harness does with its default seed (`api/samplers.py`): so predictions agree row by row.
 * The row itself is never among them.
 *
 * @param options.group rows with another group have a generator and examples of their own, as the harness's subtasks do.
 * @param options.sameSplit whether the examples come from the split that is examined.
 * @returns a function to be called for each row in the order of the split.
 */
export function exampleChooser<Row>(
  pool: readonly Numbered<Row>[],
  shots: number,
  options: { title: string; sampler: Sampler; sameSplit: boolean; group?: ((row: Row) => string) | undefined },
): (row: Row) => Row[] {
  const { title, sampler, sameSplit, group = () => '' } = options
  const groups = Map.groupBy(
    pool.map(({ row }) => row),
    group,
  )
  // Rows are compared as texts, and each with many others.
  const texts = new Map(pool.map(({ row }) => [row, canonicalJson(row)]))
  const generators = new Map<string, PythonRandom>()
  return (row) => {
    if (shots === 0) return []
    const name = group(row)
    const candidates = groups.get(name) ?? []
    const generator = generators.get(name) ?? createPythonRandom(seed)
    generators.set(name, generator)
    const own = canonicalJson(row)
    const isOther = (each: Row) => texts.get(each) !== own
    const others = sameSplit ? candidates.filter(isOther) : candidates
    if (others.length < shots) {
      throw new EndonymError(
        'benchmark_lacks_examples',
        `${title} has ${others.length} examples${name && ` of ${name}`}, so ${shots} cannot stand before a row. Ask for fewer with --shots.`,
        { exitCode: 2 },
      )
    }
    if (sampler === 'first') return others.slice(0, shots)
    if (!sameSplit) return generator.sample(candidates, shots)
    // One more is drawn, in case the row itself is among them.
    const drawn = generator.sample(candidates, Math.min(shots + 1, candidates.length))
    const left = drawn.filter(isOther)
    return left.length >= shots ? left.slice(0, shots) : generator.sample(others, shots)
  }
}
