import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import { type Command, InvalidArgumentError } from 'commander'
import { EndonymError } from '../core/error.ts'
import { writeError } from '../core/files.ts'
import {
  describeRun,
  findRun,
  type HistoryDeps,
  listRuns,
  type RunSummary,
  removeRun,
  trainingLines,
} from '../trainer/history.ts'
import { rowLineage, sampleExamples, traceExample } from '../trainer/lineage.ts'
import { headerOf, importRecording, recordingOf } from '../trainer/recording.ts'
import type { Action, Context, Register } from './command.ts'
import { detailText, exampleText, listText, rowText, traceText } from './runs-text.ts'

type Options = {
  examples?: string | true
  limit: number
  trace?: string
  example?: number
  export?: string
  exportMemory?: string
  importMemory?: string
}

/** `endonym runs [id]`: what ran, what it cost, and where each example came from. */
const register: Register = (program, action) => {
  const runs = program
    .command('runs [id]')
    .description('what ran, what it cost, where each example came from and why others were dropped')
    .option('--examples [step]', 'show some examples that were kept and dropped, of every step or of one')
    .option('--limit <n>', 'how many of each', wholeNumber, 3)
    .option('--trace <example>', 'show where an example came from, back to its question')
    .option('--example <n>', 'the n-th row that is trained on, with everything that it was made from', wholeNumber)
    .option('--export <file>', 'write the training rows as JSONL in the chat format; - for standard output')
    .option(
      '--export-memory <file>',
      'write what teachers and translators answered, as a recording (.gz: compressed); - for standard output',
    )
    .option('--import-memory <file>', 'put a recording back: what it answers is not asked again')
    .action(
      action(async (context, id: string | undefined, options: Options) => {
        await context.withStore(async (store) => {
          const deps = { home: context.home, store }
          if (options.importMemory !== undefined) return importMemory(context, deps, options.importMemory)
          if (id !== undefined) return showRun(context, deps, await findRun(deps, id), options)
          const needs = (['examples', 'trace', 'example', 'export', 'exportMemory'] as const).find(
            (name) => options[name] !== undefined,
          )
          if (needs !== undefined) {
            throw new EndonymError(
              'usage',
              'Name the run that it is about: endonym runs <id>. "endonym runs" lists them.',
              {
                exitCode: 2,
              },
            )
          }
          const list = await listRuns(deps)
          context.print(list, listText(list))
        })
      }),
    )
  registerRemove(runs, action)
}

export default register

function registerRemove(runs: Command, action: Action): void {
  runs
    .command('rm <id>')
    .description('forget a run: its rows and its folder; its models and what was answered are kept')
    .action(
      action(async (context, id: string) => {
        await context.withStore(async (store) => {
          const deps = { home: context.home, store }
          const run = await findRun(deps, id)
          const { examples } = await removeRun(deps, run.id)
          context.print(
            { run: run.id, examples },
            `Removed the run ${run.id}: ${examples.toLocaleString('en')} examples and its folder. Its models are kept (endonym models), and so is what teachers and translators answered.`,
          )
        })
      }),
    )
}

async function showRun(context: Context, deps: HistoryDeps, run: RunSummary, options: Options): Promise<void> {
  const { store } = deps
  if (options.trace !== undefined) {
    const traced = await traceExample(store, run.id, options.trace)
    return context.print(traced, traceText(traced))
  }
  if (options.example !== undefined) {
    const row = await rowLineage(store, run.id, options.example)
    return context.print(row, rowText(row))
  }
  if (options.examples !== undefined) {
    const { examples: step, limit } = options
    const examples = await sampleExamples(store, run.id, { limit, ...(step !== true && { step }) })
    return context.print(examples, examples.map(exampleText).join('\n\n') || 'It has no examples yet.')
  }
  if (options.export !== undefined || options.exportMemory !== undefined) {
    const rows =
      options.export !== undefined && (await writeLines(context, options.export, trainingLines(store, run.id)))
    const memory =
      options.exportMemory !== undefined &&
      (await writeLines(context, options.exportMemory, recordingOf(store, run.id), await headerOf(store, run.id)))
    const written = Object.entries({ ...(rows && { rows }), ...(memory && { memory }) })
    const said = written.map(
      ([what, { file, lines }]) =>
        `Wrote ${lines.toLocaleString('en')} lines to ${file === '-' ? 'standard output' : file} (${what}).`,
    )
    // What went to standard output is the result; nothing may be mixed into it.
    if (options.export === '-' || options.exportMemory === '-') for (const line of said) context.say(line)
    else context.print({ run: run.id, ...Object.fromEntries(written) }, said.join('\n'))
    return
  }
  const detail = await describeRun(deps, run)
  context.print(detail, detailText(detail))
}

async function importMemory(context: Context, { store }: HistoryDeps, file: string): Promise<void> {
  const { lines, added } = await importRecording(store, file, { signal: context.signal })
  const known = lines - added
  const rest = known > 0 ? `; ${known.toLocaleString('en')} were known already` : ''
  context.print(
    { file, lines, added },
    `Took ${added.toLocaleString('en')} of ${lines.toLocaleString('en')} answers from ${file} into memory${rest}.`,
  )
}

type Written = { file: string; lines: number }

/** Writes values as JSONL behind a header, compressed where the file's name ends so, as fast as the file takes them and in constant memory. A file is whole or not there; undefined where standard output was closed before the end. */
async function writeLines(
  { signal }: Context,
  file: string,
  values: AsyncIterable<unknown>,
  header?: unknown,
): Promise<Written | undefined> {
  let lines = 0
  const text = async function* () {
    if (header !== undefined) yield `${JSON.stringify(header)}\n`
    for await (const value of values) {
      lines++
      yield `${JSON.stringify(value)}\n`
    }
  }
  if (file === '-') {
    // A reader who has seen enough (`| head`) is no failure.
    const read = await pipeline(Readable.from(text()), process.stdout, { signal, end: false }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE') return false
        throw error
      },
    )
    return read ? { file, lines } : undefined
  }
  const whole = path.resolve(file)
  const part = `${whole}.part`
  try {
    const out = fs.createWriteStream(part)
    await (whole.endsWith('.gz')
      ? pipeline(Readable.from(text()), zlib.createGzip({ level: 9 }), out, { signal })
      : pipeline(Readable.from(text()), out, { signal }))
    fs.renameSync(part, whole)
  } catch (error) {
    fs.rmSync(part, { force: true })
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new EndonymError('not_writable', `${file} cannot be written: its folder does not exist.`, {
        cause: error,
        exitCode: 2,
      })
    }
    throw writeError(error, whole)
  }
  return { file: whole, lines }
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}
