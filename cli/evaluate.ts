import fs from 'node:fs'
import path from 'node:path'
import { EndonymError } from '../core/error.ts'
import { writeText } from '../core/files.ts'
import { sha256File } from '../core/hash.ts'
import { machineWhenNeeded } from '../core/lock.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { resolveLanguage } from '../data/languages.ts'
import { createMemory } from '../data/memory.ts'
import type { Benchmark, Examinee } from '../evaluator/benchmark.ts'
import type { Scoring } from '../evaluator/benchmarks/options.ts'
import { readPrompts } from '../evaluator/benchmarks/template.ts'
import { benchmarkList, evaluationRecipes, makeBenchmarks, promptedBenchmarks } from '../evaluator/benchmarks.ts'
import { prepare } from '../evaluator/evaluate.ts'
import { ggufExaminee, usualContext } from '../evaluator/examinee.ts'
import { openFolder } from '../evaluator/folder.ts'
import { openHub } from '../evaluator/hub.ts'
import { examineAll, sheetOf } from '../evaluator/sheet.ts'
import { openRuntime } from '../models/llama.ts'
import type { Runtime } from '../models/runtime.ts'
import { findModel } from '../models/store.ts'
import { articlesTrainedOn } from '../trainer/trained-on.ts'
import type { Context, Register } from './command.ts'
import { inspectionLines, inspectionText } from './evaluate-inspection.ts'
import { sheetPicture } from './evaluate-picture.ts'
import { sheetText } from './evaluate-text.ts'
import { table } from './table.ts'

type Options = {
  list?: boolean
  language?: string
  benchmark?: string
  recipe?: string
  limit?: string
  shots?: string
  scoring: string
  chatTemplate?: boolean
  prompts?: string
  data?: string
  questions?: string
  context: string
  inspect?: string | true
  picture?: string
}

/** What is measured where nothing else is said: what needs no network. */
const usualBenchmarks = 'udhr-bits,udhr-translation'

const help = `
Benchmarks:
${table(benchmarkList.map(({ name, about }) => [`  ${name}`, about]))}

Examples:
  endonym evaluate smollm2-135m-instruct galego --language gl --benchmark sib-200,belebele --shots 3
  endonym evaluate base student --language gl --recipe kakugo --picture comparison.svg
  endonym evaluate student --language ko --benchmark kobest --limit 100 --inspect rows.jsonl

Data sets come from the Hugging Face hub (HF_ENDPOINT, HF_TOKEN) and are kept for use without a network, or from --data DIR.
docs/benchmarks.md has each benchmark's source, prompt and metric, and what the intervals and tests are.`

const register: Register = (program, action) => {
  program
    .command('evaluate [model...]')
    .description('measure models of the store (or GGUF files) on a language, on the same rows')
    .option('--language <language>', 'what they are measured on')
    .option('--benchmark <names>', `with commas between; --list names them (default: ${usualBenchmarks})`)
    .option(
      '--recipe <name>',
      `a published evaluation in place of --benchmark and --shots: ${Object.keys(evaluationRecipes).join(', ')}`,
    )
    .option('--list', 'list the benchmarks, and end')
    .option('--limit <rows>', 'rows of each benchmark at most')
    .option('--shots <examples>', 'examples before each row (default: 0)')
    .option(
      '--scoring <how>',
      'multiple choice by the likelihood of each choice, or by generated answers',
      'likelihood',
    )
    .option(
      '--chat-template',
      "put the model's chat template around every prompt (default: where answers are a chat's)",
    )
    .option('--no-chat-template', 'put it around none')
    .option('--prompts <file>', 'your own prompts: JSON, benchmark to language (or *) to template')
    .option('--data <dir>', 'read data sets from a folder in place of the hub')
    .option('--questions <file>', 'for answers: a question on each line; for mt-bench: JSONL, or a folder of it')
    .option('--context <tokens>', 'length of the context; longer prompts lose their beginning', String(usualContext))
    .option('--inspect [file]', 'show every prompt, answer and verdict, or write them to a file as JSONL')
    .option('--picture <file>', 'draw the comparison as SVG')
    .addHelpText('after', help)
    .action(
      action(async (context, models: string[], options: Options) => {
        if (options.list) {
          context.print(benchmarkList, table(benchmarkList.map(({ name, about }) => [name, about])))
          return
        }
        if (models.length === 0 || options.language === undefined) {
          throw usage(
            'evaluate takes models and --language: endonym evaluate MODEL --language LANGUAGE. --list lists the benchmarks.',
          )
        }
        const language = resolveLanguage(options.language)
        await context.withStore(async (store) => {
          const trainedOn = await articlesTrainedOn(store, models, language)
          const benchmarks = chosen(context, language, options, trainedOn)
          await evaluate(context, store, { models, language, benchmarks, options })
        })
      }),
    )
}

export default register

