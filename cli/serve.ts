import { once } from 'node:events'
import path from 'node:path'
import { InvalidArgumentError } from 'commander'
import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import { createApp } from '../server/app.ts'
import { newestFirst } from '../server/choose.ts'
import { createKeys } from '../server/keys.ts'
import { listen } from '../server/listen.ts'
import { createLog } from '../server/log.ts'
import { createRunner } from '../server/runs/runner.ts'
import { isLoopback } from '../server/security.ts'
import type { Serving } from '../server/serving.ts'
import { createStopping } from '../server/stopping.ts'
import { readUpstreams } from '../server/upstreams/settings.ts'
import type { Register } from './command.ts'
import { logLine } from './log-line.ts'
import { withServing } from './serving.ts'
import { parseCount, parsePort } from './wish.ts'

type Options = {
  host: string
  port: number
  open?: boolean
  rate?: number
  parallel?: number
  context?: number
  queue?: number
  memory?: number
  timeout: number
  raters?: number
  model?: string[]
  upstream?: string[]
}

/** `endonym serve`: the HTTP server and its chat page, until Ctrl-C. */
const register: Register = (program, action) => {
  program
    .command('serve')
    .description('serve the models over HTTP: an OpenAI-compatible API and a chat page')
    .option('--host <address>', 'address to listen on; 0.0.0.0 lets other machines in', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes any free one', parsePort, 8080)
    .option('--open', 'let whoever reaches the server use it without a key')
    .option('--rate <requests>', 'requests a minute of each key, or of each address without one, at most', parseCount)
    .option('--parallel <answers>', 'answers that each model writes at once; others wait their turn (4)', parseCount)
    .option('--context <tokens>', 'tokens of a conversation at most (4096)', parseCount)
    .option('--queue <requests>', 'requests that may wait for a model; more are told to come back (64)', parseCount)
    .option(
      '--memory <GB>',
      'memory that models may take; those not used for longest make room (80 % of what is free)',
      readGigabytes,
    )
    .option('--raters <number>', 'raters an hour that one address may bring to sessions (300)', parseCount)
    .option('--timeout <seconds>', 'seconds that an answer may take', parseCount, 600)
    .option('--model <name...>', 'load these models now rather than on their first use')
    .option(
      '--upstream <url...>',
      'serve the models of these OpenAI-compatible servers too, as upstreams.json in the home does with keys and settings',
    )
    .action(
      action(async (context, options: Options) => {
        const { signal } = context
        const log = createLog((line) => context.say(process.stderr.isTTY ? logLine(line) : line))
        const settings = {
          say: (line: string) => log.info(line),
          upstreams: readUpstreams(context.home, options.upstream),
          ...(options.parallel !== undefined && { sequences: options.parallel }),
          ...(options.context !== undefined && { contextSize: options.context }),
          ...(options.queue !== undefined && { queue: options.queue }),
          ...(options.memory !== undefined && { memory: options.memory }),
        }
        const serve = async (serving: Serving, store: Store): Promise<void> => {
          const keys = createKeys(store)
          const loopback = isLoopback(options.host)
          const open = options.open ?? loopback
          if (!open && !(await keys.any())) {
            throw new EndonymError(
              'keys_missing',
              `Whoever reaches ${options.host} could use this server. Make a key for those who may with "endonym keys create", or let everybody with --open.`,
              { exitCode: 2 },
            )
          }
          const wanted = await Promise.all((options.model ?? []).map((name) => serving.find(name)))
          const stopping = createStopping()
          const runner = createRunner({ home: context.home, command: thisProgram })
          const app = createApp({
            serving,
            log,
            loopback,
            stopping,
            store,
            ...(!options.open && { keys }),
            answerSeconds: options.timeout,
            ...(options.raters && { ratersPerHour: options.raters }),
            runs: { home: context.home, runner, upstreams: settings.upstreams },
            ...(options.rate && { requestsPerMinute: options.rate }),
          })
          const server = await listen(app, { ...options, log, stopping })
          try {
            for (const model of wanted) {
              log.info(`Loading ${model.id}.`)
              await unlessStopped(signal, serving.load(model, { signal }))
            }
            if (signal.aborted) return
            const example = wanted[0] ?? newestFirst(await serving.list()).find(({ role }) => role !== 'base')
            const id = example?.id ?? (await serving.list())[0]?.id
            context.print({ url: server.url, api: `${server.url}/v1`, model: id ?? null }, greeting(server.url, id))
            if (!loopback) {
              log.warn(
                `${options.open ? 'Whoever reaches this address can use it. ' : ''}What is said travels as it is: put a proxy with TLS in front of it.`,
              )
            }
            if (!signal.aborted) await once(signal, 'abort')
          } finally {
            await Promise.all([server.stop(), runner.dispose()])
          }
        }
        await withServing(context, serve, settings)
      }),
    )
}

export default register

/** How Endonym is started again, for a run. */
const thisProgram = [process.execPath, ...process.execArgv, path.join(import.meta.dirname, 'endonym.ts')]

/** Whoever stops the server while it loads has not failed. */
async function unlessStopped(signal: AbortSignal, loading: Promise<void>): Promise<void> {
  await loading.catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

/** What to do next, ready to be copied. */
function greeting(url: string, model: string | undefined): string {
  if (model === undefined) {
    return `Listening on ${url}, with no model yet: make one with "endonym distill <language>"; it is served as soon as it is there.`
  }
  return `Chat in the browser: ${url}
OpenAI's clients:    ${url}/v1

  curl ${url}/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello!"}]}'

  import OpenAI from 'openai'
  const client = new OpenAI({ baseURL: '${url}/v1', apiKey: 'none' })
  const answer = await client.chat.completions.create({
    model: '${model}',
    messages: [{ role: 'user', content: 'Hello!' }],
  })

Ctrl-C stops the server.`
}

/** @returns bytes */
function readGigabytes(text: string): number {
  const gigabytes = Number(text)
  if (!(gigabytes > 0)) throw new InvalidArgumentError('Memory is a number of gigabytes above 0, such as 4 or 0.5.')
  return Math.round(gigabytes * 1e9)
}
