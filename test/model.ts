import fs from 'node:fs'
import { openHome } from '../core/home.ts'
import { defaultStudentFile } from '../models/sources.ts'

/** The default student's GGUF file for tests with the real model; `npm test` sets it up before it starts vitest. */
export function studentFile(): string {
  const file = process.env.ENDONYM_TEST_MODEL ?? defaultStudentFile(openHome())
  if (!fs.existsSync(file)) throw new Error(`The default student is not at ${file}: run "npm run setup" first.`)
  return file
}
