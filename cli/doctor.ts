import { EndonymError } from '../core/error.ts'
import type { Home } from '../core/home.ts'
import { checkUpstreams } from '../server/upstreams/doctor.ts'
import type { Check } from '../trainer/setup/check.ts'
import { checkAll } from '../trainer/setup/checks.ts'
import { setUp } from '../trainer/setup/setup.ts'
import type { Register } from './command.ts'

/** `endonym doctor`: what this machine has and lacks; with `--fix`, the whole set-up. */
const register: Register = (program, action) => {
  program
    .command('doctor')
    .description('what this machine has and lacks, each with the command that mends it')
    .option('--fix', 'bring what is missing: Python environment, default student, translator')
    .option('--tests', 'also what the tests need')
    .action(
      action(async (context, { fix = false, tests = false }: { fix?: boolean; tests?: boolean }) => {
        const checks = fix ? await setUp(context, { tests }) : await lookEverywhere(context.home, tests)
        const missing = checks.filter(({ state }) => state === 'missing')
        const ready = missing.length === 0
        context.print({ ready, checks }, drawn(checks, ready))
        if (ready) return
        const names = missing.map(({ name }) => name).join(', ')
        throw new EndonymError('not_ready', `This machine is not ready yet; it lacks ${names}.`)
      }),
    )
}

export default register

/** On this machine, and where its models live besides. */
async function lookEverywhere(home: Home, tests: boolean): Promise<Check[]> {
  const [here, elsewhere] = await Promise.all([checkAll(home, { tests }), checkUpstreams(home)])
  return [...here, ...elsewhere]
}

const marks = { ok: '✓', missing: '✗', 'optional-missing': '–' } as const

function drawn(checks: readonly Check[], ready: boolean): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.flatMap(({ name, state, says, mend }) => [
    `${marks[state]} ${name.padEnd(width)}  ${says}`,
    ...(mend && state !== 'ok' ? [`${' '.repeat(width + 4)}→ ${mend}`] : []),
  ])
  return [...lines, ...(ready ? ['Everything that is needed is here.'] : [])].join('\n')
}
