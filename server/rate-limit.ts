import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { isApi, type KeyVariables } from './keys.ts'
import { ApiError } from './openai/error.ts'

/**
 * Lets each key (without one: each address) make so many requests to the API a minute, and says in OpenAI's headers how many are left. What a proxy in front says of addresses is not believed.
 *
 * @param perMinute requests.
 */
export function rateLimit(perMinute: number): MiddlewareHandler<{ Variables: KeyVariables }> {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  return async (c, next) => {
    if (!isApi(c.req.path)) return next()
    const state = await limiter.consume(c.var.key ? `key ${c.var.key}` : addressOf(c)).catch((reason: unknown) => {
      if (reason instanceof RateLimiterRes) return reason
      throw reason
    })
    const seconds = Math.ceil(state.msBeforeNext / 1000)
    const headers = {
      'x-ratelimit-limit-requests': String(perMinute),
      'x-ratelimit-remaining-requests': String(Math.max(0, state.remainingPoints)),
      'x-ratelimit-reset-requests': `${seconds}s`,
    }
    if (state.consumedPoints > perMinute) {
      const sentence = `More than ${perMinute} requests a minute. Try again in ${seconds} seconds.`
      throw new ApiError(429, 'rate_limit_exceeded', sentence, null, { ...headers, 'retry-after': String(seconds) })
    }
    await next()
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
  }
}

/** The address of whoever asks; of IPv6 the network (/64), which is one household's. */
function addressOf(c: Context): string {
  const { address = '' } = c.env?.incoming ? getConnInfo(c).remote : {}
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain
}
