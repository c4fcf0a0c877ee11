import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import type { RunWish } from './distill.ts'
import type { Example } from './example.ts'
import { recipeOfRun } from './recipes.ts'
import { articleOf } from './steps/kakugo/contamination.ts'

/**
 * The articles of the Universal Declaration in a language that models were trained on, so that nobody is praised for remembering them: by the runs that made the models, by those whose rows were taken
 * over, and by those that made the models which were trained further.
 *
 * @param models names of models of the store; others were trained nobody knows on what.
 */
export async function articlesTrainedOn(
  store: Store,
  models: readonly string[],
  language: Pick<Language, 'iso3'>,
): Promise<(article: string) => boolean> {
  const runs = new Set<string>()
  const seen: ((article: string) => boolean)[] = []

  const addModels = async (names: readonly string[]) => {
    const rows = await store.selectFrom('models').select('run').where('name', 'in', names).execute()
    for (const { run } of rows) if (run !== null) await addRun(run)
  }
  const addRun = async (id: string) => {
    if (runs.has(id)) return
    runs.add(id)
    const row = await store.selectFrom('runs').select('options_json').where('id', '=', id).executeTakeFirst()
    if (!row) return
    const wish = JSON.parse(row.options_json) as RunWish
    const recipe = recipeOfRun(wish.recipe)
    if (wish.language.iso3 === language.iso3) {
      const taken = await articlesTaken(store, id)
      seen.push((article) => taken.has(article) || recipe.trainsOn?.(wish.options, article) === true)
    }
    const tuning = recipe.tuning?.(wish.options)
    if (tuning) await addRun(tuning.run)
    await addModels([wish.student])
  }

  await addModels(models)
  return (article) => seen.some((by) => by(article))
}

/** The articles whose texts a run took. */
async function articlesTaken(store: Store, run: string): Promise<Set<string>> {
  const rows = await store
    .selectFrom('examples')
    .select('example_json')
    .where('run', '=', run)
    .where('step', '=', 'native-texts')
    .where('dropped_by', 'is', null)
    .execute()
  return new Set(rows.flatMap(({ example_json }) => articleOf(JSON.parse(example_json) as Example) ?? []))
}
