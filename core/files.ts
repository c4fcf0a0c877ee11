import fsSync from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import { EndonymError, messageOf } from './error.ts'

/**
 * Gives a finished file its name so that a power cut leaves either the whole file or none: its bytes reach the disk before its name does.
 *
 * Both paths must be on the same file system.
 */
export async function commitFile(temporary: string, file: string): Promise<void> {
  const handle = await fs.open(temporary, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await fs.rename(temporary, file)
  // Windows cannot open a folder; there the rename is journalled by itself.
  if (process.platform === 'win32') return
  const folder = await fs.open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Puts a file at another place too, without taking its room on the disk twice where the file system can do that. The place's own file, if any, is replaced. */
export async function placeFile(file: string, place: string): Promise<void> {
  await fs.rm(place, { force: true })
  try {
    await fs.link(file, place)
  } catch {
    await fs.copyFile(file, place)
  }
}

/** Bytes that this process may still write to the file system of `folder`; infinite where that cannot be asked. */
export async function freeSpace(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await fs.statfs(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** The error of a disk that lacks room for `missing` more bytes. */
export function diskFull(file: string, missing?: number, cause?: unknown): EndonymError {
  const amount = missing === undefined ? '' : ` about ${formatBytes(missing)} more are needed to write ${file}.`
  return new EndonymError(
    'disk_full',
    `The disk that holds ${path.dirname(file)} is full:${amount || ` ${file} could not be written.`} Make room, or choose another folder with --home DIR, and run the same command again.`,
    { cause },
  )
}

/** Turns what the operating system says when `file` cannot be written into a sentence; other errors come back as they are. */
export function writeError(error: unknown, file: string, missing?: number): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(file, missing, error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EISDIR')
    return new EndonymError(
      'not_writable',
      `${file} cannot be written (${messageOf(error)}). Check its permissions, or choose another folder with --home DIR.`,
      { cause: error },
    )
  return error
}

/** `98.4 MB`, `1.2 GB`, `640 bytes`: decimal units, as progress shows them. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`
  if (bytes >= 1e3) return `${(bytes / 1e3).toFixed(1)} kB`
  return `${bytes} bytes`
}

/** Writes a text to a file that a person has named; its folder is made where it is missing. @throws EndonymError as `writeError` */
export function writeText(file: string, text: string): void {
  try {
    fsSync.mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
    fsSync.writeFileSync(file, text)
  } catch (error) {
    throw writeError(error, file)
  }
}

/** The lines of a file that a person has named, without the empty ones. @param what is in it, for the error. @throws EndonymError `file_unreadable` */
export function readLines(file: string, what: string): string[] {
  try {
    return fsSync
      .readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  } catch (cause) {
    throw new EndonymError('file_unreadable', `The ${what} in ${file} cannot be read.`, { cause, exitCode: 2 })
  }
}
