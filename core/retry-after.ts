/**
 * How long a server wants to be left alone, in milliseconds: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3).
 *
 * @param now milliseconds since the epoch.
 */
export function retryAfterOf(headers: Headers, now = Date.now()): number | undefined {
  const milliseconds = amountOf(headers.get('retry-after-ms'))
  if (milliseconds !== undefined) return milliseconds
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const seconds = amountOf(value)
  if (seconds !== undefined) return seconds * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function amountOf(value: string | null): number | undefined {
  const amount = value === null || value.trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined
}
