import fs from 'node:fs'
import path from 'node:path'
import type { Home } from '../core/home.ts'
import { run } from '../core/process.ts'
import { findPython } from '../trainer/engines/trl/environment.ts'

/** A virtual environment with a peer in it, in the home: made on the first use, and anew when the requirements change. @returns its Python */
export async function benchPython(home: Home, name: string, requirements: readonly string[]): Promise<string> {
  const folder = path.join(home.dir, name)
  const python = path.join(folder, 'bin', 'python')
  const ready = path.join(folder, 'ready')
  if (!fs.existsSync(ready) || fs.readFileSync(ready, 'utf8') !== requirements.join()) {
    await done(run(await findPython(), ['-m', 'venv', folder]))
    await done(run(python, ['-m', 'pip', 'install', '--quiet', ...requirements]))
    fs.writeFileSync(ready, requirements.join())
  }
  return python
}

/** What a program printed. @throws Error with what it complained of, where it failed */
export async function done(running: ReturnType<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await running
  if (code !== 0) throw new Error(stderr)
  return stdout
}
