#!/usr/bin/env node
import { main } from './main.ts'

process.exitCode = main({
  argv: process.argv.slice(2),
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  print: (text) => process.stdout.write(`${text}\n`),
  report: (text) => process.stderr.write(`${text}\n`),
})
