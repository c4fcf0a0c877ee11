import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openHome } from '../../core/home.ts'
import { openStore } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createMemory } from '../../data/memory.ts'
import type { LikelihoodItem } from '../../evaluator/benchmark.ts'
import { udhrBits } from '../../evaluator/benchmarks/udhr-bits.ts'
import { createExaminer } from '../../evaluator/examine.ts'
import { importModel, type ModelDeps, type StoredModel } from '../../models/store.ts'
import { storeCatalog } from '../../server/catalog.ts'
import { bestOfEach, pick } from '../../server/choose.ts'
import type { Catalog } from '../../server/serving.ts'
import { writeTinyGguf } from '../models/tiny.ts'

let folder: string
let deps: ModelDeps
let catalog: Catalog

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'catalog-'))
  const home = openHome(path.join(folder, 'home'))
  deps = { home, store: await openStore(home.database) }
  catalog = storeCatalog(deps.store, home)
})
afterEach(async () => {
  await deps.store.destroy()
  fs.rmSync(folder, { recursive: true })
})

async function student(name: string, run: string, role: 'student' | 'adapter' = 'student'): Promise<StoredModel> {
  const type = role === 'adapter' ? 'adapter' : 'model'
  const file = writeTinyGguf(path.join(folder, `${name}.gguf`), name, { type })
  return await importModel(deps, file, { name, role, language: 'glg', base: 'base', run })
}

/** Lets a report card measure a model that needs `bits` for each byte of the articles that `which` chooses. */
async function measure(source: string, bits: number, which: (id: string) => boolean = () => true): Promise<void> {
  const { rememberAll } = createMemory(deps.store)
  const items = await udhrBits(resolveLanguage('gl'), { except: (id) => !which(id) }).items()
  const bytes = (text: string) => Buffer.byteLength(text)
  const examiner = createExaminer(
    {
      name: source,
      source,
      concurrency: 8,
      open: async () =>
        ({
          contextSize: 2048,
          model: { beginning: '', tokenize: (text: string) => [...text].map(() => 1) },
          score: async (_: string, texts: readonly string[]) =>
            texts.map((text) => ({ logProb: -bits * bytes(text) * Math.LN2, tokens: 1, greedy: false })),
          forget: async () => {},
          dispose: async () => {},
        }) as never,
    },
    { rememberAll, progress: () => {} },
  )
  await examiner.examine(items as LikelihoodItem[], 'test')
  await examiner.close()
}

const idsByName = async (name: string) => pick(await catalog(), name).id
const bitsOf = async (id: string) => (await catalog()).find((model) => model.id === id)?.bitsPerByte

describe('the best student of a language', () => {
  test('is the newest until one is measured, then the measured one, then the better one', async () => {
    const good = await student('good', 'a')
    const bad = await student('bad', 'b')
    await student('unmeasured', 'c')
    expect(await idsByName('gl')).toBe('unmeasured')
    await measure(bad.sha256, 2.5)
    expect(await idsByName('gl')).toBe('bad')
    await measure(good.sha256, 2)
    expect(await idsByName('gl')).toBe('good')
    expect([...bestOfEach(await catalog())]).toEqual(['good'])
    expect(await bitsOf('good')).toEqual({ value: expect.closeTo(2, 6), articles: 31 })
    expect(await bitsOf('unmeasured')).toBeUndefined()
  })

  test('is found on the articles that all were measured on', async () => {
    const whole = await student('whole', 'a')
    const half = await student('half', 'b')
    // What is worse is on articles that the other one was not asked.
    await measure(whole.sha256, 9, (id) => Number(id) % 2 === 0)
    await measure(whole.sha256, 2, (id) => Number(id) % 2 !== 0)
    await measure(half.sha256, 2.1, (id) => Number(id) % 2 !== 0)
    expect(await idsByName('gl')).toBe('whole')
    expect(await bitsOf('half')).toEqual({ value: expect.closeTo(2.1, 6), articles: 16 })
    expect(await bitsOf('whole')).toEqual({ value: expect.closeTo(2, 6), articles: 16 })
  })

  test('is not told by a few articles, nor by those of another student', async () => {
    const few = await student('few', 'a')
    await measure(few.sha256, 1, (id) => Number(id) < 6)
    await student('newer', 'b')
    expect(await idsByName('gl')).toBe('newer')
    expect(await bitsOf('few')).toBeUndefined()
  })

  test('of one run is the merged one, even where its adapter was measured alone', async () => {
    const base = await importModel(deps, writeTinyGguf(path.join(folder, 'base.gguf'), 'base'), { name: 'base' })
    await student('merged', 'a')
    const adapter = await student('adapter', 'a', 'adapter')
    await student('newer', 'b')
    await measure(`${base.sha256}+${adapter.sha256}`, 2)
    expect(await idsByName('gl')).toBe('merged')
    expect(await idsByName('gl@base')).toBe('merged')
  })

  test('of the same quality is the newer one', async () => {
    for (const name of ['older', 'newer']) await measure((await student(name, name)).sha256, 2)
    expect(await idsByName('gl')).toBe('newer')
  })
})
