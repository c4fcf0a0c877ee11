import { EndonymError } from '../../core/error.ts'
import type { Store } from '../../data/database.ts'
import type { ModelRow } from '../../data/schema.ts'
import { findModel, listModels, type ModelDeps } from '../../models/store.ts'

/** A model of the store whose weights can be trained further, and what is to be said of the choice. */
export type Beginning = { name: string; note?: string }

/**
 * The model that a training on preferences begins from: a whole one. In place of an adapter, or of a file at 4 bits, the merged model at 8 bits of the same run is taken: training goes on from its weights.
 *
 * @param asked its name or alias, or an address that `endonym models pull` takes. Left out, the model whose answers were preferred most, of those that are in this store.
 * @throws EndonymError `student_missing`, `weights_missing`
 */
export async function beginningOf(
  deps: Pick<ModelDeps, 'home' | 'store'>,
  asked: string | undefined,
  preferred: ReadonlyMap<string, number>,
): Promise<Beginning> {
  const rows = await listModels(deps.store)
  if (asked === undefined) {
    const [best] = [...preferred]
      .filter(([name]) => rows.some((row) => row.name === name))
      .sort(([, a], [, b]) => b - a)
    if (best) {
      const begun = await wholeOf(deps.store, await findModel(deps, best[0]))
      return { ...begun, note: begun.note ?? `The student is ${begun.name}, whose answers were preferred most often.` }
    }
    throw new EndonymError(
      'student_missing',
      'None of the models whose answers were preferred is in this store: name the one to train with --student.',
      { exitCode: 2 },
    )
  }
  const known = await findModel(deps, asked).catch(() => undefined)
  return known ? wholeOf(deps.store, known) : { name: asked }
}

async function wholeOf(store: Store, model: ModelRow): Promise<Beginning> {
  const isWhole = model.role !== 'adapter'
  if (isWhole && (model.run === null || model.quantisation === 'Q8_0')) return { name: model.name }
  const merged = await store
    .selectFrom('models')
    .select('name')
    .where('run', '=', model.run ?? '')
    .where('role', '=', 'student')
    .where('quantisation', '=', 'Q8_0')
    .executeTakeFirst()
  if (merged)
    return { name: merged.name, note: `In place of ${model.name} the same at 8 bits is trained: ${merged.name}.` }
  if (isWhole) return { name: model.name }
  throw new EndonymError(
    'weights_missing',
    `"${model.name}" is an adapter, and the whole model of its run is not in the store. Name a whole model with --student.`,
    { exitCode: 2 },
  )
}
