import { EndonymError, messageOf } from '../../core/error.ts'
import { plural } from '../../core/format.ts'
import type { Home } from '../../core/home.ts'
import type { Check } from '../../trainer/setup/check.ts'
import { createClient } from './client.ts'
import { readListing } from './listing.ts'
import { readUpstreams, type UpstreamSettings } from './settings.ts'

/** Milliseconds for which an upstream is waited. */
const patience = 3_000

/** Which of the home's upstreams answer, each a check; none where the home names none. */
export async function checkUpstreams(home: Home): Promise<Check[]> {
  try {
    return await Promise.all(readUpstreams(home).map(checkUpstream))
  } catch (error) {
    if (!(error instanceof EndonymError)) throw error
    return [{ name: 'upstreams', state: 'missing', says: error.message }]
  }
}

async function checkUpstream({ name, root, key }: UpstreamSettings): Promise<Check> {
  const check = (state: Check['state'], says: string): Check => ({ name: `upstream ${name}`, state, says })
  const client = createClient({ root, timeLimit: patience, ...(key !== undefined && { key }) })
  try {
    const models = readListing(await client.json('/v1/models', { most: 4 << 20 }))
    return check('ok', `${root} answers; it has ${plural(models.length, 'model')}.`)
  } catch (error) {
    return check('optional-missing', `${root} does not answer with its models: ${messageOf(error)}.`)
  } finally {
    client.close()
  }
}
