import type { Context } from 'hono'

/** What a request shows to be known by (`Authorization: Bearer`); empty where it shows nothing. */
export function tokenOf(c: Context): string {
  const [, token = ''] = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? []
  return token
}
