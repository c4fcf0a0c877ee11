import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createAction } from '../../cli/command.ts'
import doctor from '../../cli/doctor.ts'
import { openHome } from '../../core/home.ts'
import type { Check } from '../../trainer/setup/check.ts'
import { processorOf } from '../../trainer/setup/machine.ts'

let folder: string
/** A folder for the programs of a machine that has little. */
let bin: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'doctor-'))
  bin = path.join(folder, 'bin')
  fs.mkdirSync(bin)
})
afterEach(() => {
  vi.unstubAllEnvs()
  fs.rmSync(folder, { recursive: true })
})

type Outcome = { out: string; err: string; error: unknown; seconds: number }

/** Runs the command as `endonym` does, and gives what it wrote and threw. */
async function endonym(...args: string[]): Promise<Outcome> {
  const program = new Command('endonym').option('--home <dir>').option('--json').exitOverride()
  doctor(program, createAction(program, new AbortController().signal))
  const written = { out: '', err: '' }
  const spies = (['out', 'err'] as const).map((name) =>
    vi.spyOn(process[`std${name}`], 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    }),
  )
  const started = performance.now()
  try {
    const error = await program.parseAsync(args, { from: 'user' }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    return { ...written, error, seconds: (performance.now() - started) / 1000 }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

function checksOf({ out }: Outcome): Record<string, Check> {
  const { checks } = JSON.parse(out) as { checks: Check[] }
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

const emptyHome = () => ['--home', path.join(folder, 'home')]

/** A machine whose only programs are these scripts. */
function machineWith(programs: Record<string, string>): void {
  for (const [name, body] of Object.entries(programs)) {
    fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  }
  vi.stubEnv('PATH', bin)
  vi.stubEnv('ENDONYM_PYTHON', '')
}

/** The programs with which this process becomes root, whoever it is. */
const root = { sudo: '[ "$1" = -n ] && shift; exec "$@"', true: 'exit 0', env: 'exec /usr/bin/env "$@"' }

describe('on a machine that is set up, as npm test has done', () => {
  test('everything is ready, and setting it up again takes no time', async () => {
    const outcome = await endonym('--json', 'doctor', '--fix', '--tests')
    expect(outcome.error).toBeUndefined()
    expect(JSON.parse(outcome.out)).toMatchObject({ ready: true })
    const checks = checksOf(outcome)
    expect(checks['llama.cpp']?.says).toContain(`${os.availableParallelism()} threads`)
    expect(checks['llama.cpp']?.says).toMatch(
      /no GPU that it can use\.$|; [1-9]\d* layers of the default student would be on it\.$/,
    )
    expect(checks.serving?.says).toMatch(/^Models may take \d+\.\d [GM]B when they are served, 80 % of what is free /)
    expect(checks.processor?.says).toMatch(new RegExp(`^${os.availableParallelism()} cores? of `))
    expect(checks.training?.says).toContain(openHome().python)
    expect(checks.translator?.says).toContain('en-gl')
    expect(outcome.seconds).toBeLessThan(10)
  })

  test('it is drawn one line a check, and ends with the verdict', async () => {
    const { out } = await endonym('doctor', '--fix')
    expect(out).toMatch(/^✓ node +Node\.js 2\d/)
    expect(out).toMatch(/^✓ student +smollm2-135m-instruct/m)
    expect(out.trimEnd().split('\n').at(-1)).toBe('Everything that is needed is here.')
  })
})

describe('on a machine that has nothing', () => {
  test('each lack comes with the command that mends it, and the exit code is 1', async () => {
    machineWith({})
    const outcome = await endonym(...emptyHome(), '--json', 'doctor', '--tests')
    expect(outcome.error).toMatchObject({ code: 'not_ready', exitCode: 1 })
    expect((outcome.error as Error).message).toBe(
      'This machine is not ready yet; it lacks git, python, training, student, translator, chromium.',
    )
    expect(JSON.parse(outcome.out).ready).toBe(false)
    const { git, python, training, student, translator, chromium, node } = checksOf(outcome)
    expect(node).toMatchObject({ state: 'ok' })
    expect(git?.mend).toMatch(/apt-get install -y --no-install-recommends git$/)
    expect(python?.mend).toMatch(/ python3-venv python3-pip$/)
    expect(training).toMatchObject({ state: 'missing', mend: 'endonym doctor --fix --tests' })
    expect(student).toMatchObject({ state: 'missing', mend: 'endonym models pull smollm2-135m-instruct' })
    expect(translator?.mend).toMatch(/ apertium apertium-en-gl$/)
    expect(chromium?.mend).toMatch(/ chromium$/)
  })

  test('set-up says what only an administrator can install', async () => {
    machineWith({})
    const { error, err } = await endonym(...emptyHome(), 'doctor', '--fix')
    expect(err).toMatch(
      /Only an administrator can install git, python3-venv, python3-pip, apertium, apertium-en-gl; on Debian and Ubuntu: (sudo )?apt-get install -y --no-install-recommends git python3-venv/,
    )
    expect(error).toMatchObject({ code: 'python_missing' })
  })

  test('a Python without pip lacks just that', async () => {
    // The program itself: what PATH names may be a script that needs other programs.
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
    machineWith({ python3: `exec ${python} -I -S "$@"` })
    const { python: check } = checksOf(await endonym(...emptyHome(), '--json', 'doctor'))
    expect(check).toMatchObject({ state: 'missing', packages: ['python3-pip'] })
    expect(check?.says).toMatch(/^Python 3\.\d+\.\d+ lacks its modules pip\.$/)
  })

  test('a translator without the pair of the demo is named with the pairs that it has', async () => {
    machineWith({ apertium: 'echo "  eo-en"; echo "  es-ca"' })
    const { translator } = checksOf(await endonym(...emptyHome(), '--json', 'doctor'))
    expect(translator).toMatchObject({
      state: 'missing',
      says: 'Apertium knows eo-en, es-ca, but the demo needs en-gl.',
    })
  })
})

// Debian's archive is remote, so a script stands in for apt-get.
describe('Debian packages', () => {
  test('the list is brought up to date, then what is missing is installed without a question', async () => {
    const log = path.join(folder, 'log')
    machineWith({ ...root, git: 'echo git version 2', 'apt-get': `echo "$DEBIAN_FRONTEND: $*" >> ${log}` })
    await endonym(...emptyHome(), 'doctor', '--fix')
    const options = '-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3'
    expect(fs.readFileSync(log, 'utf8').trim().split('\n')).toEqual([
      `noninteractive: ${options} update`,
      `noninteractive: ${options} install -y --no-install-recommends python3-venv python3-pip apertium apertium-en-gl`,
    ])
  })

  test("what apt-get says of its failure is passed on, with what to do by one's own hand", async () => {
    machineWith({ ...root, 'apt-get': 'echo "E: Unable to locate package apertium" >&2; exit 100' })
    const { error } = await endonym(...emptyHome(), 'doctor', '--fix')
    expect(error).toMatchObject({ code: 'packages_failed', exitCode: 1 })
    expect((error as Error).message).toMatch(/\(Unable to locate package apertium\)\. .* apt-get install -y /)
  })
})

describe('the hub', () => {
  const serve = async (answer: http.RequestListener) => {
    const server = http.createServer(answer).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return server
  }

  test('one that answers, whatever it answers, is there', async () => {
    const server = await serve((_, response) => response.writeHead(404).end())
    const { hub } = checksOf(await endonym(...emptyHome(), '--json', 'doctor'))
    server.close()
    expect(hub).toMatchObject({ state: 'ok' })
  })

  test('one that is silent is not waited for, and is not needed', async () => {
    const server = await serve(() => {})
    const outcome = await endonym(...emptyHome(), '--json', 'doctor')
    server.closeAllConnections()
    server.close()
    expect(checksOf(outcome).hub).toMatchObject({ state: 'optional-missing' })
    expect((outcome.error as Error).message).not.toContain('hub')
    expect(outcome.seconds).toBeLessThan(10)
  })
})

describe('upstreams of the home', () => {
  const write = (content: unknown) => {
    fs.mkdirSync(path.join(folder, 'home'))
    fs.writeFileSync(path.join(folder, 'home', 'upstreams.json'), JSON.stringify(content))
  }

  test('are asked whether they answer', async () => {
    const server = http.createServer((request, response) => {
      response.end(JSON.stringify({ data: request.url === '/v1/models' ? [{ id: 'galician' }] : [] }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    write([
      { name: 'there', url: `${url}/v1` },
      { name: 'gone', url: 'http://127.0.0.1:9' },
    ])
    const outcome = await endonym(...emptyHome(), '--json', 'doctor')
    server.closeAllConnections()
    server.close()
    const checks = checksOf(outcome)
    expect(checks['upstream there']).toMatchObject({ state: 'ok', says: `${url} answers; it has 1 model.` })
    expect(checks['upstream gone']).toMatchObject({ state: 'optional-missing' })
    expect(checks['upstream gone']?.says).toMatch(/^http:\/\/127\.0\.0\.1:9 does not answer with its models: /)
    expect((outcome.error as Error).message).not.toContain('upstream')
  })

  test('that cannot be read are said to be so', async () => {
    write([{ url: 'gpu-1' }])
    const { upstreams } = checksOf(await endonym(...emptyHome(), '--json', 'doctor'))
    expect(upstreams).toMatchObject({ state: 'missing', says: expect.stringContaining('upstreams.json, at [0].url: ') })
  })
})

test('a processor is described by its name and what makes it fast', () => {
  const { known } = processorOf('processor\t: 0\nmodel name\t: A Processor\nflags\t\t: fpu sse2 avx avx2 fma avx512f\n')
  expect(known).toEqual(['AVX2', 'FMA', 'AVX-512'])
  expect(processorOf('').known).toEqual([])
})
