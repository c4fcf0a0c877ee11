import { EndonymError } from '../core/error.ts'
import { nearNames } from '../core/near.ts'
import type { Store } from '../data/database.ts'
import { checkName, findModel, type ModelDeps, withStoreLock } from './store.ts'

/** Another name by which a model is asked for. It may be moved to another model, so that those who ask by it need not change anything. */
export type Alias = { name: string; model: string }

/** All aliases, by name. */
export async function listAliases(store: Store): Promise<Alias[]> {
  return await store
    .selectFrom('aliases')
    .innerJoin('models', 'models.id', 'aliases.model')
    .select(['aliases.name', 'models.name as model'])
    .orderBy('aliases.name')
    .execute()
}

/** The other names of a model. */
export function namesOf(model: string, aliases: readonly Alias[]): string[] {
  return aliases.filter((alias) => alias.model === model).map(({ name }) => name)
}

/**
 * Lets `name` stand for a model; an alias that there is already is moved to it.
 *
 * @param model its name, or another alias of it.
 * @returns what it stands for now, and the model that it stood for before.
 * @throws EndonymError `model_unknown`, `model_name_invalid`, `alias_taken` (a model has that name: it would no longer be found)
 * @example await setAlias({ home, store }, 'teacher', 'qwen3-0.6b')
 */
export async function setAlias(deps: ModelDeps, name: string, model: string): Promise<Alias & { before?: string }> {
  checkName(name)
  const { store } = deps
  return await withStoreLock(deps, async () => {
    const wanted = await findModel(deps, model)
    const models = await store.selectFrom('models').select('name').execute()
    // However they are capitalised, names are the same to those who ask.
    const same = (other: string) => other.toLowerCase() === name.toLowerCase()
    if (models.some((row) => same(row.name)))
      throw new EndonymError(
        'alias_taken',
        `"${name}" is a model's own name, so it cannot stand for another one. Choose another alias.`,
        { exitCode: 2 },
      )
    const known = (await listAliases(store)).find((alias) => same(alias.name))
    await store
      .insertInto('aliases')
      .values({ name: known?.name ?? name, model: wanted.id })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ model: wanted.id }))
      .execute()
    return {
      name: known?.name ?? name,
      model: wanted.name,
      ...(known && known.model !== wanted.name && { before: known.model }),
    }
  })
}

/** Takes an alias away; its model stays. @throws EndonymError `alias_unknown`, with those that there are */
export async function removeAlias(deps: ModelDeps, name: string): Promise<Alias> {
  const { store } = deps
  return await withStoreLock(deps, async () => {
    const aliases = await listAliases(store)
    const alias = aliases.find((each) => each.name === name) ?? unknown(name, aliases)
    await store.deleteFrom('aliases').where('name', '=', name).execute()
    return alias
  })
}

function unknown(name: string, aliases: readonly Alias[]): never {
  const names = aliases.map((alias) => alias.name)
  const [near = names] = [nearNames(name, names)].filter(({ length }) => length > 0)
  const hint = near.length > 0 ? `There is ${near.slice(0, 8).join(', ')}.` : 'There is none yet.'
  throw new EndonymError('alias_unknown', `There is no alias "${name}". ${hint}`, { exitCode: 2 })
}
