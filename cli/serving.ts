import type { Store } from '../data/database.ts'
import { startHost } from '../models/host/child.ts'
import { storeCatalog } from '../server/catalog.ts'
import { createServing, type Serving } from '../server/serving.ts'
import type { Context } from './command.ts'

/** How much is served at once, and of how much memory. */
export type ServingOptions = { contextSize?: number; sequences?: number; queue?: number; memory?: number }

/** Serves the models of this home while `work` runs, in a process of their own, and lets go of them when it ends. */
export function withServing<T>(
  context: Context,
  work: (serving: Serving, store: Store) => Promise<T>,
  { queue, ...sizes }: ServingOptions = {},
): Promise<T> {
  return context.withStore(async (store) => {
    const host = startHost({ ...sizes, log: context.say })
    const serving = createServing({
      host,
      catalog: storeCatalog(store, context.home),
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
