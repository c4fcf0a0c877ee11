import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import type { KeyVariables } from './keys.ts'

export type ClientVariables = {
  /** Whoever asks, as far as turns and limits are concerned: its key, without one its address. */
  client: string
}

/** Tells those that come after it who asks. What a proxy in front says of addresses is not believed. */
export function knowsClient(): MiddlewareHandler<{ Variables: KeyVariables & ClientVariables }> {
  return (c, next) => {
    c.set('client', c.var.key ? `key ${c.var.key}` : addressOf(c))
    return next()
  }
}

/** The address of whoever asks; of IPv6 the network (/64), which is one household's. */
function addressOf(c: Context): string {
  const { address = '' } = c.env?.incoming ? getConnInfo(c).remote : {}
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain
}
