import { EndonymError } from '../core/error.ts'
import { methods, preferenceRecipe } from './preferences/settings.ts'
import type { Recipe, Scale } from './recipe.ts'
import { kakugo } from './recipes/kakugo.ts'
import { polyglotKo } from './recipes/polyglot-ko.ts'
import { sdrrl } from './recipes/sdrrl.ts'

/** The methods that there are. */
export const recipes = [sdrrl, kakugo, polyglotKo] as unknown as readonly Recipe[]

/** @throws EndonymError `recipe_unknown` */
export function recipeOf(name: string): Recipe {
  const recipe = recipes.find((known) => known.name === name)
  if (!recipe)
    throw new EndonymError(
      'recipe_unknown',
      `There is no recipe "${name}". Known: ${recipes.map((known) => known.name).join(', ')}.`,
      { exitCode: 2 },
    )
  return recipe
}

/** The recipe of a run that made models: one of those, or a method of learning from preferences. @throws EndonymError `recipe_unknown` */
export function recipeOfRun(name: string): Recipe {
  const method = methods.find((known) => known === name)
  return method ? preferenceRecipe(method) : recipeOf(name)
}

/**
 * The settings of a recipe at a scale, with some overridden.
 *
 * @param overrides `name=value`, each a setting that the recipe has.
 * @throws EndonymError `setting_unknown`, `setting_invalid`
 */
export function settingsOf(recipe: Recipe, scale: Scale, overrides: readonly string[]): Record<string, unknown> {
  const settings = recipe.defaults(scale)
  for (const override of overrides) {
    const [name = '', value = ''] = override.split(/=(.*)/s)
    const known = settings[name]
    if (known === undefined) {
      throw new EndonymError(
        'setting_unknown',
        `The recipe ${recipe.name} has no setting "${name}". It has: ${Object.keys(settings).join(', ')}.`,
        { exitCode: 2 },
      )
    }
    const number = Number(value)
    if (typeof known === 'number' && (value.trim() === '' || !Number.isFinite(number) || number < 0)) {
      throw new EndonymError('setting_invalid', `The setting "${name}" wants a number of at least 0, not "${value}".`, {
        exitCode: 2,
      })
    }
    settings[name] = typeof known === 'number' ? number : value
  }
  return settings
}
