import { EndonymError } from '../../../core/error.ts'
import { openHub } from '../../../evaluator/hub.ts'
import type { StepContext } from '../../step.ts'

/** Rows that are remembered together. */
const size = 200

type Page = { rows?: Record<string, unknown>[]; promptTokens: number; completionTokens: number }

/**
 * The first rows of a data set's split `train`, page by page. They are remembered like answers, so that a recording of a run holds all that the run was made from, and a plan fetches nothing.
 *
 * @throws what `Hub.rows` throws.
 */
export async function* hubPages(
  { dataset, config, columns, limit }: { dataset: string; config: string; columns: readonly string[]; limit: number },
  { memory, cache, signal }: Pick<StepContext, 'memory' | 'cache' | 'signal'>,
): AsyncGenerator<Record<string, unknown>[]> {
  let all: Record<string, unknown>[] | undefined
  for (let from = 0; from < limit; from += size) {
    const to = Math.min(limit, from + size)
    const request = { dataset, config, split: 'train', columns, from, to }
    const { rows = [] } = await memory.remember<Page>({ kind: 'data', source: 'hub', request }, async () => {
      if (cache === undefined) {
        throw new EndonymError('not_recorded', `The rows of ${dataset} (${config}) are not in the recording.`)
      }
      all ??= await openHub({ cache }).rows(dataset, config, 'train', { columns, limit, signal })
      return { rows: all.slice(from, to), promptTokens: 0, completionTokens: 0 }
    })
    if (rows.length === 0) return
    yield rows
    if (rows.length < to - from) return
  }
}
