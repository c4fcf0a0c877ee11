import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import readline from 'node:readline'
import { EndonymError } from '../../core/error.ts'
import { type Host, HostCrash, type HostStatus } from '../host.ts'
import { withHugePages } from '../huge-pages.ts'
import { type FromHost, type HostCall, type HostStart, type ToHost, unpackError } from './protocol.ts'

/** Seconds for which a model is not asked that ended the process whenever it was asked: so many after the second time, doubled each time up to the most. */
const firstRest = 2
const longestRest = 60

type Call = {
  /** The model's, as a text. */
  key: string
  resolve(result: unknown): void
  reject(error: unknown): void
  callbacks: Readonly<Record<string, (...args: unknown[]) => void>>
}

/**
 * Computes in a process of its own, which is started when it is first needed. Where native code aborts or memory runs out, the calls that are under way fail with `HostCrash` and the
 * process is started anew for the next. A model that has ended it twice without ever answering rests for a while, so that others may work.
 *
 * @param options.log is told of crashes, and what the process says.
 * @example const host = startHost({ log: console.error })
 */
export function startHost({ log, ...options }: HostStart & { log: (line: string) => void }): Host {
  let child: ChildProcess | undefined
  let closed = false
  let nextId = 0
  let crashes = 0
  /** Models that have answered since the process was started. */
  const proven = new Set<string>()
  /** How often others ended it, and until when they rest. */
  const suspects = new Map<string, { times: number; until: number }>()
  let status: HostStatus = {
    loaded: [],
    memory: { weights: 0, adapters: 0, contexts: 0, limit: options.memory ?? 0 },
    gpuLayers: 0,
    crashes: 0,
  }
  const calls = new Map<number, Call>()

  const start = (): ChildProcess => {
    const started = fork(path.join(import.meta.dirname, 'process.ts'), {
      env: withHugePages(process.env),
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let last = ''
    for (const stream of [started.stdout, started.stderr]) {
      if (!stream) continue
      readline.createInterface({ input: stream }).on('line', (line) => {
        last = line
        log(line)
      })
    }
    started.on('message', (message: FromHost) => receive(message))
    // The channel may break before the process has ended; its end says all.
    started.on('error', () => {})
    started.once('close', (code, signal) => {
      if (child === started) child = undefined
      if (!closed) crashed(signal ?? `exit ${code}`, last)
    })
    started.send({ kind: 'start', options } satisfies ToHost)
    return started
  }
  const receive = (message: FromHost): void => {
    const call = calls.get(message.id)
    if (message.kind === 'callback') {
      call?.callbacks[message.name]?.(...message.args)
      return
    }
    status = { ...message.status, crashes }
    calls.delete(message.id)
    if (call) {
      proven.add(call.key)
      suspects.delete(call.key)
    }
    if (message.kind === 'result') call?.resolve(message.result)
    else call?.reject(unpackError(message.failure))
  }
  const crashed = (how: string, last: string): void => {
    crashes++
    const failed = [...calls.values()]
    calls.clear()
    for (const key of new Set(failed.map(({ key }) => key))) {
      if (proven.has(key)) continue
      const times = (suspects.get(key)?.times ?? 0) + 1
      const rest = times > 1 ? Math.min(longestRest, firstRest * 2 ** (times - 2)) : 0
      suspects.set(key, { times, until: performance.now() + rest * 1000 })
    }
    proven.clear()
    const nothing = { ...status.memory, weights: 0, adapters: 0, contexts: 0 }
    status = { ...status, loaded: [], memory: nothing, gpuLayers: 0, crashes }
    const lost = failed.length === 0 ? '' : ` ${failed.length} answers were lost.`
    log(`The process that computes ended by itself (${how})${last ? `: ${last}` : ''}. It is started again.${lost}`)
    for (const { reject } of failed) {
      reject(new HostCrash('The process that computes ended by itself during this answer. Try again.', 1))
    }
  }

  const ask = (call: HostCall, args: readonly unknown[]): Promise<unknown> => {
    const key = JSON.stringify(args[0])
    const wait = Math.ceil(((suspects.get(key)?.until ?? 0) - performance.now()) / 1000)
    if (wait > 0) {
      const sentence = `This model has ended the process that computes each time that it was asked, and rests. Try again in ${wait} seconds, or get another file of it.`
      return Promise.reject(new HostCrash(sentence, wait))
    }
    if (closed) return Promise.reject(ended())
    child ??= start()
    const { plain, callbacks, signal } = takeOutCallbacks(args)
    const id = nextId++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    calls.set(id, { key, resolve, reject, callbacks })
    const send = (message: ToHost): void => void child?.send(message, () => {})
    send({ kind: 'call', id, call, args: plain, callbacks: Object.keys(callbacks) })
    if (!signal) return promise
    const abort = (): void => send({ kind: 'abort', id })
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  return {
    load: async (weights, options = {}) => {
      // What is loaded already would be there before the word that nobody waits.
      options.signal?.throwIfAborted()
      try {
        await ask('load', [weights, options])
      } catch (error) {
        // On its way here, the signal's reason has become another error.
        if (!(error instanceof EndonymError)) options.signal?.throwIfAborted()
        throw error
      }
    },
    chat: (...args) => ask('chat', args) as ReturnType<Host['chat']>,
    complete: (...args) => ask('complete', args) as ReturnType<Host['complete']>,
    embed: (...args) => ask('embed', args) as ReturnType<Host['embed']>,
    tokenize: (...args) => ask('tokenize', args) as ReturnType<Host['tokenize']>,
    detokenize: (...args) => ask('detokenize', args) as ReturnType<Host['detokenize']>,
    status: () => status,
    dispose: async () => {
      closed = true
      const ending = child
      if (!ending) return
      const end = new Promise((resolve) => ending.once('close', resolve))
      // What it holds is memory alone, which its end gives back.
      ending.kill('SIGKILL')
      await end
      for (const { reject } of calls.values()) reject(ended())
      calls.clear()
    },
  }
}

const ended = () => new HostCrash('The process that computes was ended.', 1)

/** Splits what cannot be sent to another process from a call's arguments: functions and the signal among its options, which are its last argument. */
function takeOutCallbacks(args: readonly unknown[]) {
  const options = args.at(-1)
  const callbacks: Record<string, (...args: unknown[]) => void> = {}
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return { plain: [...args], callbacks }
  const plain: Record<string, unknown> = {}
  let signal: AbortSignal | undefined
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'function') callbacks[name] = value as (...args: unknown[]) => void
    else if (value instanceof AbortSignal) signal = value
    else plain[name] = value
  }
  return { plain: [...args.slice(0, -1), plain], callbacks, ...(signal && { signal }) }
}
