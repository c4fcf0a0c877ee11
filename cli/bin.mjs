#!/usr/bin/env node
// Starts Endonym on this Node, or on the one that it carries (the npm package `node`) when the machine's own is too old to run TypeScript.
//
// Its heap is kept small (node-flags.json): V8 lets garbage pile up as long as the machine has memory, which models and training need. Asking a teacher 20,000 questions took 410 MB, of which 40 were in use, and takes 200 so.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const node = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : at('../node_modules/node/bin/node')
const flags = JSON.parse(fs.readFileSync(at('node-flags.json'), 'utf8'))
const args = [...flags, at('endonym.ts'), ...process.argv.slice(2)]
if (process.execve && process.platform !== 'win32') {
  // In this process's place: signals and exit codes are its own.
  process.removeAllListeners('warning') // that this function is experimental
  process.execve(node, [node, ...args], process.env)
}
const child = spawn(node, args, { stdio: 'inherit' })
process.on('SIGTERM', () => child.kill('SIGTERM'))
// A terminal sends Ctrl-C to both.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
