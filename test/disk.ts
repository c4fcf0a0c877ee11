import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'vitest'

/** A real file system of that many megabytes, to be filled up; skips the test where this process may not mount one. */
export function smallDisk(
  context: TestContext,
  megabytes: number,
): { folder: string; resize(megabytes: number): void; readOnly(): void } & Disposable {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'disk-'))
  const mount = (options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' })
  try {
    mount(`size=${megabytes}m`)
  } catch {
    fs.rmdirSync(folder)
    context.skip('mounting a file system needs root on Linux')
  }
  return {
    folder,
    resize: (size) => void mount(`remount,size=${size}m`),
    readOnly: () => void mount('remount,ro'),
    [Symbol.dispose]() {
      execFileSync('umount', [folder])
      fs.rmdirSync(folder)
    },
  }
}
