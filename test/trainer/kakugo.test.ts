import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Home } from '../../core/home.ts'
import { openStore, type Store } from '../../data/database.ts'
import { openTranslator } from '../../trainer/translators.ts'
import { type KakugoEndpoint, startKakugoEndpoint } from './kakugo-endpoint.ts'
import { homeIn, runData, teacherAt, wishFor } from './scripted-run.ts'

let folder: string
let home: Home
let store: Store
let endpoint: KakugoEndpoint
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kakugo-'))
  home = homeIn(folder)
  store = await openStore(home.database)
  endpoint = await startKakugoEndpoint()
  const wish = wishFor(endpoint, [], 'demo', 'kakugo')
  await runData({ home, store }, 'gl-kakugo', wish, {
    teacher: teacherAt(endpoint.url),
    translator: await openTranslator('apertium'),
  })
})
afterAll(async () => {
  await endpoint.close()
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

test('x', async () => {
  const rows = await store
    .selectFrom('examples')
    .select(['step', 'dropped_by', (eb) => eb.fn.countAll<number>().as('n')])
    .where('run', '=', 'gl-kakugo')
    .groupBy(['step', 'dropped_by'])
    .execute()
  console.table(rows)
  console.log(
    JSON.stringify(
      await store.selectFrom('examples').select(['example_json']).where('step', '=', 'broad-scenarios').execute(),
      null,
      1,
    ).slice(0, 3000),
  )
  console.log(endpoint.requests.filter((r) => r.prompt.includes('kinds of situation')).length)
  expect(endpoint.requests.length).toBeGreaterThan(0)
})
