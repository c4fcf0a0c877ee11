import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openHome } from '../../core/home.ts'
import { priceOf } from '../../data/prices.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'prices-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const url = 'https://example.org/v1'
const homeWith = (name: string, prices?: unknown) => {
  const home = openHome(path.join(folder, name))
  if (prices !== undefined) fs.writeFileSync(path.join(home.dir, 'prices.json'), JSON.stringify(prices))
  return home
}

test('the shipped prices have a day and a currency, and name no model that they do not know', () => {
  const home = homeWith('plain')
  expect(priceOf(home, url, 'gpt-4o-mini')).toMatchObject({
    prompt: expect.any(Number),
    completion: expect.any(Number),
    currency: 'USD',
    date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  })
  expect(priceOf(home, url, 'no-such-model')).toBeUndefined()
})

test("the person's own prices count before them, an endpoint's before its model's", () => {
  const models = {
    'gpt-4o-mini': { prompt: 1, completion: 2 },
    [`${url}:gpt-4o-mini`]: { prompt: 3, completion: 4, batch: 0.5 },
  }
  const home = homeWith('own', { date: '2026-01-31', currency: 'EUR', note: 'from the bill', models })
  expect(priceOf(home, url, 'gpt-4o-mini')).toMatchObject({
    prompt: 3,
    batch: 0.5,
    currency: 'EUR',
    date: '2026-01-31',
  })
  expect(priceOf(home, 'https://other.example/v1', 'gpt-4o-mini')).toMatchObject({ prompt: 1 })
  expect(priceOf(home, url, 'gpt-4o')).toMatchObject({ currency: 'USD' })
})

test('a price file that cannot be read is a sentence with its place', () => {
  const home = homeWith('broken', { date: 'yesterday', currency: 'EUR', note: '', models: {} })
  expect(() => priceOf(home, url, 'gpt-4o')).toThrow(/price file .*prices\.json cannot be used/)
})
