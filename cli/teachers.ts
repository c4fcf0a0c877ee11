import { EndonymError } from '../core/error.ts'
import { writeText } from '../core/files.ts'
import type { Store } from '../data/database.ts'
import { resolveLanguage } from '../data/languages.ts'
import { priceOf } from '../data/prices.ts'
import { openRuntime } from '../models/llama.ts'
import { defaultStudent } from '../models/sources.ts'
import { listModels } from '../models/store.ts'
import { heldToBudget } from '../trainer/budget.ts'
import { runIdOf, withRun } from '../trainer/distill.ts'
import { installPython } from '../trainer/engines/trl/environment.ts'
import { type Scale, scales } from '../trainer/recipe.ts'
import { scoreTeachers } from '../trainer/score/score.ts'
import { polyglotScoreRecipe, strategies } from '../trainer/score/settings.ts'
import { type Endpoint, parseCandidate, parseCandidates } from '../trainer/score/teachers.ts'
import { type ScoreParts, scoreWishOf } from '../trainer/score/wish.ts'
import type { Teacher } from '../trainer/teacher.ts'
import { openaiTeacher } from '../trainer/teachers/openai.ts'
import type { Context, Register } from './command.ts'
import { scorePicture } from './teachers-picture.ts'
import { scoreText, teachersText } from './teachers-text.ts'
import { collect, parseAmount, parseCount, parseScale } from './wish.ts'

type Options = ScoreParts & {
  language: string
  scale: Scale
  student: string
  set: string[]
  limit?: number
  budget?: number
  picture?: string
}

const help = `
A teacher is a model of the store, a GGUF file, an address that "endonym models pull" takes, or an endpoint's model as URL#model.

Examples:
  endonym teachers score --language gl --teachers smollm2-135m-instruct,qwen3-0.6b-q8_0
  endonym teachers score --language eu --teachers http://127.0.0.1:11434/v1#gemma3:27b,http://127.0.0.1:11434/v1#aya-expanse:32b --judge https://api.example.org/v1#judge
  endonym teachers score --language gl --teachers a,b --strategies translate,respond --reference qwen3-4b --picture teachers.svg

docs/teachers.md says what is measured and how to read it.`

/** `endonym teachers`: which models can teach, and which should. */
const register: Register = (program, action) => {
  const teachers = program.command('teachers').description('which model should teach a language: list, score')

  teachers
    .command('list', { isDefault: true })
    .description('the models of the store that can be a teacher')
    .action(
      action(async (context) => {
        const models = (await context.withStore(listModels)).filter(({ role }) => role !== 'adapter')
        context.print(models, teachersText(models))
      }),
    )

  teachers
    .command('score')
    .description(
      'compare teachers by the Polyglot Score: their data by themselves, and what short students gain from them',
    )
    .requiredOption('--language <language>', 'what they are to teach')
    .requiredOption('--teachers <names>', 'with commas between; see below')
    .option('--student <address>', 'model that is taught', defaultStudent.name)
    .option('--scale <scale>', `size: ${scales.join(', ')}`, parseScale, 'demo')
    .option('--set <name=value>', settingsHelp(), collect, [])
    .option('--strategies <names>', `of ${strategies.join(', ')} (default: all)`)
    .option('--judge <teacher>', 'who scores the responses (default: for each teacher, the next one in the list)')
    .option('--embedder <address>', 'GGUF model whose embeddings tell texts apart (default: the student)')
    .option('--reference <address>', 'a model that is better at the language: gives PGR and the Polyglot Score')
    .option(
      '--benchmark <names>',
      'held-out tasks (default: global-mmlu-lite and mgsm-direct; else belebele and sib-200; else udhr-bits)',
    )
    .option('--limit <rows>', 'rows of each benchmark at most', parseCount)
    .option('--data <dir>', 'read data sets from a folder in place of the hub')
    .option('--seeds <file>', 'English prompts: lines, or JSONL of messages (default: the questions that ship)')
    .option('--prompts <file>', "prompts in the language, a line each (default: each teacher's own translations)")
    .option('--budget <amount>', 'stop before the endpoints together have cost more than this', parseAmount)
    .option('--picture <file>', 'draw the comparison as SVG')
    .addHelpText('after', help)
    .action(action(score))
}

export default register

const settingsHelp = () =>
  `override one setting, may be repeated: ${Object.keys(polyglotScoreRecipe.defaults('demo')).join(', ')}`

async function score(context: Context, options: Options): Promise<void> {
  const { language: query, scale, student, set, limit, budget, picture, ...parts } = options
  const language = resolveLanguage(query)
  const wish = scoreWishOf(language, { scale, student, set, limit, parts })
  const endpoints = openEndpoints(context, options)
  await context.withStore(async (store) => {
    await installPython(context.home, context)
    const runtime = await openRuntime()
    const deps = {
      ...context,
      store,
      runtime,
      recipe: polyglotScoreRecipe,
      rich: resolveLanguage('eng'),
      openTranslator: () => Promise.reject(new Error('Teachers translate for themselves.')),
    }
    try {
      context.say(`Run ${runIdOf(wish)}: teachers of ${language.name} by ${polyglotScoreRecipe.paper}.`)
      const openEndpoint = (endpoint: Endpoint) => endpoints(endpoint, { store, run: runIdOf(wish) })
      const result = await withRun(wish, undefined, deps, (run) => scoreTeachers({ ...run, wish, openEndpoint }))
      if (picture !== undefined) {
        writeText(picture, scorePicture(result))
        context.say(`The picture is in ${picture}.`)
      }
      context.print(result, scoreText(result))
    } finally {
      await runtime.dispose()
    }
  })
}

/**
 * Opens the endpoints among the teachers and judges, each with its price, all held to one budget.
 *
 * @throws EndonymError `usage` where their prices are in several currencies; from what is returned what `heldToBudget` throws.
 */
function openEndpoints({ home, say }: Context, { teachers, judge, budget }: Options) {
  const candidates = [...parseCandidates(teachers), ...(judge === undefined ? [] : [parseCandidate(judge)])]
  const named = candidates.flatMap(({ endpoint }) => endpoint ?? [])
  const open = ({ url, model }: Endpoint) => {
    const price = priceOf(home, url, model)
    return openaiTeacher({ baseURL: url, model, say, ...(price && { price }) })
  }
  const opened = named.map(open)
  const currencies = new Set(opened.flatMap(({ price }) => price?.currency ?? []))
  if (budget !== undefined && currencies.size > 1) {
    throw new EndonymError(
      'usage',
      `The teachers are paid in ${[...currencies].join(' and ')}, so one budget cannot hold them. Write their prices in one currency into prices.json in Endonym's home.`,
      { exitCode: 2 },
    )
  }
  const names = [...new Set(opened.map(({ name }) => name))]
  return async (endpoint: Endpoint, { store, run }: { store: Store; run: string }): Promise<Teacher> =>
    budget === undefined ? open(endpoint) : heldToBudget(open(endpoint), budget, { store, run, teachers: names })
}
