import { sha256 } from '../../core/hash.ts'
import type { Language } from '../../data/language.ts'
import { type RunWish, runIdOf } from '../distill.ts'
import type { PreferenceRows } from './rows.ts'
import { type Method, type PreferenceSettings, preferenceRecipe } from './settings.ts'

/** A training on preferences as a run: its options hold the settings, where the rows came from, and a hash of them: other votes are another run. */
export type PreferenceWish = Omit<RunWish, 'options'> & {
  options: PreferenceSettings & { preferences: readonly string[]; rows: string }
}

/** The wish for a training. @param sources sessions or files @param student a model of the store, or an address */
export function preferenceWishOf(
  language: Language,
  { rows, method }: Pick<PreferenceRows, 'rows' | 'method'>,
  { sources, student, settings }: { sources: readonly string[]; student: string; settings: PreferenceSettings },
): PreferenceWish {
  return {
    language,
    recipe: method,
    scale: 'small',
    options: { ...settings, preferences: sources, rows: sha256(rows) },
    student,
    teacher: 'raters',
    translator: 'none',
  }
}

/** The words of the command that means a wish: what differs from the defaults is named. */
export function preferenceCommandOf(id: string, wish: PreferenceWish): string[] {
  const { options, student, recipe, language, scale } = wish
  const words = ['endonym', 'train', '--preferences', ...options.preferences, '--student', student, '--method', recipe]
  if (options.preferences.some((source) => source.endsWith('.jsonl'))) words.push('--language', language.bcp47)
  for (const [name, usual] of Object.entries(preferenceRecipe(recipe as Method).defaults(scale))) {
    const value = options[name as keyof PreferenceSettings]
    if (value !== usual) words.push('--set', `${name}=${value}`)
  }
  if (runIdOf(wish) !== id) words.push('--run', id)
  return words
}
