import { openMeasured } from '../../corpus/measured.ts'
import type { Dropped, Example } from '../../example.ts'

/** Why a text may not be trained on, or undefined where it shares nothing with what is measured. */
export type Overlap = (text: string) => Dropped | undefined

/**
 * Drops texts that have `n` words in a row in common with what is measured (`openMeasured`).
 *
 * @param taken articles of the declaration that the run takes texts from.
 */
export async function openOverlap(
  context: Parameters<typeof openMeasured>[0],
  n: number,
  taken: ReadonlySet<string> = new Set(),
): Promise<Overlap> {
  const known = await openMeasured(context, n, (article) => taken.has(article))
  return (text) =>
    known(text) ? { by: 'benchmark', reason: `${n} words in a row are in what the student is measured on` } : undefined
}

/**
 * The same for a step that takes from `native-texts` before all others: it is told of these, so that articles which texts were taken from, and which are therefore not measured on, are allowed.
 *
 * @example if (guard.isText(example)) continue; const dropped = await guard.overlap(message)
 */
export function contaminationGuard(context: Parameters<typeof openOverlap>[0], n: number) {
  const taken = new Set<string>()
  let overlap: Overlap | undefined
  return {
    isText(example: Example): boolean {
      const article = articleOf(example)
      if (article !== undefined) taken.add(article)
      return example.target === undefined
    },
    async overlap(text: string): Promise<Dropped | undefined> {
      overlap ??= await openOverlap(context, n, taken)
      return overlap(text)
    },
  }
}

/** The article of the Universal Declaration that an example's text is from, or undefined where it is from elsewhere. */
export const articleOf = ({ kind }: { kind: string }): string | undefined => /^udhr\/(.+)$/.exec(kind)?.[1]
