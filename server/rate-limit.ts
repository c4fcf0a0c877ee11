import type { MiddlewareHandler } from 'hono'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { ClientVariables } from './client.ts'
import { isApi } from './keys.ts'
import { ApiError } from './openai/error.ts'

/**
 * Lets each client (a key, without one an address) make so many requests to the API a minute, and says in OpenAI's headers how many are left.
 *
 * @param perMinute requests.
 */
export function rateLimit(perMinute: number): MiddlewareHandler<{ Variables: ClientVariables }> {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  return async (c, next) => {
    if (!isApi(c.req.path)) return next()
    const state = await limiter.consume(c.var.client).catch((reason: unknown) => {
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
