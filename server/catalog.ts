import type { Home } from '../core/home.ts'
import type { Store } from '../data/database.ts'
import { languageByIso3 } from '../data/languages.ts'
import type { ModelRow } from '../data/schema.ts'
import { createRememberedBits } from '../evaluator/remembered-bits.ts'
import { listAliases, namesOf } from '../models/aliases.ts'
import { listModels, modelFile } from '../models/store.ts'
import type { Catalog, ServedModel } from './serving.ts'

/** The models of the store, as they are served. An adapter whose base is not there is left out: it cannot be loaded. */
export function storeCatalog(store: Store, home: Home): Catalog {
  const remembered = createRememberedBits(store)

  return async () => {
    const rows = await listModels(store)
    const aliases = await listAliases(store)
    const byName = new Map(rows.map((row) => [row.name, row]))
    const models = rows.flatMap((row) => {
      const base = row.role === 'adapter' ? byName.get(row.base ?? '') : row
      if (!base) return []
      const source = row === base ? row.sha256 : `${base.sha256}+${row.sha256}`
      return [{ source, model: { ...served(row, base), aliases: namesOf(row.name, aliases) } }]
    })
    const judged = models.flatMap(({ source, model }) =>
      model.language && model.role !== 'base' ? [{ source, language: model.language, id: model.id }] : [],
    )
    const bits = await remembered(judged)
    const byId = new Map(judged.map(({ id }, i) => [id, bits[i]]))
    return models.map(({ model }) => {
      const bitsPerByte = byId.get(model.id)
      return bitsPerByte ? { ...model, bitsPerByte } : model
    })
  }

  function served(row: ModelRow, base: ModelRow): ServedModel {
    const language = row.language === null ? undefined : languageByIso3(row.language)
    return {
      id: row.name,
      role: row.role,
      createdAt: row.created_at,
      parameters: base.parameters,
      quantisation: base.quantisation,
      file: modelFile(home, base.sha256),
      adapters: row.role === 'adapter' ? [modelFile(home, row.sha256)] : [],
      ...(language && { language }),
      ...(row.base !== null && { base: row.base }),
      ...(row.run !== null && { run: row.run }),
    }
  }
}
