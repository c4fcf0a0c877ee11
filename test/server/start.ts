import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { type Home, openHome } from '../../core/home.ts'
import { openStore } from '../../data/database.ts'
import { setAlias } from '../../models/aliases.ts'
import { createHost } from '../../models/host/local.ts'
import { openRuntime } from '../../models/llama.ts'
import { importModel } from '../../models/store.ts'
import { type AppDeps, createApp } from '../../server/app.ts'
import { storeCatalog } from '../../server/catalog.ts'
import { createKeys, type Keys } from '../../server/keys.ts'
import { type Listening, listen } from '../../server/listen.ts'
import { createLog, type RequestLine } from '../../server/log.ts'
import { createServing, type Serving } from '../../server/serving.ts'
import { createStopping } from '../../server/stopping.ts'
import { studentFile } from '../model.ts'
import { writeLora } from './lora.ts'

export const base = 'smollm2-135m-instruct'
export const student = 'glg-smollm2-135m'
export const alias = 'school'
export const adapter = 'eus@smollm2-135m-instruct'
export const rightToLeft = 'heb-smollm2-135m'
export const templateless = 'smollm2-135m'

/** A home with the real model in it under the roles that models have: a base, a student, one written from right to left, an adapter, and one that cannot chat. */
export async function fillHome(): Promise<Home> {
  const home = openHome(fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-server-')))
  const store = await openStore(home.database)
  const deps = { home, store }
  await importModel(deps, studentFile(), { name: base, role: 'base' })
  await importModel(deps, studentFile(), { name: rightToLeft, role: 'student', language: 'heb', base })
  await importModel(deps, writeLora(path.join(home.cache, 'lora.gguf')), {
    name: adapter,
    role: 'adapter',
    language: 'eus',
    base,
  })
  await importModel(deps, withoutTemplate(studentFile(), path.join(home.cache, 'plain.gguf')), {
    name: templateless,
    role: 'base',
    move: true,
  })
  await importModel(deps, studentFile(), { name: student, role: 'student', language: 'glg', base })
  await setAlias(deps, alias, student)
  await store.destroy()
  return home
}

/** The same model with the key of its chat template misspelt. */
function withoutTemplate(from: string, to: string): string {
  const bytes = fs.readFileSync(from)
  bytes.write('x', bytes.indexOf('tokenizer.chat_template'))
  fs.writeFileSync(to, bytes)
  return to
}

export type TestServer = {
  url: string
  /** OpenAI's own, which repeats nothing by itself. */
  client: OpenAI
  home: Home
  serving: Serving
  /** Without any, the server answers everybody. */
  keys: Keys
  server: Listening
  /** What the log says of each request. */
  log: RequestLine[]
  /** Files of weights, each time that one was loaded. */
  loads: string[]
  /** Resolves when no generation runs; rejects after `ms`. */
  idle(ms?: number): Promise<void>
  close(): Promise<void>
}

/** A server as `endonym serve` starts it, on a free port, with a real model and pools of two sequences. */
export async function startServer(limits: Pick<AppDeps, 'answerSeconds' | 'bodySeconds'> = {}): Promise<TestServer> {
  const home = await fillHome()
  const store = await openStore(home.database)
  const runtime = await openRuntime({ gpu: false })
  const loads: string[] = []
  const host = createHost({
    runtime: {
      ...runtime,
      load: (file, options) => {
        loads.push(file)
        return runtime.load(file, options)
      },
    },
    contextSize: 1024,
    sequences: 2,
  })
  const serving = createServing({ host, catalog: storeCatalog(store, home), sequences: 2 })
  const lines: RequestLine[] = []
  const log = createLog((line) => lines.push(JSON.parse(line)))
  const keys = createKeys(store)
  const stopping = createStopping()
  const app = createApp({ serving, log, loopback: true, keys, stopping, store, ...limits })
  const server = await listen(app, { host: '127.0.0.1', port: 0, log, stopping })
  return {
    url: server.url,
    client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 }),
    home,
    serving,
    keys,
    server,
    log: lines,
    loads,
    idle: async (ms = 3000) => {
      const end = performance.now() + ms
      while (serving.status().running > 0) {
        if (performance.now() > end) throw new Error(`A generation still runs after ${ms} ms.`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    close: async () => {
      await server.stop(100)
      await serving.dispose()
      await runtime.dispose()
      await store.destroy()
      fs.rmSync(home.dir, { recursive: true, force: true })
    },
  }
}
