import type { Command } from 'commander'
import { type Home, openHome } from '../core/home.ts'
import type { Progress } from '../core/progress.ts'
import { openStore, type Store } from '../data/database.ts'
import { findLanguageModel, useLanguageModel } from '../evaluator/language-model.ts'
import { drawProgress } from './progress.ts'

/** What every command is given: the person's wishes that hold for all commands, and how to speak to them. */
export type Context = {
  home: Home
  /** `--json`: one JSON document on standard output, everything else on standard error. */
  json: boolean
  /** Fires on Ctrl-C; work stops cleanly at the next point where nothing is lost. */
  signal: AbortSignal
  /** A bar on a terminal, a line now and then elsewhere; on standard error. */
  progress: Progress
  /** A sentence for the person, on standard error. */
  say(sentence: string): void
  /** The command's result: `value` with `--json`, else `text`. Called once. */
  print(value: unknown, text: string): void
  /** Opens the database and closes it when `work` ends. */
  withStore<T>(work: (store: Store) => Promise<T>): Promise<T>
}

/** A command's file exports one of these as its default: it adds itself to the program. `action` wraps what is run with the context. */
export type Register = (program: Command, action: Action) => void

export type Action = <Args extends unknown[]>(
  run: (context: Context, ...args: Args) => Promise<void>,
) => (...args: Args) => Promise<void>

/** Makes `action` for a program whose root has the options `--home` and `--json`. */
export function createAction(program: Command, signal: AbortSignal): Action {
  return (run) =>
    async (...args) => {
      const { home: dir, json = false, lidModel } = program.opts<{ home?: string; json?: boolean; lidModel?: string }>()
      const home = openHome(dir)
      useLanguageModel(lidModel ?? findLanguageModel(home.models))
      const progress = drawProgress(process.stderr)
      const context: Context = {
        home,
        json,
        signal,
        progress: progress.report,
        say: (sentence) => progress.say(sentence),
        print: (value, text) => {
          progress.end()
          process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text.endsWith('\n') ? text : `${text}\n`)
        },
        withStore: async (work) => {
          const store = await openStore(home.database)
          try {
            return await work(store)
          } finally {
            await store.destroy()
          }
        },
      }
      try {
        await run(context, ...args)
      } finally {
        progress.end()
      }
    }
}