async function evaluate(
  context: Context,
  store: Store,
  asked: { models: readonly string[]; language: Language; benchmarks: readonly Benchmark[]; options: Options },
): Promise<void> {
  const { language, options } = asked
  const contextSize = whole('--context', options.context, 64)
  const machine = machineWhenNeeded({ onWait: context.say, signal: context.signal })
  const llama = lazy(async () => {
    await machine.take()
    return await openRuntime()
  })
  const examinees: Examinee[] = []
  for (const model of asked.models) {
    examinees.push(await findExaminee(context, store, { llama: llama.get, name: model, contextSize }))
  }
  const { prepared, skipped } = await prepare(asked.benchmarks, context.signal, context.progress)
  for (const { reason } of skipped) context.say(reason)
  if (prepared.length === 0) {
    throw new EndonymError('nothing_measured', 'No benchmark could be had, so nothing was measured.')
  }
  const { rememberAll } = createMemory(store)
  const examined = await examineAll(prepared, examinees, { ...context, rememberAll }).finally(() =>
    llama.close().finally(machine.release),
  )

  const sheet = sheetOf(prepared, examined)
  const rows = options.inspect === undefined ? [] : inspectionLines(prepared, examined)
  if (typeof options.inspect === 'string') {
    writeText(options.inspect, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    context.say(`${rows.length} rows are in ${options.inspect}.`)
  }
  if (options.picture !== undefined) {
    writeText(options.picture, sheetPicture(sheet, language))
    context.say(`The picture is in ${options.picture}.`)
  }
  const shown = options.inspect === true
  context.print(
    { language: language.iso3, ...sheet, skipped, ...(shown && { inspection: rows }) },
    [sheetText(sheet), ...(shown ? [inspectionText(rows)] : [])].join('\n\n'),
  )
}

function chosen(
  { home }: Context,
  language: Language,
  options: Options,
  trainedOn: (article: string) => boolean,
): Benchmark[] {
  const { recipe, data, questions, chatTemplate } = options
  const published = recipe === undefined ? undefined : evaluationRecipe(recipe, options)
  const names = published?.benchmarks ?? (options.benchmark ?? usualBenchmarks).split(',').map((name) => name.trim())
  if (data !== undefined && !fs.existsSync(data))
    throw usage(`There is no folder ${data}; --data takes one with data sets in it.`)
  const prompts = options.prompts === undefined ? undefined : readPrompts(options.prompts, promptedBenchmarks)
  return makeBenchmarks(names, language, {
    hub: data === undefined ? openHub({ cache: home.cache }) : openFolder(data),
    limit: options.limit === undefined ? Number.POSITIVE_INFINITY : whole('--limit', options.limit, 1),
    shots: published?.shots ?? whole('--shots', options.shots ?? '0', 0),
    scoring: scoringOf(options.scoring),
    questions,
    chatTemplate,
    prompts,
    except: trainedOn,
  })
}

function evaluationRecipe(name: string, { benchmark, shots }: Options) {
  const recipe = Object.hasOwn(evaluationRecipes, name) ? evaluationRecipes[name] : undefined
  if (!recipe) {
    throw usage(`There is no evaluation recipe "${name}". There are ${Object.keys(evaluationRecipes).join(', ')}.`)
  }
  if (benchmark === undefined && shots === undefined) return recipe
  throw usage(
    `--recipe ${name} is ${recipe.benchmarks.join(', ')} with ${recipe.shots} examples, so it does not go with ${benchmark === undefined ? '--shots' : '--benchmark'}.`,
  )
}

function scoringOf(name: string): Scoring {
  if (name === 'likelihood' || name === 'generate') return name
  throw usage(`--scoring takes likelihood or generate, not "${name}".`)
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value
  throw usage(`${option} takes a whole number from ${least} on, not "${text}".`)
}

const usage = (sentence: string) => new EndonymError('usage', sentence, { exitCode: 2 })

/** A model of the store by its name (an adapter on its base), or a GGUF file by its path. */
async function findExaminee(
  { home, signal }: Context,
  store: Store,
  { llama, name, contextSize }: { llama: () => Promise<Runtime>; name: string; contextSize: number },
): Promise<Examinee> {
  const stored = fs.existsSync(name) && /\.gguf$/i.test(name) ? undefined : await findModel({ home, store }, name)
  const adapter = stored?.role === 'adapter' ? stored : undefined
  if (adapter && adapter.base === null) {
    throw new EndonymError('adapter_without_base', `"${name}" is an adapter, and its base is not known.`)
  }
  const model = adapter ? await findModel({ home, store }, adapter.base ?? '') : stored
  const file = model?.file ?? name
  const hash = model?.sha256 ?? (await sha256File(file))
  return ggufExaminee(
    llama,
    { name: stored?.name ?? path.basename(name), file, sha256: hash, ...(adapter && { adapter }) },
    signal,
    { contextSize },
  )
}

/** llama.cpp, started when the first model is needed: what is remembered needs none. */
function lazy(open: () => Promise<Runtime>): { get(): Promise<Runtime>; close(): Promise<void> } {
  let opened: Promise<Runtime> | undefined
  return {
    get: () => {
      opened ??= open()
      return opened
    },
    close: async () => (await opened)?.dispose(),
  }
}
