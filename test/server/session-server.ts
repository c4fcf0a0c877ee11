import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Home, openHome } from '../../core/home.ts'
import { openStore, type Store } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { startHost } from '../../models/host/child.ts'
import { createApp } from '../../server/app.ts'
import { storeCatalog } from '../../server/catalog.ts'
import { createKeys, type Keys } from '../../server/keys.ts'
import { listen } from '../../server/listen.ts'
import { createLog } from '../../server/log.ts'
import { createRunner } from '../../server/runs/runner.ts'
import { createServing, type ServedModel } from '../../server/serving.ts'
import { createStopping } from '../../server/stopping.ts'
import type { UpstreamSettings } from '../../server/upstreams/settings.ts'
import { openUpstreams } from '../../server/upstreams.ts'
import { type ModelServer, startModelServer, type Voice } from './model-server.ts'

export type SessionServer = {
  url: string
  home: Home
  store: Store
  keys: Keys
  models: ModelServer
  log: string[]
  close(): Promise<void>
}

/**
 * A server as `endonym serve` starts it, whose models live in a stand-in for another server.
 *
 * @param options.language which they were taught (none)
 * @param options.teachers servers whose models may teach (none)
 */
export async function startSessionServer(
  voices: Record<string, Voice>,
  { language, teachers = [] }: { language?: string; teachers?: readonly UpstreamSettings[] } = {},
): Promise<SessionServer> {
  const home = openHome(fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-sessions-')))
  const store = await openStore(home.database)
  const models = await startModelServer(voices)
  const log: string[] = []
  const say = (line: string) => log.push(line)
  const logger = createLog(say)
  const settings = { name: 'elsewhere', root: models.url, weight: 1, concurrency: 64, timeLimit: 20 }
  const taught = language === undefined ? [] : Object.keys(voices).map((name) => taughtElsewhere(name, language))
  const stored = storeCatalog(store, home)
  const serving = createServing({
    host: startHost({ log: say }),
    // What tests put into the store is served as well.
    catalog: async () => [...taught, ...(await stored())],
    upstreams: await openUpstreams([settings], { say }),
  })
  const keys = createKeys(store)
  const stopping = createStopping()
  // On a machine of their own, as far as locks are concerned: what computes beside the tests is not waited for.
  const command = ['env', `TMPDIR=${home.cache}`, process.execPath, 'cli/endonym.ts']
  const runner = createRunner({ home, command })
  const app = createApp({
    serving,
    log: logger,
    loopback: true,
    keys,
    stopping,
    store,
    runs: { home, runner, upstreams: teachers },
  })
  const server = await listen(app, { host: '127.0.0.1', port: 0, log: logger, stopping })
  return {
    url: server.url,
    home,
    store,
    keys,
    models,
    log,
    close: async () => {
      await Promise.all([server.stop(100), runner.dispose()])
      await serving.dispose()
      await models.close()
      await store.destroy()
      fs.rmSync(path.dirname(home.database), { recursive: true, force: true })
    },
  }
}

const taughtElsewhere = (name: string, language: string): ServedModel => ({
  id: name,
  role: 'student',
  createdAt: '2026-11-01T00:00:00.000Z',
  language: resolveLanguage(language),
  elsewhere: name,
})
