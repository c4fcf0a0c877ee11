import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EndonymError } from '../../core/error.ts'
import { readGguf } from '../../models/gguf.ts'
import { studentFile } from '../model.ts'

/** Bytes of the student's file up to and with its metadata and tensor list (1.7 MB), without the weights. */
const headerBytes = 2_000_000

let folder: string
let header: Buffer
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-gguf-'))
  header = Buffer.alloc(headerBytes)
  const descriptor = fs.openSync(studentFile(), 'r')
  fs.readSync(descriptor, header, 0, headerBytes, 0)
  fs.closeSync(descriptor)
})
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

/** The code of the error that reading these bytes as a file throws. */
async function codeOf(bytes: Buffer, size = bytes.length): Promise<string> {
  const file = path.join(folder, 'model.gguf')
  fs.writeFileSync(file, bytes)
  fs.truncateSync(file, size)
  try {
    await readGguf(file)
    return 'none'
  } catch (error) {
    if (!(error instanceof EndonymError)) throw error
    expect(error.message).toContain(file)
    return error.code
  }
}

/** The student's header with these bytes written over it at `offset`. */
function patched(offset: number, bytes: ArrayLike<number>): Buffer {
  const copy = Buffer.from(header)
  copy.set(bytes, offset)
  return copy
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

describe('readGguf', () => {
  test('says what the student is', async () => {
    const { chatTemplate, file, ...summary } = await readGguf(studentFile())
    expect(file).toBe(studentFile())
    expect(chatTemplate).toContain('<|im_start|>')
    expect(summary).toEqual({
      bytes: 98_362_432,
      kind: 'model',
      license: 'apache-2.0',
      name: 'Smollm2 135M 8k Lc100K Mix1 Ep2',
      architecture: 'llama',
      parameters: 134_515_008,
      quantisation: 'Q4_1',
      contextLength: 8192,
      width: 576,
    })
  })

  test('refuses what is not there or no file', async () => {
    await expect(readGguf(path.join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'model_missing' })
    await expect(readGguf(folder)).rejects.toMatchObject({ code: 'model_missing' })
  })

  test('refuses other files', async () => {
    expect(await codeOf(Buffer.alloc(0))).toBe('model_not_gguf')
    expect(await codeOf(Buffer.from('GG'))).toBe('model_not_gguf')
    expect(await codeOf(Buffer.from('<!doctype html><title>404</title>'))).toBe('model_not_gguf')
  })

  test.each([4, 20, 100, 1_000_000, 1_800_000, 98_362_431])('refuses the first %i bytes of a model', async (size) => {
    expect(await codeOf(header.subarray(0, Math.min(size, headerBytes)), size)).toBe('model_truncated')
  })

  test('refuses versions and architectures that llama.cpp cannot read', async () => {
    expect(await codeOf(patched(4, [9, 0, 0, 0]))).toBe('model_unsupported')
    const at = header.indexOf('general.architecture') + 'general.architecture'.length + 4 + 8
    expect(header.toString('utf8', at, at + 5)).toBe('llama')
    expect(await codeOf(patched(at, Buffer.from('lemur')), 98_362_432)).toBe('model_unsupported')
  })

  test('refuses hostile counts and lengths quickly', async () => {
    const huge = [1n << 63n, (1n << 53n) - 1n, 1n << 40n, 1n << 30n]
    for (const value of huge) {
      for (const offset of [8, 16, 24])
        expect(['model_not_gguf', 'model_truncated']).toContain(await codeOf(patched(offset, u64(value)), 98_362_432))
    }
  }, 5000)

  test('any damage to the beginning of the header gives a summary or a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(4000), fc.uint8Array({ minLength: 1, maxLength: 16 }), async (offset, bytes) => {
        await codeOf(patched(offset, bytes), 98_362_432)
      }),
      { numRuns: 60 },
    )
  }, 20_000)
})
