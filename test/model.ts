import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The default student's GGUF file for tests with the real model; `npm test` sets it up before it starts vitest. */
export function studentFile(): string {
  const file =
    process.env.ENDONYM_TEST_MODEL ??
    path.join(
      process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym'),
      'cache',
      'SmolLM2-135M-Instruct.Q4_1.gguf',
    )
  if (!fs.existsSync(file)) throw new Error(`The default student is not at ${file}: run "npm run setup" first.`)
  return file
}
