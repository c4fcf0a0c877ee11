import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { EndonymError } from './error.ts'

/** Where everything lives that Endonym keeps: database, models, runs, caches and the Python environment. */
export type Home = {
  dir: string
  /** SQLite database (WAL). */
  database: string
  /** GGUF files by their SHA-256. */
  models: string
  /** One folder a run: its report card, pictures and intermediate files. */
  runs: string
  /** Downloads and other things that can be made again. */
  cache: string
  /** The Python virtual environment in which TRL trains. */
  python: string
}

/**
 * Opens (and makes, where it is missing) the folder that holds Endonym's state.
 *
 * @param dir `--home`; else `ENDONYM_HOME`; else `~/.endonym`.
 * @throws EndonymError `home_unusable` when it cannot be made or written.
 * @example const home = openHome()
 */
export function openHome(dir?: string): Home {
  const root = path.resolve(dir ?? process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym'))
  const home: Home = {
    dir: root,
    database: path.join(root, 'endonym.db'),
    models: path.join(root, 'models'),
    runs: path.join(root, 'runs'),
    cache: path.join(root, 'cache'),
    python: path.join(root, 'python'),
  }
  try {
    for (const folder of [root, home.models, home.runs, home.cache]) fs.mkdirSync(folder, { recursive: true })
    fs.accessSync(root, fs.constants.W_OK)
  } catch (cause) {
    throw new EndonymError(
      'home_unusable',
      `Endonym cannot write to its folder ${root}. Choose another with --home DIR or ENDONYM_HOME.`,
      { cause },
    )
  }
  return home
}
