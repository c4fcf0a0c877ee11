import fs from 'node:fs'
import { EndonymError, messageOf } from '../../core/error.ts'
import type { Home } from '../../core/home.ts'
import { run } from '../../core/process.ts'
import { openStore } from '../../data/database.ts'
import { openHub } from '../../evaluator/hub.ts'
import { defaultStudent, defaultStudentFile } from '../../models/sources.ts'
import { listModels } from '../../models/store.ts'
import { findPython, isPythonReady } from '../engines/trl/environment.ts'
import { type Check, type CheckOptions, fixCommand, lacksPackages } from './check.ts'
import { checkMachine } from './machine.ts'
import { findChromium } from './programs.ts'

/** Apertium with the pair of the demo. */
const apertiumPackages = ['apertium', 'apertium-en-gl'] as const

/** How long other machines are waited for, in milliseconds. */
const patience = 2500

/**
 * Looks for everything that Endonym uses on this machine, in the order in which it is needed. Takes about a second; changes nothing but makes the database where there is none.
 *
 * @example const lacking = (await checkAll(home)).filter(({ state }) => state === 'missing')
 */
export async function checkAll(home: Home, options: CheckOptions = {}): Promise<Check[]> {
  const { tests = false, network = true } = options
  const environment = isPythonReady(home, { tests })
  const student = hasStudent(home)
  const checks = await Promise.all([
    checkMachine(home, environment && student),
    checkGit(),
    checkPython({ environment, student }),
    checkEnvironment(home, environment, tests),
    checkStudent(student),
    checkTranslator(),
    checkDatabase(home),
    ...(network ? [checkHub(home)] : []),
    ...(tests ? [checkChromium()] : []),
  ])
  return checks.flat()
}

/** Whether the default student's file is there, whole as far as its length tells; its SHA-256 was checked when it came. */
function hasStudent(home: Home): boolean {
  return fs.statSync(defaultStudentFile(home), { throwIfNoEntry: false })?.size === defaultStudent.bytes
}

async function checkGit(): Promise<Check> {
  const name = 'git'
  const version = await versionOf('git', ['--version'])
  return version
    ? { name, state: 'ok', says: `${version}.` }
    : lacksPackages(name, 'git is not installed; it unpacks the converters of llama.cpp.', ['git'])
}

/** A Python that can make the environment and fetch the student; of one that has done both nothing more is asked. */
async function checkPython(done: { environment: boolean; student: boolean }): Promise<Check> {
  const name = 'python'
  const wanted = [...(done.environment ? [] : ['venv', 'ensurepip']), ...(done.student ? [] : ['pip'])]
  try {
    const program = await findPython()
    const script = `import sys, importlib.util as u\nprint(sys.version.split()[0], *[m for m in sys.argv[1:] if not u.find_spec(m)])`
    const { stdout } = await run(program, ['-c', script, ...wanted])
    const [version, ...lacking] = stdout.trim().split(' ')
    if (lacking.length === 0) return { name, state: 'ok', says: `Python ${version}.` }
    const packages = [
      ...(lacking.some((module) => module !== 'pip') ? ['python3-venv'] : []),
      ...(lacking.includes('pip') ? ['python3-pip'] : []),
    ]
    return lacksPackages(name, `Python ${version} lacks its modules ${lacking.join(' and ')}.`, packages)
  } catch (error) {
    if (error instanceof EndonymError && error.code === 'python_missing')
      return lacksPackages(name, 'There is no Python from 3.11 on; it trains.', ['python3-venv', 'python3-pip'])
    return { name, state: 'missing', says: messageOf(error) }
  }
}

function checkEnvironment(home: Home, ready: boolean, tests: boolean): Check {
  const name = 'training'
  if (ready) return { name, state: 'ok', says: `TRL and PyTorch are in ${home.python}.` }
  const half = isPythonReady(home)
  return {
    name,
    state: 'missing',
    says: half
      ? 'The Python environment lacks what the tests compare with.'
      : 'The Python environment in which TRL trains is not made yet (1.5 GB).',
    mend: fixCommand(tests),
  }
}

function checkStudent(there: boolean): Check {
  const name = 'student'
  return there
    ? { name, state: 'ok', says: `${defaultStudent.name}, the default student.` }
    : {
        name,
        state: 'missing',
        says: `The default student, ${defaultStudent.name}, is not here yet (93 MB).`,
        mend: `endonym models pull ${defaultStudent.name}`,
      }
}

async function checkTranslator(): Promise<Check> {
  const name = 'translator'
  const listed = await versionOf('apertium', ['-l'])
  if (listed === undefined) {
    return lacksPackages(
      name,
      'Apertium is not installed; an APy server (--translator http://HOST:2737) does as well.',
      apertiumPackages,
    )
  }
  const pairs = listed.split(/\s+/).filter(Boolean)
  if (!pairs.includes('en-gl')) {
    const others = pairs.length > 0 ? `knows ${pairs.join(', ')}, but` : 'knows no language, and'
    return lacksPackages(name, `Apertium ${others} the demo needs en-gl.`, apertiumPackages)
  }
  return { name, state: 'ok', says: `Apertium translates ${pairs.join(', ')}.` }
}

async function checkDatabase(home: Home): Promise<Check> {
  const name = 'database'
  try {
    const store = await openStore(home.database)
    try {
      const models = (await listModels(store)).length
      const { runs } = await store
        .selectFrom('runs')
        .select((eb) => eb.fn.countAll<number>().as('runs'))
        .executeTakeFirstOrThrow()
      return { name, state: 'ok', says: `${home.database}: ${count(models, 'model')}, ${count(runs, 'run')}.` }
    } finally {
      await store.destroy()
    }
  } catch (error) {
    return { name, state: 'missing', says: messageOf(error), mend: 'endonym --home DIR doctor' }
  }
}

async function checkHub(home: Home): Promise<Check> {
  const name = 'hub'
  const { endpoint } = openHub({ cache: home.cache })
  try {
    await fetch(endpoint, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(patience) })
    return { name, state: 'ok', says: `${endpoint} answers.` }
  } catch {
    return {
      name,
      state: 'optional-missing',
      says: `${endpoint} does not answer: reports go without SIB-200 and FLORES, and hf: addresses cannot be pulled.`,
      mend: 'export HF_ENDPOINT=https://HUB',
    }
  }
}

function checkChromium(): Check {
  const name = 'chromium'
  const file = findChromium()
  return file
    ? { name, state: 'ok', says: `${file}.` }
    : lacksPackages(name, 'There is no Chromium, which the tests of the pages drive.', ['chromium'])
}

/** What a program prints about itself; undefined where there is none, or where it does not work. */
async function versionOf(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(program, args)
    return code === 0 ? stdout.trim() : undefined
  } catch (error) {
    if (error instanceof EndonymError && error.code === 'program_missing') return undefined
    throw error
  }
}

const count = (number: number, what: string) => `${number} ${what}${Number(number) === 1 ? '' : 's'}`
