import { InvalidArgumentError } from 'commander'
import { resolveLanguage } from '../data/languages.ts'
import { openRuntime } from '../models/llama.ts'
import { defaultStudent } from '../models/sources.ts'
import { appraise } from '../trainer/appraise.ts'
import { makeData, type RunWish, withRun } from '../trainer/distill.ts'
import { installPython } from '../trainer/engines/trl/environment.ts'
import { proveStudent } from '../trainer/prove.ts'
import { type Scale, scales } from '../trainer/recipe.ts'
import { recipeOf, settingsOf } from '../trainer/recipes.ts'
import { convertStudent, trainStudent } from '../trainer/student.ts'
import { openTranslator } from '../trainer/translators.ts'
import type { Register } from './command.ts'

const register: Register = (program, action) => {
  program
    .command('distill <language>')
    .description(
      'teach a small model a language: data, training, quantisation, evaluation and report, to a model that can be served',
    )
    .option('--recipe <name>', 'the published method', 'sdrrl')
    .option('--scale <scale>', `size of the run: ${scales.join(', ')}`, parseScale, 'demo')
    .option('--student <address>', 'model to teach: a name, hf:owner/repo, or a GGUF file', defaultStudent.name)
    .option('--translator <which>', 'apertium, or the address of an APy server', 'apertium')
    .option('--set <name=value>', 'override one setting of the recipe; may be repeated', collect, [])
    .option('--run <name>', 'name of the run (default: made of the settings)')
    .action(
      action(async (context, query: string, options: Options) => {
        const language = resolveLanguage(query)
        const recipe = recipeOf(options.recipe)
        const wish: RunWish = {
          language,
          recipe: recipe.name,
          scale: options.scale,
          options: settingsOf(recipe, options.scale, options.set),
          student: options.student,
          teacher: 'self',
          translator: options.translator,
        }
        const rich = resolveLanguage('eng')
        const translator = await openTranslator(options.translator)
        if (!translator.supports(rich, language)) translator.translate('', rich, language)
        await installPython(context.home, context)
        await context.withStore(async (store) => {
          const runtime = await openRuntime()
          const deps = { ...context, store, runtime, recipe, rich, openTranslator: async () => translator }
          const result = await withRun(wish, options.run, deps, async (run) => {
            context.say(`Run ${run.id}`)
            const data = await makeData(run)
            const training = await trainStudent(run, data)
            const models = await convertStudent(run, training)
            const proof = await proveStudent(run, models)
            const evaluation = await appraise(run, models)
            return { run: run.id, data, training, models, proof, evaluation }
          })
          await runtime.dispose()
          context.print(result, JSON.stringify(result, null, 1))
        })
      }),
    )
}

export default register

type Options = { recipe: string; scale: Scale; student: string; translator: string; set: string[]; run?: string }

function parseScale(value: string): Scale {
  const scale = scales.find((known) => known === value)
  if (!scale) throw new InvalidArgumentError(`It is one of ${scales.join(', ')}.`)
  return scale
}

const collect = (value: string, list: string[]) => [...list, value]
