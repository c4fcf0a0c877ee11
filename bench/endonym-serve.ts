import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'

export type Server = {
  /** OpenAI's API of it. */
  url: string
  pid: number
  stop(): Promise<void>
}

/** Starts the command as people do, on a free port. @param log a file for what it says on standard error */
export async function endonymServe(home: string, args: readonly string[], log?: string): Promise<Server> {
  const program = path.join(import.meta.dirname, '..', 'cli', 'bin.mjs')
  const said = log === undefined ? 'ignore' : fs.openSync(log, 'a')
  const child = spawn(process.execPath, [program, 'serve', '--home', home, '--port', '0', ...args, '--json'], {
    stdio: ['ignore', 'pipe', said],
  })
  if (typeof said === 'number') fs.closeSync(said)
  let document = ''
  if (!child.stdout) throw new Error('The server has no standard output.')
  for await (const line of readline.createInterface({ input: child.stdout })) {
    document += line
    if (line.startsWith('}')) break
  }
  const { api } = JSON.parse(document) as { api: string }
  return { url: api, pid: child.pid ?? 0, stop: () => ended(child, 'SIGINT') }
}

/** Asks a process to end and waits until it has. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
