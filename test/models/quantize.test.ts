import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRuntime } from '../../models/llama.ts'
import { quantize } from '../../models/quantize.ts'
import { smallDisk } from '../disk.ts'
import { studentFile } from '../model.ts'
import { writeTinyGguf } from './tiny.ts'

/** ggml's numbers of the tensor types. */
const F32 = 0
const F16 = 1
const Q8_0 = 8

let folder: string
let exact: string
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'quantize-'))
  exact = path.join(folder, 'q8_0.gguf')
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

async function tensorTypes(file: string): Promise<number[]> {
  const info = await readGgufFileInfo(file, { readTensorInfo: true, logWarnings: false })
  return [...new Set(info.fullTensorInfo?.map((tensor) => tensor.ggmlType as number))].sort((a, b) => a - b)
}

test('the real student becomes Q8_0, with progress, and predicts as before', { timeout: 60_000 }, async () => {
  const seen: number[] = []
  const made = await quantize(studentFile(), exact, 'Q8_0', { progress: ({ done }) => seen.push(done) })
  expect(made).toMatchObject({ file: exact, quantisation: 'Q8_0', architecture: 'llama', fallbacks: 0 })
  expect(made.bytes).toBe(fs.statSync(exact).size)
  expect(await tensorTypes(exact)).toEqual([F32, Q8_0])
  expect(seen).toHaveLength(272)
  expect(seen.at(-1)).toBe(272)
  const [before, after] = [await nats(studentFile()), await nats(exact)]
  expect(Math.abs(after - before)).toBeLessThan(0.1)
})

/** What a token of an English sentence costs the model: some 2.8 nats for the student, 10.8 for one that guesses. */
async function nats(file: string): Promise<number> {
  const runtime = await openRuntime({ gpu: false })
  try {
    const scorer = await (await runtime.load(file)).openScorer({ contextSize: 256 })
    const [score] = await scorer.score('', ['All human beings are born free and equal in dignity and rights.'])
    return -(score?.logProb ?? Number.NaN) / (score?.tokens ?? 1)
  } finally {
    await runtime.dispose()
  }
}

test.each(['F16', 'Q4_0', 'Q4_K_M', 'Q6_K'] as const)('from Q8_0 to %s', { timeout: 60_000 }, async (type) => {
  const output = path.join(folder, `${type}.gguf`)
  const made = await quantize(exact, output, type, { threads: 2 })
  expect(made.quantisation).toBe(type)
  if (type === 'F16') expect(await tensorTypes(output)).toEqual([F32, F16])
  else expect(made.bytes).toBeLessThan(fs.statSync(exact).size)
  // The student's rows have 576 weights, which K types (blocks of 256) cannot hold.
  if (type.includes('K')) expect(made.fallbacks).toBeGreaterThan(100)
  fs.rmSync(output)
})

describe('what cannot be quantised is a sentence, and leaves no file', () => {
  const output = () => path.join(folder, 'none.gguf')
  const refused = async (input: string) => {
    const error = await quantize(input, output(), 'Q8_0').then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([])
    return error
  }

  test('no such file; a truncated one; one that is no GGUF', async () => {
    expect(await refused(path.join(folder, 'absent.gguf'))).toMatchObject({ code: 'model_missing' })
    const cut = path.join(folder, 'cut.gguf')
    fs.copyFileSync(studentFile(), cut)
    fs.truncateSync(cut, 50_000_000)
    expect(await refused(cut)).toMatchObject({ code: 'model_truncated' })
    fs.writeFileSync(cut, 'hello')
    expect(await refused(cut)).toMatchObject({ code: 'model_not_gguf' })
  })

  test('an adapter', async () => {
    const adapter = writeTinyGguf(path.join(folder, 'adapter.gguf'), 'a', { type: 'adapter' })
    expect(await refused(adapter)).toMatchObject({
      code: 'quantize_failed',
      message: expect.stringContaining('adapter'),
    })
  })

  test('a model whose header lacks what llama.cpp needs: its own reason is told', async () => {
    const tiny = writeTinyGguf(path.join(folder, 'tiny.gguf'), 'tiny')
    expect(await refused(tiny)).toMatchObject({ code: 'quantize_failed', message: expect.stringContaining('llama.') })
  })

  test('onto itself', async () => {
    await expect(quantize(exact, exact, 'Q8_0')).rejects.toMatchObject({ code: 'quantize_failed' })
    expect(fs.existsSync(exact)).toBe(true)
  })

  test('a folder that is not there, a disk that is full', async (context) => {
    const nowhere = quantize(exact, path.join(exact, 'x.gguf'), 'Q8_0')
    await expect(nowhere).rejects.toMatchObject({ code: 'not_writable' })
    using disk = smallDisk(context, 20)
    const full = quantize(studentFile(), path.join(disk.folder, 'x.gguf'), 'Q8_0')
    await expect(full).rejects.toMatchObject({ code: 'disk_full' })
    expect(fs.readdirSync(disk.folder)).toEqual([])
  })

  test('the person stops it', async () => {
    const stop = new AbortController()
    const stopped = quantize(studentFile(), output(), 'Q8_0', { signal: stop.signal, progress: () => stop.abort() })
    await expect(stopped).rejects.toThrow()
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([])
  })

  test.runIf(process.platform === 'linux')('llama.cpp ends its process', async () => {
    const children = () =>
      fs
        .readdirSync('/proc/self/task')
        .flatMap((task) => fs.readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
        .filter((pid) => pid !== '' && fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('quantize-worker'))
    const crashed = quantize(studentFile(), output(), 'Q8_0', {
      progress: ({ done }) => done === 5 && process.kill(Number(children()[0]), 'SIGABRT'),
    })
    await expect(crashed).rejects.toMatchObject({
      code: 'quantize_failed',
      message: expect.stringContaining('crashed (SIGABRT)'),
    })
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([])
  })
})
