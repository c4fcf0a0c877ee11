import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { machineWhenNeeded, withMachine } from '../../core/lock.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-lock-'))
  // The lock is the machine's, and the tests' own machine is this folder.
  vi.stubEnv('TMPDIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  fs.rmSync(folder, { recursive: true })
})

it('takes the machine when it is first needed, once, and gives it back', async () => {
  const machine = machineWhenNeeded()
  await withMachine(async () => {})
  await Promise.all([machine.take(), machine.take()])
  const waited: string[] = []
  const other = withMachine(async () => 'done', { onWait: (sentence) => waited.push(sentence) })
  await vi.waitFor(() => expect(waited).toHaveLength(1))
  await machine.release()
  expect(await other).toBe('done')
})

it('stops waiting on its signal, and gives back what it never had', async () => {
  const stop = new AbortController()
  const machine = machineWhenNeeded({ onWait: () => stop.abort(new Error('stopped')), signal: stop.signal })
  await withMachine(async () => {
    await expect(machine.take()).rejects.toThrow('stopped')
    await machine.release()
  })
})
