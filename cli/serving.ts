import type { Store } from '../data/database.ts'
import { createStandings } from '../evaluator/standings.ts'
import { startHost } from '../models/host/child.ts'
import { storeCatalog } from '../server/catalog.ts'
import { byPreference } from '../server/preferred.ts'
import { createServing, type Serving } from '../server/serving.ts'
import type { UpstreamSettings } from '../server/upstreams/settings.ts'
import { openUpstreams } from '../server/upstreams.ts'
import type { Context } from './command.ts'

/** How much is served at once, and of how much memory; the servers that other models live in. */
export type ServingOptions = {
  contextSize?: number
  sequences?: number
  queue?: number
  memory?: number
  upstreams?: readonly UpstreamSettings[]
  /** Is told what goes on; a line on standard error where it is left out. */
  say?: (line: string) => void
}

/** Serves the models of this home while `work` runs, in a process of their own, and lets go of them when it ends. */
export function withServing<T>(
  context: Context,
  work: (serving: Serving, store: Store) => Promise<T>,
  { queue, upstreams = [], say = context.say, ...sizes }: ServingOptions = {},
): Promise<T> {
  return context.withStore(async (store) => {
    const host = startHost({ ...sizes, log: say })
    const serving = createServing({
      host,
      upstreams: await openUpstreams(upstreams, { say }),
      catalog: storeCatalog(store, context.home),
      byPreference: byPreference(createStandings(store)),
      ...(sizes.sequences !== undefined && { sequences: sizes.sequences }),
      ...(queue !== undefined && { queue }),
    })
    try {
      return await work(serving, store)
    } finally {
      await serving.dispose()
    }
  })
}
