import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'

export type Command = {
  child: ChildProcess
  /** What it has printed, on both. */
  output(): string
  /** Resolves with its exit code, or the signal that ended it. */
  ended: Promise<number | string | null>
}

/** `endonym bot …` as people run it, in a process of its own. */
export function startBotCommand(args: readonly string[], env: Record<string, string>): Command {
  const script = path.resolve('cli/endonym.ts')
  const flags: string[] = JSON.parse(fs.readFileSync('cli/node-flags.json', 'utf8'))
  const { TELEGRAM_BOT_TOKEN: _, ENDONYM_KEY: __, ...inherited } = process.env
  const child = spawn(process.execPath, [...flags, script, 'bot', ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (piece: string) => {
      text += piece
    })
  }
  return { child, output: () => text, ended: once(child, 'exit').then(([code, signal]) => code ?? signal) }
}
