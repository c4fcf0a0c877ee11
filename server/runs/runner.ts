import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { EndonymError } from '../../core/error.ts'
import type { Home } from '../../core/home.ts'

/** A run that this server has begun, and how its process is. */
export type Job = {
  id: string
  /** As it was asked for: whether it ends when the data are made. */
  dataOnly: boolean
  startedAt: string
  state: 'running' | 'stopping' | 'ended'
  /** Why it ended, where it failed: the last that it said. */
  failure?: string
}

export type Runner = {
  /**
   * Begins a run in a process of its own.
   * @param job.words the command's, without the program
   * @throws EndonymError `run_under_way`
   */
  start(job: {
    id: string
    words: readonly string[]
    dataOnly: boolean
    /** What its teacher may cost at most; where it is left out, what was said the last time. */
    budget?: number | undefined
    env?: Record<string, string>
  }): Job
  /** Asks a run to end where nothing is lost. @returns undefined where this server has not begun it, or it has ended */
  stop(id: string): Job | undefined
  /** The run that is under way. */
  current(): Job | undefined
  /** What is known of a run that this server has begun. */
  job(id: string): Job | undefined
  /** The last sentence that a run said. */
  saying(id: string): string | undefined
  /** Stops what runs, and waits for it. */
  dispose(): Promise<void>
}

/** Milliseconds for which a run that was told to stop may go on. A batch of training ends in less; what does not is taken up by the next run all the same. */
const patience = 60_000

/** Bytes of the end of a log that are looked at. */
const tail = 4096

/**
 * Runs `endonym distill` as a child process, one at a time: whatever it does to its own memory or ends by, the server goes on. It is told to stop when the server ends, and can be gone on with.
 *
 * @param options.command the program that `distill …` is handed to
 */
export function createRunner({ home, command }: { home: Home; command: readonly string[] }): Runner {
  const jobs = new Map<string, Job>()
  let running: { job: Job; child: ChildProcess; ended: Promise<void> } | undefined

  const stop = (id: string): Job | undefined => {
    if (running?.job.id !== id) return undefined
    const { job, child, ended } = running
    job.state = 'stopping'
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), patience)
    void ended.then(() => clearTimeout(timer))
    return job
  }

  return {
    start: ({ id, words, dataOnly, budget = budgetOf(home, id), env = {} }) => {
      if (running) throw underWay(running.job.id)
      const log = logOf(home, id)
      fs.mkdirSync(path.dirname(log), { recursive: true })
      if (budget !== undefined) fs.writeFileSync(budgetFile(home, id), String(budget))
      const limit = budget === undefined ? [] : ['--budget', String(budget)]
      // A file and no pipe: should the server be killed, the run can still say what it says.
      const stderr = fs.openSync(log, 'w')
      const [program = '', ...args] = command
      const job: Job = { id, dataOnly, startedAt: new Date().toISOString(), state: 'running' }
      const child = spawn(program, [...args, '--home', home.dir, '--json', ...words, ...limit], {
        stdio: ['ignore', 'ignore', stderr],
        env: { ...process.env, ...env },
        // A group of its own: Ctrl-C in the terminal reaches the server alone, which then stops it.
        detached: true,
      })
      fs.closeSync(stderr)
      const ended = new Promise<void>((resolve) => {
        const end = (failure?: string): void => {
          if (running?.child === child) running = undefined
          if (failure !== undefined && job.state === 'running') job.failure = failure
          job.state = 'ended'
          resolve()
        }
        child.once('error', (error) => end(`The run could not be started: ${error.message}.`))
        child.once('close', (code, signal) =>
          end(code === 0 ? undefined : (lastSentence(log) ?? `Its process ended by ${signal ?? `code ${code}`}.`)),
        )
      })
      jobs.set(id, job)
      running = { job, child, ended }
      return job
    },
    stop,
    current: () => running?.job,
    job: (id) => jobs.get(id),
    saying: (id) => (running?.job.id === id ? lastSentence(logOf(home, id)) : undefined),
    dispose: async () => {
      const last = running
      if (last && stop(last.job.id)) await last.ended
    },
  }
}

export function underWay(id: string): EndonymError {
  return new EndonymError(
    'run_under_way',
    `One run at a time: ${id} is under way on this machine. Wait until it is done, or stop it; it can be gone on with later.`,
  )
}

/** Where a run's process writes what it says; within the home, and removed with the run. */
const logOf = (home: Home, id: string): string => path.join(home.runs, id, 'server.log')

/** The budget is no part of what a run is, so it is written down beside it: whoever goes on with a run goes on within it. */
const budgetFile = (home: Home, id: string): string => path.join(home.runs, id, 'budget.txt')

function budgetOf(home: Home, id: string): number | undefined {
  const file = budgetFile(home, id)
  return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : undefined
}

/** The last line of a log that is neither progress nor empty. */
function lastSentence(file: string): string | undefined {
  if (!fs.existsSync(file)) return undefined
  const descriptor = fs.openSync(file, 'r')
  try {
    const { size } = fs.fstatSync(descriptor)
    const bytes = Buffer.alloc(Math.min(size, tail))
    fs.readSync(descriptor, bytes, 0, bytes.length, size - bytes.length)
    const lines = bytes.toString('utf8').split('\n')
    return lines
      .findLast((line) => /[.!?]$/.test(line.trim()))
      ?.replace(/^endonym: /, '')
      .trim()
  } finally {
    fs.closeSync(descriptor)
  }
}
