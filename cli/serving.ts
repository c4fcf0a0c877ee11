import type { Store } from '../data/database.ts'
import { openRuntime } from '../models/llama.ts'
import { storeCatalog } from '../server/catalog.ts'
import { createServing, type Serving } from '../server/serving.ts'
import type { Context } from './command.ts'

/** Serves the models of this home while `work` runs, and lets go of them when it ends. */
export function withServing<T>(context: Context, work: (serving: Serving, store: Store) => Promise<T>): Promise<T> {
  return context.withStore(async (store) => {
    const runtime = await openRuntime()
    const serving = createServing({ runtime, catalog: storeCatalog(store, context.home) })
    try {
      return await work(serving, store)
    } finally {
      await serving.dispose()
      await runtime.dispose()
    }
  })
}
