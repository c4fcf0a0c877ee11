import path from 'node:path'
import { EndonymError } from '../../core/error.ts'
import type { Home } from '../../core/home.ts'
import { withLock } from '../../core/lock.ts'
import type { Progress } from '../../core/progress.ts'
import { openStore } from '../../data/database.ts'
import { defaultStudent, pullModel } from '../../models/sources.ts'
import { installPython } from '../engines/trl/environment.ts'
import { type Check, type CheckOptions, installCommand } from './check.ts'
import { checkAll } from './checks.ts'
import { installPackages } from './debian.ts'

export type SetUpDeps = { home: Home; progress: Progress; say(sentence: string): void; signal: AbortSignal }

/**
 * Brings what is missing: Debian's packages where this process may install them (otherwise it says which), the Python environment, the default student.
 *
 * Safe to repeat: what is there is left alone, and what was cut off goes on.
 *
 * @returns how things stand afterwards
 * @throws EndonymError `disk_full`, `packages_failed`, and what `installPython` and `pullModel` throw
 */
export async function setUp(deps: SetUpDeps, { tests = false }: Pick<CheckOptions, 'tests'> = {}): Promise<Check[]> {
  const { home, say, signal } = deps
  return await withLock(path.join(home.dir, 'locks', 'setup.lock'), () => setUpAlone(deps, tests), {
    wait: true,
    busy: 'Waiting for another Endonym process to finish its set-up.',
    onWait: say,
    signal,
  })
}

async function setUpAlone({ home, progress, say, signal }: SetUpDeps, tests: boolean): Promise<Check[]> {
  const options = { tests, network: false }
  const checks = await checkAll(home, options)
  const lacking = checks.filter(({ state }) => state === 'missing')
  if (lacking.length === 0) return checks
  const disk = lacking.find(({ name }) => name === 'disk')
  if (disk) throw new EndonymError('disk_full', `${disk.says} Make room, or choose another folder with --home DIR.`)
  const packages = [...new Set(lacking.flatMap((check) => check.packages ?? []))]
  if (packages.length > 0) {
    say(`Installing ${packages.join(', ')}.`)
    if (!(await installPackages(packages, { progress, signal })))
      say(`Only an administrator can install ${packages.join(', ')}; on Debian and Ubuntu: ${installCommand(packages)}`)
  }
  await installPython(home, { tests, progress, signal })
  const store = await openStore(home.database)
  try {
    await pullModel({ home, store, onWait: say }, defaultStudent.name, { progress, signal })
  } finally {
    await store.destroy()
  }
  return await checkAll(home, options)
}
