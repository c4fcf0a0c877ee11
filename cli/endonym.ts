import { Command, CommanderError } from 'commander'
import { EndonymError } from '../core/error.ts'
import bot from './bot.ts'
import chat from './chat.ts'
import { createAction, type Register } from './command.ts'
import distill from './distill.ts'
import doctor from './doctor.ts'
import evaluate from './evaluate.ts'
import speaks from './interface.ts'
import keys from './keys.ts'
import languages from './languages.ts'
import models from './models.ts'
import plan from './plan.ts'
import quantize from './quantize.ts'
import runs from './runs.ts'
import serve from './serve.ts'
import sessions from './sessions.ts'
import teachers from './teachers.ts'
import train from './train.ts'

/** The commands in the order in which help lists them; each is a file of its own that registers itself. */
const commands: Register[] = [
  languages,
  plan,
  distill,
  teachers,
  runs,
  evaluate,
  quantize,
  serve,
  sessions,
  train,
  bot,
  speaks,
  keys,
  chat,
  models,
  doctor,
]

const program = new Command('endonym')
  .description("From a language's name to a chat model that speaks it.")
  .option('--home <dir>', 'where Endonym keeps its state (default: ENDONYM_HOME, else ~/.endonym)')
  .option(
    '--lid-model <file>',
    'fastText model to tell languages apart by (default: one in the folder models of the home)',
  )
  .option('--json', 'print one JSON document on standard output')
  .showSuggestionAfterError()
  .exitOverride()

const interrupt = new AbortController()
const stopped = new EndonymError('stopped', 'Stopped. Run the same command again to go on.')
process.on('SIGINT', () => {
  if (interrupt.signal.aborted) process.exit(130)
  process.stderr.write(
    '\nStopping. Press Ctrl-C again to stop at once; nothing that was finished is lost either way.\n',
  )
  interrupt.abort(stopped)
})
process.on('SIGTERM', () => interrupt.abort(stopped))

for (const register of commands) register(program, createAction(program, interrupt.signal))

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Says what went wrong, for a person, and gives the exit code: 1 for work that failed, 2 for wrong usage. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof EndonymError) {
    process.stderr.write(`endonym: ${error.message}\n`)
    return error.exitCode
  }
  process.stderr.write(
    `endonym: this is a defect of Endonym, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return 1
}
