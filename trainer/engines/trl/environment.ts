import fs from 'node:fs'
import path from 'node:path'
import { EndonymError } from '../../../core/error.ts'
import { sha256 } from '../../../core/hash.ts'
import type { Home } from '../../../core/home.ts'
import { withLock } from '../../../core/lock.ts'
import { run } from '../../../core/process.ts'
import type { Progress } from '../../../core/progress.ts'

const here = import.meta.dirname

/** The Python environment in which TRL trains: Endonym's own, so that it disturbs nothing and nothing disturbs it. */
export type PythonEnvironment = {
  python: string
  /** The program `accelerate`, which starts training on as many GPUs as there are. */
  accelerate: string
  /** What every program in it is run with: as many threads as there are cores, and no network. */
  env: NodeJS.ProcessEnv
}

/** The environment under a home, whether or not it has been made. */
export function pythonEnvironment(home: Home, threads: number): PythonEnvironment {
  return {
    python: path.join(home.python, 'bin', 'python'),
    accelerate: path.join(home.python, 'bin', 'accelerate'),
    env: {
      // `accelerate launch` would set 1.
      OMP_NUM_THREADS: String(threads),
      TOKENIZERS_PARALLELISM: 'false',
      HF_HUB_OFFLINE: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
      HF_HOME: path.join(home.cache, 'huggingface'),
      PYTHONUNBUFFERED: '1',
      PYTHONWARNINGS: 'ignore',
    },
  }
}

/** Whether the environment is there, as the requirements of this version describe it. */
export function isPythonReady(home: Home, options: { tests?: boolean } = {}): boolean {
  try {
    return fs
      .readFileSync(path.join(home.python, 'endonym-requirements'), 'utf8')
      .includes(fingerprint(options.tests ?? false))
  } catch {
    return false
  }
}

/**
 * Makes the environment (`python3 -m venv`, then pip with pinned versions), or does nothing where it is there. About 1.5 GB.
 *
 * pip resumes nothing by itself but keeps every finished download in its cache, so an interrupted installation goes on.
 *
 * @param options.tests also what the tests compare with.
 * @throws EndonymError `python_missing`, `python_install_failed`
 */
export async function installPython(
  home: Home,
  options: { tests?: boolean; progress: Progress; signal?: AbortSignal },
): Promise<void> {
  const { tests = false, progress, signal } = options
  if (isPythonReady(home, { tests })) return
  await withLock(
    path.join(home.dir, 'locks', 'python.lock'),
    async () => {
      if (isPythonReady(home, { tests })) return
      const step = { stage: 'python' }
      const program = await findPython()
      progress({ ...step, done: 0, unit: 'packages', note: 'making the environment' })
      const made = await run(program, ['-m', 'venv', home.python], { ...(signal && { signal }) })
      if (made.code !== 0) {
        throw new EndonymError(
          'python_install_failed',
          `Python cannot make a virtual environment in ${home.python}: ${lastLine(made.stdout + made.stderr)} On Debian, "apt-get install python3-venv" brings what it needs.`,
        )
      }
      let packages = 0
      const files = tests ? ['requirements.txt', 'requirements-test.txt'] : ['requirements.txt']
      const installed = await run(
        path.join(home.python, 'bin', 'python'),
        [
          '-m',
          'pip',
          'install',
          '--disable-pip-version-check',
          '--progress-bar',
          'off',
          '-c',
          path.join(here, 'constraints.txt'),
          ...files.flatMap((file) => ['-r', path.join(here, file)]),
        ],
        {
          ...(signal && { signal }),
          onLine: (line) => {
            const name = /^Collecting ([\w.-]+)/.exec(line)?.[1] ?? /^Installing collected packages/.exec(line)?.[0]
            if (name) progress({ ...step, done: ++packages, unit: 'packages', note: name })
          },
        },
      )
      if (installed.code !== 0) {
        const cause =
          installed.stderr
            .split('\n')
            .filter((line) => line.startsWith('ERROR'))
            .at(-1) ?? lastLine(installed.stderr)
        throw new EndonymError(
          'python_install_failed',
          `pip could not install what training needs: ${cause} Check the network (pip's own settings hold for proxies and indexes) and run the same command again; what was fetched is kept.`,
        )
      }
      fs.writeFileSync(
        path.join(home.python, 'endonym-requirements'),
        [fingerprint(false), ...(tests ? [fingerprint(true)] : [])].join('\n'),
      )
      progress({ ...step, done: packages, total: packages, unit: 'packages' })
    },
    {
      wait: true,
      busy: 'Another Endonym process is installing the Python environment; waiting for it.',
      ...(signal && { signal }),
    },
  )
}

function fingerprint(tests: boolean): string {
  const files = ['constraints.txt', 'requirements.txt', ...(tests ? ['requirements-test.txt'] : [])]
  return sha256(files.map((file) => fs.readFileSync(path.join(here, file), 'utf8')).join('\n'))
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''

/** The first Python on this machine that is new enough. @throws EndonymError `python_missing` */
export async function findPython(): Promise<string> {
  for (const program of [process.env.ENDONYM_PYTHON, 'python3', 'python3.13', 'python3.12', 'python3.11']) {
    if (!program) continue
    try {
      const { code } = await run(program, ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))'])
      if (code === 0) return program
    } catch (error) {
      if (!(error instanceof EndonymError) || error.code !== 'program_missing') throw error
    }
  }
  throw new EndonymError(
    'python_missing',
    'Training needs Python 3.11 or newer and none was found. Install it (on Debian: apt-get install python3-venv), or name one in ENDONYM_PYTHON.',
  )
}
