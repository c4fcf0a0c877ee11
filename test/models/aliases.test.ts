import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openHome } from '../../core/home.ts'
import { openStore } from '../../data/database.ts'
import { listAliases, removeAlias, setAlias } from '../../models/aliases.ts'
import { findModel, importModel, type ModelDeps, removeModel } from '../../models/store.ts'
import { writeTinyGguf } from './tiny.ts'

let folder: string
let deps: ModelDeps

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aliases-'))
  const home = openHome(path.join(folder, 'home'))
  deps = { home, store: await openStore(home.database) }
  for (const name of ['one', 'two'])
    await importModel(deps, writeTinyGguf(path.join(folder, `${name}.gguf`), name), { name })
})
afterEach(async () => {
  await deps.store.destroy()
  fs.rmSync(folder, { recursive: true })
})

describe('aliases', () => {
  test('a model is found by its alias, which moves to another one and goes', async () => {
    expect(await setAlias(deps, 'teacher', 'one')).toEqual({ name: 'teacher', model: 'one' })
    expect((await findModel(deps, 'teacher')).name).toBe('one')
    expect(await setAlias(deps, 'teacher', 'two')).toEqual({ name: 'teacher', model: 'two', before: 'one' })
    expect((await findModel(deps, 'teacher')).name).toBe('two')
    expect(await setAlias(deps, 'Teacher', 'two')).toEqual({ name: 'teacher', model: 'two' })
    expect(await listAliases(deps.store)).toEqual([{ name: 'teacher', model: 'two' }])
    expect(await removeAlias(deps, 'teacher')).toEqual({ name: 'teacher', model: 'two' })
    await expect(findModel(deps, 'teacher')).rejects.toMatchObject({ code: 'model_unknown' })
  })

  test('one alias can name what another one names', async () => {
    await setAlias(deps, 'first', 'one')
    expect(await setAlias(deps, 'second', 'first')).toEqual({ name: 'second', model: 'one' })
  })

  test.each(['one', 'ONE'])("it may not be a model's name: %s", async (name) => {
    await expect(setAlias(deps, name, 'two')).rejects.toMatchObject({ code: 'alias_taken', exitCode: 2 })
  })

  test.each(['', 'a b', '../a', 'a/b', '-a'])('it is a name as models have: not %j', async (name) => {
    await expect(setAlias(deps, name, 'one')).rejects.toMatchObject({ code: 'model_name_invalid' })
  })

  test('what is not there is answered with what is', async () => {
    await expect(setAlias(deps, 'teacher', 'three')).rejects.toMatchObject({ code: 'model_unknown' })
    await expect(removeAlias(deps, 'teacher')).rejects.toMatchObject({ message: expect.stringContaining('none yet') })
    await setAlias(deps, 'teacher', 'one')
    await expect(removeAlias(deps, 'techer')).rejects.toMatchObject({
      code: 'alias_unknown',
      message: 'There is no alias "techer". There is teacher.',
    })
    await expect(findModel(deps, 'techer')).rejects.toMatchObject({
      message: expect.stringContaining('Did you mean teacher?'),
    })
  })

  test('a model stays while an alias names it, and no other takes that name', async () => {
    await setAlias(deps, 'teacher', 'one')
    await expect(removeModel(deps, 'one')).rejects.toMatchObject({
      code: 'model_needed',
      message: expect.stringContaining('endonym models alias NAME --rm'),
    })
    await expect(removeModel(deps, 'teacher')).rejects.toMatchObject({ code: 'model_name_taken' })
    await expect(importModel(deps, path.join(folder, 'two.gguf'), { name: 'Teacher' })).rejects.toMatchObject({
      code: 'model_name_taken',
      message: expect.stringContaining('endonym models alias teacher --rm'),
    })
    await removeAlias(deps, 'teacher')
    await removeModel(deps, 'one')
  })
})
