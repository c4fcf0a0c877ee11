import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore, type Store } from '../../data/database.ts'

let store: Store
beforeAll(async () => {
  store = await openStore(':memory:')
  await store
    .insertInto('keys')
    .values(
      ['a', 'b', 'c'].map((id) => ({ id, name: id, hash: id, scopes_json: '[]', created_at: '2026-01-01T00:00:00Z' })),
    )
    .execute()
})
afterAll(() => store.destroy())

const all = () => store.selectFrom('keys').select('id').orderBy('id')

test('a query is answered again after its rows were read in part', async () => {
  for await (const { id } of all().stream()) {
    expect(id).toBe('a')
    break
  }
  expect((await all().execute()).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
})

test('more different queries than are kept are answered all the same', async () => {
  for (let length = 1; length <= 300; length++) {
    const names = Array.from({ length }, (_, i) => (i === 0 ? 'b' : `none ${i}`))
    expect(await all().where('id', 'in', names).execute()).toEqual([{ id: 'b' }])
  }
  expect(await all().execute()).toHaveLength(3)
})
