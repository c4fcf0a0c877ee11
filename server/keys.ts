import crypto from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { EndonymError } from '../core/error.ts'
import { sha256 } from '../core/hash.ts'
import type { Store } from '../data/database.ts'
import type { KeyRow } from '../data/schema.ts'
import { ApiError } from './openai/error.ts'

/** What a key allows: to ask models; to judge answers; to start runs; to see what the server does. */
export const scopes = ['chat', 'rate', 'run', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** A key as it is listed: never the secret, which is known only to whoever was given it. */
export type Key = { id: string; name: string; scopes: readonly Scope[]; createdAt: string; revokedAt?: string }

/** The keys of the server's API. */
export type Keys = {
  /** Makes a key. The secret is given once: the database has its hash alone. */
  create(options: { name: string; scopes: readonly Scope[] }): Promise<{ key: Key; secret: string }>
  list(): Promise<Key[]>
  /** @throws EndonymError `key_not_found` */
  revoke(id: string): Promise<Key>
  /** Whether there is a key that holds. */
  any(): Promise<boolean>
  /** The key of this secret, if it holds. */
  find(secret: string): Promise<Key | undefined>
}

/**
 * The keys on table `keys`. A secret has 256 random bits, so that its plain SHA-256 tells nothing of it, and it is looked up by that.
 *
 * @example const { secret } = await createKeys(store).create({ name: 'village school', scopes: ['chat'] })
 */
export function createKeys(store: Store): Keys {
  const holding = () => store.selectFrom('keys').selectAll().where('revoked_at', 'is', null)
  return {
    create: async ({ name, scopes }) => {
      const secret = `endonym_${crypto.randomBytes(32).toString('base64url')}`
      const row: KeyRow = {
        id: crypto.randomBytes(4).toString('hex'),
        name,
        hash: sha256(secret),
        scopes_json: JSON.stringify(scopes),
        created_at: new Date().toISOString(),
        revoked_at: null,
      }
      await store.insertInto('keys').values(row).execute()
      return { key: keyOf(row), secret }
    },
    list: async () => (await store.selectFrom('keys').selectAll().orderBy('created_at').execute()).map(keyOf),
    revoke: async (id) => {
      const [row] = await store
        .updateTable('keys')
        .set({ revoked_at: new Date().toISOString() })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returningAll()
        .execute()
      if (row) return keyOf(row)
      throw new EndonymError('key_not_found', `There is no key "${id}" that holds: "endonym keys" lists them.`, {
        exitCode: 2,
      })
    },
    any: async () => (await holding().limit(1).executeTakeFirst()) !== undefined,
    find: async (secret) => {
      const row = await holding().where('hash', '=', sha256(secret)).executeTakeFirst()
      return row && keyOf(row)
    },
  }
}

function keyOf({ id, name, scopes_json, created_at, revoked_at }: KeyRow): Key {
  return {
    id,
    name,
    scopes: JSON.parse(scopes_json) as Scope[],
    createdAt: created_at,
    ...(revoked_at !== null && { revokedAt: revoked_at }),
  }
}

/** What the check of a key tells what comes after it. */
export type KeyVariables = {
  /** The id of the key that the request brought. */
  key?: string
}

/** Whether a path is part of the API, which computes. */
export const isApi = (path: string): boolean => scopeOf('POST', path) === 'chat'

/** What a request asks for; the pages, and whether the server is well, are for everybody. Within a session its own tokens count. */
function scopeOf(method: string, path: string): Scope | undefined {
  if (path === '/metrics') return 'admin'
  if (path === '/api/sessions' && method === 'POST') return 'rate'
  if (['/api/compare', '/api/feedback', '/api/models', '/api/leaderboard'].includes(path)) return 'chat'
  if (path.startsWith('/api/interface/')) return 'rate'
  if (path === '/api/plan' || /^\/api\/runs(\/|$)/.test(path)) return 'run'
  return path.startsWith('/v1/') || path === '/tokenize' || path === '/detokenize' ? 'chat' : undefined
}

/**
 * Lets requests to the API through that bring a key with the right scope (`Authorization: Bearer`).
 *
 * @param options.open whether the API is for everybody as long as there is no key.
 */
export function keysOnly(keys: Keys, { open }: { open: boolean }): MiddlewareHandler<{ Variables: KeyVariables }> {
  return async (c, next) => {
    const scope = scopeOf(c.req.method, c.req.path)
    if (scope === undefined || (open && !(await keys.any()))) return next()
    const [, secret] = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? []
    const key = secret === undefined ? undefined : await keys.find(secret)
    if (!key) {
      const what = secret === undefined ? 'This server wants a key' : 'This key is not known here, or no longer holds'
      throw new ApiError(
        401,
        'invalid_api_key',
        `${what}: send one that it gave you as "Authorization: Bearer KEY".`,
        null,
        {
          'www-authenticate': 'Bearer',
        },
      )
    }
    if (!key.scopes.includes(scope) && !key.scopes.includes('admin')) {
      throw new ApiError(
        403,
        'insufficient_permissions',
        `This key is not for ${c.req.path}: that wants the scope "${scope}".`,
      )
    }
    c.set('key', key.id)
    return next()
  }
}
