import { expect, test } from 'vitest'
import { openStore } from '../../data/database.ts'
import { createHost } from '../../models/host/local.ts'
import { createApp } from '../../server/app.ts'
import { createKeys } from '../../server/keys.ts'
import { createLog } from '../../server/log.ts'
import { createServing, type ServedModel } from '../../server/serving.ts'

const model: ServedModel = {
  ...{ id: 'student', role: 'student', createdAt: '2026-01-01T00:00:00.000Z', parameters: 1 },
  ...{ quantisation: 'Q8_0', file: 'student.gguf', adapters: [] },
}

async function open(options: { loopback: boolean; requestsPerMinute?: number }) {
  const store = await openStore(':memory:')
  const keys = createKeys(store)
  const unloaded = () => Promise.reject(new Error('Nothing is loaded here.'))
  const serving = createServing({
    host: createHost({
      runtime: { threads: 1, gpu: false, freeMemory: async () => 0, load: unloaded, dispose: async () => {} },
    }),
    catalog: async () => [model],
  })
  const app = createApp({ serving, log: createLog(() => {}), keys, ...options })
  const ask = async (path: string, secret?: string, scheme = 'Bearer') => {
    const headers = secret === undefined ? {} : { authorization: `${scheme} ${secret}` }
    const response = await app.request(`http://127.0.0.1${path}`, { headers })
    return { status: response.status, headers: response.headers, body: await response.json().catch(() => null) }
  }
  return { store, keys, ask }
}

test('on this machine the API is open until there is a key', async () => {
  const { keys, ask, store } = await open({ loopback: true })
  expect((await ask('/v1/models')).status).toBe(200)
  const { secret, key } = await keys.create({ name: 'school', scopes: ['chat'] })
  expect((await ask('/v1/models')).status).toBe(401)
  expect((await ask('/v1/models', secret)).status).toBe(200)
  expect((await ask('/v1/models', secret, 'bearer')).status).toBe(200)
  await keys.revoke(key.id)
  expect((await ask('/v1/models', secret)).status).toBe(200)
  await store.destroy()
})

test('elsewhere nothing is answered without a key, but whether the server is well, and the page', async () => {
  const { keys, ask, store } = await open({ loopback: false })
  for (const path of ['/healthz', '/health', '/readyz', '/'])
    expect([path, (await ask(path)).status]).toEqual([path, 200])
  const { key, secret } = await keys.create({ name: 'school', scopes: ['chat'] })
  for (const path of ['/v1/models', '/v1/models/student', '/v1/anything', '/tokenize', '/metrics']) {
    const { status, headers, body } = await ask(path)
    expect([path, status, headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer'])
    expect(body.error).toMatchObject({ code: 'invalid_api_key', type: 'invalid_request_error' })
  }
  for (const wrong of ['', 'none', `${secret}x`, secret.toUpperCase(), key.id, "' or 1=1 --"])
    expect((await ask('/v1/models', wrong)).status).toBe(401)
  expect((await ask('/v1/models', secret, 'Basic')).status).toBe(401)
  expect((await ask('/v1/models', secret)).status).toBe(200)
  await keys.revoke(key.id)
  expect((await ask('/v1/models', secret)).status).toBe(401)
  await expect(keys.revoke(key.id)).rejects.toThrow(/no key .* that holds/)
  await store.destroy()
})

test('a key is for what it was made for', async () => {
  const { keys, ask, store } = await open({ loopback: false })
  const rater = await keys.create({ name: 'rater', scopes: ['rate'] })
  const admin = await keys.create({ name: 'admin', scopes: ['admin'] })
  const { status, body } = await ask('/v1/models', rater.secret)
  expect([status, body.error.code]).toEqual([403, 'insufficient_permissions'])
  expect((await ask('/v1/models', admin.secret)).status).toBe(200)
  await store.destroy()
})

test('the database has no secret', async () => {
  const { keys, store } = await open({ loopback: true })
  const { secret } = await keys.create({ name: 'school', scopes: ['chat', 'rate'] })
  const rows = await store.selectFrom('keys').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(secret.slice(8, 20))
  expect(await keys.list()).toEqual([
    { id: rows[0]?.id, name: 'school', scopes: ['chat', 'rate'], createdAt: rows[0]?.created_at },
  ])
  expect((await keys.create({ name: 'x', scopes: ['chat'] })).secret).not.toBe(secret)
  await store.destroy()
})

test('each key makes so many requests a minute, whatever others do; what is free is not counted', async () => {
  const { keys, ask, store } = await open({ loopback: false, requestsPerMinute: 3 })
  const [one, other] = [
    await keys.create({ name: 'a', scopes: ['chat'] }),
    await keys.create({ name: 'b', scopes: ['chat'] }),
  ]
  for (const left of ['2', '1', '0']) {
    const { status, headers } = await ask('/v1/models', one.secret)
    expect([status, headers.get('x-ratelimit-remaining-requests')]).toEqual([200, left])
  }
  const { status, headers, body } = await ask('/v1/models', one.secret)
  expect([status, body.error.code, body.error.type]).toEqual([429, 'rate_limit_exceeded', 'rate_limit_error'])
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(50)
  expect((await ask('/healthz')).status).toBe(200)
  expect((await ask('/v1/models', other.secret)).status).toBe(200)
  await store.destroy()
})
