import { spawn } from 'node:child_process'
import fs from 'node:fs'
import readline from 'node:readline'
import { EndonymError } from './error.ts'

export type Ran = {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  peakMemory: number
}

/**
 * Runs a program to its end, without a shell.
 *
 * @param options.input text for its standard input.
 * @param options.onLine called with every line of standard output and error as it comes; then only the last 64 KiB of each are returned.
 * @returns its output and the highest resident memory, in bytes, of it and its children (sampled twice a second on Linux; 0 elsewhere).
 * @throws EndonymError `program_missing` when there is no such program; the signal's reason when it fires (the whole process group is ended first).
 * @example const { stdout } = await run('apertium', ['-l'])
 */
export async function run(
  program: string,
  args: readonly string[],
  options: {
    input?: string
    env?: NodeJS.ProcessEnv
    cwd?: string
    signal?: AbortSignal
    onLine?: (line: string) => void
  } = {},
): Promise<Ran> {
  options.signal?.throwIfAborted()
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: ending it ends what it started, and Ctrl-C in the terminal reaches Endonym alone, which then stops it cleanly.
    detached: true,
  })
  const end = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, signal)
    } catch {}
  }
  const onAbort = () => end('SIGTERM')
  const onExit = () => end('SIGKILL')
  options.signal?.addEventListener('abort', onAbort, { once: true })
  process.once('exit', onExit)

  const output = { stdout: '', stderr: '' }
  let closed = Promise.resolve()
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name].setEncoding('utf8')
    if (options.onLine) {
      const lines = readline.createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
      lines.on('line', (line) => {
        output[name] = `${output[name]}${line}\n`.slice(-65_536)
        options.onLine?.(line)
      })
      const done = new Promise<void>((resolve) => lines.once('close', resolve))
      closed = Promise.all([closed, done]).then(() => {})
    } else {
      stream.on('data', (text: string) => {
        output[name] += text
      })
    }
  }
  child.stdin.on('error', () => {}) // it ended without reading all of its input: its exit code says so
  child.stdin.end(options.input ?? '')

  let peakMemory = 0
  const sampler = setInterval(() => {
    if (child.pid !== undefined) peakMemory = Math.max(peakMemory, residentMemory(child.pid))
  }, 500)
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          cause.code === 'ENOENT'
            ? new EndonymError('program_missing', `The program "${program}" is not installed.`, { cause })
            : cause,
        ),
      )
      child.once('close', (...ended) => resolve(ended))
    })
    await closed
    options.signal?.throwIfAborted()
    return { code, signal, ...output, peakMemory }
  } finally {
    clearInterval(sampler)
    options.signal?.removeEventListener('abort', onAbort)
    process.off('exit', onExit)
  }
}

/** Bytes of resident memory of a process and its descendants (pages that they share count for each). Linux only; else 0. */
export function residentMemory(pid: number): number {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
    const own = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return (
      own + (children === '' ? 0 : children.split(' ').reduce((sum, child) => sum + residentMemory(Number(child)), 0))
    )
  } catch {
    return 0
  }
}
