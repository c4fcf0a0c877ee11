import { EndonymError } from '../../core/error.ts'
import { run } from '../../core/process.ts'
import type { Progress } from '../../core/progress.ts'
import { installCommand } from './check.ts'
import { findProgram } from './programs.ts'

/** What comes before a command so that root runs it; undefined where this process has no way to be root, or where there is no apt-get. */
async function rootPrefix(): Promise<string[] | undefined> {
  if (!findProgram('apt-get')) return undefined
  if (process.getuid?.() === 0) return []
  if (!findProgram('sudo')) return undefined
  const { code } = await run('sudo', ['-n', 'true'])
  return code === 0 ? ['sudo', '-n'] : undefined
}

/**
 * Installs Debian packages where that can be done without asking for a password.
 *
 * @returns false where it cannot; nothing was tried then.
 * @throws EndonymError `packages_failed`
 */
export async function installPackages(
  packages: readonly string[],
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<boolean> {
  const prefix = await rootPrefix()
  if (!prefix) return false
  let done = 0
  const aptGet = async (...args: string[]) => {
    // Another apt-get, such as a machine's own nightly one, is waited for.
    const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
    const [program = 'env', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...options]
    return await run(program, [...rest, ...args], {
      signal,
      onLine: (line) => {
        const note = /^(?:Get:\d+ \S+ \S+ \S+ (\S+)|(?:Unpacking|Setting up) (\S+))/.exec(line)
        if (note) progress({ stage: 'packages', done: ++done, unit: 'steps', note: note[1] ?? note[2] ?? '' })
      },
    })
  }
  progress({ stage: 'packages', done, unit: 'steps', note: 'reading the list of packages' })
  // What it cannot reach may not be needed: what counts is whether the packages install.
  await aptGet('update')
  const { code, stderr } = await aptGet('install', '-y', '--no-install-recommends', ...packages)
  if (code !== 0) {
    const cause = stderr.split('\n').findLast((line) => line.startsWith('E: '))
    throw new EndonymError(
      'packages_failed',
      `Debian's packages ${packages.join(', ')} could not be installed${cause ? ` (${cause.slice(3)})` : ''}. Mend that, or install them by hand: ${installCommand(packages)}`,
    )
  }
  progress({ stage: 'packages', done, total: done, unit: 'steps' })
  return true
}
