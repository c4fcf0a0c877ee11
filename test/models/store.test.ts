import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256File } from '../../core/hash.ts'
import { type Home, openHome } from '../../core/home.ts'
import { openStore, type Store } from '../../data/database.ts'
import { findModel, importModel, listModels, nameOf, removeModel, verifyModel } from '../../models/store.ts'
import { smallDisk } from '../disk.ts'
import { studentFile } from '../model.ts'
import { writeTinyGguf } from './tiny.ts'

let folder: string
let home: Home
let store: Store
let one: string
let two: string

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-'))
  home = openHome(path.join(folder, 'home'))
  store = await openStore(home.database)
  one = writeTinyGguf(path.join(folder, 'one.gguf'), 'one')
  two = writeTinyGguf(path.join(folder, 'two.gguf'), 'two')
})

afterEach(async () => {
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

const files = () => fs.readdirSync(home.models).sort()
const deps = () => ({ home, store })

describe('importing', () => {
  test('the real student: its row says what it is, its file is named by its content', async () => {
    const model = await importModel(deps(), studentFile(), { name: 'student', source: 'a test' })
    expect(model).toMatchObject({
      name: 'student',
      role: 'base',
      sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
      bytes: 98_362_432,
      architecture: 'llama',
      quantisation: 'Q4_1',
      language: null,
      source: 'a test',
      file: path.join(home.models, 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53.gguf'),
    })
    expect(model.parameters).toBeCloseTo(134.5e6, -5)
    await verifyModel(deps(), 'student')
  })

  test('the same content under two names is one file; the same again changes nothing', async () => {
    const first = await importModel(deps(), one, { name: 'a' })
    await importModel(deps(), one, { name: 'b' })
    expect(await importModel(deps(), one, { name: 'a' })).toEqual(first)
    expect(files()).toEqual([`${first.sha256}.gguf`])
    expect((await listModels(store)).map((row) => row.name)).toEqual(['a', 'b'])
  })

  test('other content under a name that is taken is refused and leaves nothing', async () => {
    await importModel(deps(), one, { name: 'a' })
    const refused = importModel(deps(), two, { name: 'a' })
    await expect(refused).rejects.toMatchObject({ code: 'model_name_taken', exitCode: 2 })
    expect(files()).toHaveLength(1)
    expect(fs.existsSync(two)).toBe(true)
  })

  test('copies unless it is told to move', async () => {
    await importModel(deps(), one, { name: 'a' })
    expect(fs.existsSync(one)).toBe(true)
    await importModel(deps(), two, { name: 'b', move: true })
    expect(fs.existsSync(two)).toBe(false)
    await verifyModel(deps(), 'b')
  })

  test('what is edited later outside does not change what is stored', async () => {
    await importModel(deps(), one, { name: 'a' })
    fs.appendFileSync(one, 'more')
    await verifyModel(deps(), 'a')
  })

  test('a LoRA is stored as an adapter', async () => {
    const lora = writeTinyGguf(path.join(folder, 'lora.gguf'), 'lora', { type: 'adapter' })
    expect(await importModel(deps(), lora, { name: 'l', language: 'glg' })).toMatchObject({
      role: 'adapter',
      language: 'glg',
    })
  })

  test.each(['', ' ', 'a b', '-a', '../a', 'a/b', 'a\n', 'x'.repeat(101)])('the name %j is refused', async (name) => {
    await expect(importModel(deps(), one, { name })).rejects.toMatchObject({ code: 'model_name_invalid' })
  })

  test('a file that is truncated, or no GGUF, or not there', async () => {
    const cut = path.join(folder, 'cut.gguf')
    fs.writeFileSync(cut, fs.readFileSync(one).subarray(0, -10))
    await expect(importModel(deps(), cut, { name: 'a' })).rejects.toMatchObject({ code: 'model_truncated' })
    fs.writeFileSync(cut, 'hello')
    await expect(importModel(deps(), cut, { name: 'a' })).rejects.toMatchObject({ code: 'model_not_gguf' })
    fs.rmSync(cut)
    await expect(importModel(deps(), cut, { name: 'a' })).rejects.toMatchObject({ code: 'model_missing' })
    expect(files()).toEqual([])
    expect(await listModels(store)).toEqual([])
  })

  test('replaces a stored file that somebody cut short', async () => {
    const { file } = await importModel(deps(), one, { name: 'a' })
    fs.truncateSync(file, 10)
    await importModel(deps(), one, { name: 'a' })
    await verifyModel(deps(), 'a')
  })

  test('a full disk: a sentence, and nothing half done', async (context) => {
    using disk = smallDisk(context, 20)
    const small = openHome(disk.folder)
    const database = await openStore(small.database)
    try {
      const refused = importModel({ home: small, store: database }, studentFile(), { name: 'student' })
      await expect(refused).rejects.toMatchObject({ code: 'disk_full', message: expect.stringMatching(/\d MB more/) })
      expect(fs.readdirSync(small.models)).toEqual([])
      expect(await listModels(database)).toEqual([])
      await importModel({ home: small, store: database }, one, { name: 'one' })
    } finally {
      await database.destroy()
    }
  })

  test('a home that has become read-only', async (context) => {
    using disk = smallDisk(context, 20)
    disk.readOnly()
    expect(() => openHome(disk.folder)).toThrow(expect.objectContaining({ code: 'home_unusable' }))
  })
})

describe('finding and removing', () => {
  test('an unknown name is answered with the nearest ones', async () => {
    await expect(findModel(deps(), 'x')).rejects.toMatchObject({ message: expect.stringContaining('store is empty') })
    await importModel(deps(), one, { name: 'galician-small' })
    await importModel(deps(), two, { name: 'basque-small' })
    await expect(findModel(deps(), 'galicain-small')).rejects.toMatchObject({
      code: 'model_unknown',
      exitCode: 2,
      message: 'No model is called "galicain-small". Did you mean galician-small?',
    })
    await expect(removeModel(deps(), 'basque')).rejects.toMatchObject({
      message: expect.stringContaining('Did you mean basque-small?'),
    })
  })

  test('the file goes with its last name', async () => {
    await importModel(deps(), one, { name: 'a' })
    await importModel(deps(), one, { name: 'b' })
    expect(await removeModel(deps(), 'a')).toEqual({ freed: 0 })
    expect(files()).toHaveLength(1)
    expect(await removeModel(deps(), 'b')).toEqual({ freed: fs.statSync(one).size })
    expect(files()).toEqual([])
    expect(await listModels(store)).toEqual([])
  })

  test('a base stays while an adapter applies to it', async () => {
    await importModel(deps(), one, { name: 'base' })
    await importModel(deps(), two, { name: 'glg', role: 'adapter', base: 'base' })
    await expect(removeModel(deps(), 'base')).rejects.toMatchObject({
      code: 'model_needed',
      message: expect.stringContaining('glg'),
    })
    await removeModel(deps(), 'glg')
    await removeModel(deps(), 'base')
  })

  test('a file that was deleted, or changed, behind the store is noticed', async () => {
    const { file } = await importModel(deps(), one, { name: 'a' })
    const bytes = fs.readFileSync(file)
    bytes[bytes.length - 1] = 1
    fs.writeFileSync(file, bytes)
    await expect(verifyModel(deps(), 'a')).rejects.toMatchObject({ code: 'model_damaged' })
    fs.rmSync(file)
    await expect(findModel(deps(), 'a')).rejects.toMatchObject({ code: 'model_missing' })
  })
})

describe('several processes', () => {
  const script = path.join(import.meta.dirname, 'import-once.ts')
  const start = async (file: string, ...names: string[]): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [script, home.dir, file, ...names], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (child.stdout) await once(child.stdout, 'data')
    return child
  }
  const end = async (child: ChildProcess) => (child.exitCode === null ? (await once(child, 'exit'))[0] : child.exitCode)

  test('that import the same and other content at once all succeed', async () => {
    const children = await Promise.all([start(one, 'a', 'b'), start(one, 'b', 'a'), start(two, 'c')])
    expect(await Promise.all(children.map(end))).toEqual([0, 0, 0])
    expect((await listModels(store)).map((row) => row.name)).toEqual(['a', 'b', 'c'])
    expect(files()).toHaveLength(2)
    for (const name of ['a', 'b', 'c']) await verifyModel(deps(), name)
  })

  test('one that is killed at any moment leaves nothing half done, and the same import succeeds afterwards', async () => {
    const student = studentFile()
    for (const delay of [20, 60, 90, 120, 160, 220]) {
      const child = await start(student, 'student')
      await sleep(delay)
      child.kill('SIGKILL')
      await end(child)
      for (const file of files().filter((name) => name.endsWith('.gguf')))
        expect(`${await sha256File(path.join(home.models, file))}.gguf`).toBe(file)
      for (const row of await listModels(store)) await verifyModel(deps(), row.name)
      // Begin each round from the start, or the later ones would find the work done.
      for (const row of await listModels(store)) await removeModel(deps(), row.name)
      for (const file of files().filter((name) => name.endsWith('.gguf'))) fs.rmSync(path.join(home.models, file))
    }
    await importModel(deps(), student, { name: 'student' })
    await verifyModel(deps(), 'student')
    expect(files()).toHaveLength(1)
  })

  test('what a dead import left is swept by the next one', async () => {
    fs.writeFileSync(path.join(home.models, 'dead.tmp'), 'half')
    await importModel(deps(), one, { name: 'a' })
    expect(files()).toHaveLength(1)
  })
})

test.each([
  ['/x/Qwen3-0.6B-Q8_0.gguf', 'qwen3-0.6b-q8_0'],
  ['model (1).GGUF', 'model-1-'],
  ['.gguf', 'model'],
])('the file %s is called %s', (file, name) => expect(nameOf(file)).toBe(name))
