import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { ApiError } from './openai/error.ts'

/** Whether an address is one that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

/**
 * Refuses requests that name another host than this machine. A page of some site can point its own name at 127.0.0.1 (DNS rebinding) and would then be
 * of the same origin as this server; the Host header still says the site's name. For servers that are bound to loopback.
 */
export function loopbackOnly(): MiddlewareHandler {
  return async (c, next) => {
    if (!isLoopback(new URL(c.req.url).hostname)) {
      throw new ApiError(403, 'host_not_allowed', 'This server answers only to the names of its own machine.')
    }
    await next()
  }
}

/**
 * Refuses requests that a page of another origin makes a browser send, reading aside: reading is refused by the browser itself, because no CORS header is ever
 * sent. Programs (curl, OpenAI's clients) send neither header that is looked at.
 */
export function sameOriginOnly(): MiddlewareHandler {
  const safe = ['GET', 'HEAD', 'OPTIONS']
  return async (c, next) => {
    if (!safe.includes(c.req.method)) {
      const origin = c.req.header('origin')
      const site = c.req.header('sec-fetch-site') ?? 'none'
      const foreign = origin !== undefined && hostOf(origin) !== new URL(c.req.url).host
      if (foreign || site === 'cross-site' || site === 'same-site') {
        throw new ApiError(403, 'cross_origin', 'Requests from pages of another origin are refused.')
      }
    }
    await next()
  }
}

/** The host of an `Origin` header; empty for `null` and for what is no address. The scheme is left out: a proxy in front may speak HTTPS. */
function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : ''
}

/** A page needs its own scripts, styles and API, and nothing else. */
const policy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
}

/** Of the chat page, and of whatever else is answered: no text may become markup either (Trusted Types). */
const strictest = { ...policy, requireTrustedTypesFor: ["'script'"], trustedTypes: ["'none'"] }

/** Swagger UI writes the descriptions of its document as markup, which it has purified, and its style has pictures in it. */
const ofDocs = { ...policy, imgSrc: ["'self'", 'data:'] }

/** Tells browsers what a page may do. */
export function headers(): MiddlewareHandler {
  const [docs, others] = [ofDocs, strictest].map((contentSecurityPolicy) =>
    secureHeaders({
      contentSecurityPolicy,
      // For whoever puts TLS in front to decide.
      strictTransportSecurity: false,
      xFrameOptions: 'DENY',
    }),
  ) as [MiddlewareHandler, MiddlewareHandler]
  return (c, next) => (c.req.path === '/docs' ? docs : others)(c, next)
}
