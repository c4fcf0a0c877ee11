import { InvalidArgumentError } from 'commander'
import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { resolveLanguage } from '../data/languages.ts'
import { openRuntime } from '../models/llama.ts'
import { findModel } from '../models/store.ts'
import { runIdOf, withRun } from '../trainer/distill.ts'
import { installPython } from '../trainer/engines/trl/environment.ts'
import { type PreferenceRows, readPreferenceRows } from '../trainer/preferences/rows.ts'
import { type Method, methods, type PreferenceSettings, preferenceRecipe } from '../trainer/preferences/settings.ts'
import { beginningOf } from '../trainer/preferences/student.ts'
import { preferenceWishOf } from '../trainer/preferences/wish.ts'
import { trainOnPreferences } from '../trainer/preferences.ts'
import { settingsOf } from '../trainer/recipes.ts'
import type { Context, Register } from './command.ts'
import { trainText } from './train-text.ts'
import { collect } from './wish.ts'

type Options = {
  preferences: string[]
  student?: string
  method?: Method
  language?: string
  set: string[]
  run?: string
}

const settings = Object.keys(preferenceRecipe('dpo').defaults('small')).join(', ')

/** `endonym train`: from people's votes to a model that answers as they prefer. */
const register: Register = (program, action) => {
  program
    .command('train')
    .description('train a model on what people prefer: votes and corrections of preference sessions')
    .requiredOption(
      '--preferences <what...>',
      'sessions by their ids, or files that "endonym sessions export --as dpo" (or kto) wrote',
    )
    .option('--student <model>', 'model to train (default: the one whose answers were preferred most often)')
    .option(
      '--method <name>',
      'dpo (pairs of answers) or kto (answers that are wanted or not) (default: dpo)',
      readMethod,
    )
    .option('--language <name>', 'what it speaks, where neither a session nor the student says so')
    .option('--set <name=value>', `override one setting, may be repeated: ${settings}`, collect, [])
    .option('--run <name>', 'name of the run (default: made of the settings and the rows)')
    .action(action(train))
}

export default register

async function train(context: Context, options: Options): Promise<void> {
  const sources = options.preferences
  await context.withStore(async (store) => {
    const read = await readPreferenceRows(store, sources, options.method)
    for (const note of read.notes) context.say(note)
    const student = await beginningOf({ ...context, store }, options.student, read.preferred)
    if (student.note !== undefined) context.say(student.note)
    const language = await languageOf({ ...context, store }, options, read, student.name)
    const recipe = preferenceRecipe(read.method)
    const wish = preferenceWishOf(language, read, {
      sources,
      student: student.name,
      settings: settingsOf(recipe, 'small', options.set) as PreferenceSettings,
    })
    const id = options.run ?? runIdOf(wish)
    await installPython(context.home, context)
    const runtime = await openRuntime()
    const deps = {
      ...context,
      store,
      runtime,
      recipe,
      rich: resolveLanguage('eng'),
      openTranslator: () => Promise.reject(new Error('Nothing is translated in a training on preferences.')),
    }
    try {
      context.say(`Run ${id}: ${student.name} learns from ${read.rows.length} rows by ${recipe.paper}.`)
      const result = await withRun(wish, id, deps, (run) => trainOnPreferences(run, read))
      context.print(result, trainText(result))
    } finally {
      await runtime.dispose()
    }
  })
}

/** Of the sessions, else as it was said, else what the student was taught. @throws EndonymError `language_unknown` */
async function languageOf(
  deps: Pick<Context, 'home'> & { store: Store },
  { language: said }: Options,
  { language }: PreferenceRows,
  student: string,
): Promise<Language> {
  if (language) return language
  const taught = said ?? (await findModel(deps, student).catch(() => undefined))?.language
  if (taught) return resolveLanguage(taught)
  throw new EndonymError('usage', `Nothing says which language the rows are in: name it with --language.`, {
    exitCode: 2,
  })
}

function readMethod(text: string): Method {
  const method = methods.find((name) => name === text)
  if (method) return method
  throw new InvalidArgumentError(`It is one of ${methods.join(', ')}.`)
}
