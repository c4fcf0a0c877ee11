import { workers } from './workers.ts'

// Before whatever has work for Node's workers, so that they are as many as they shall be.

import { openRuntime } from '../llama.ts'
import { createHost } from './local.ts'
import { memoryForModels } from './memory.ts'
import { callHost, type FromHost, packError, type ToHost } from './protocol.ts'
import { createTelling, type Telling } from './telling.ts'

/**
 * The process that computes for another one (`child.ts`): it answers calls that come as messages, and ends when the other one does.
 */
const tell = (message: FromHost): void => void process.send?.(message)

const { promise: started, resolve: start } = Promise.withResolvers<ReturnType<typeof open>>()
const running = new Map<number, AbortController>()

async function open({ gpu, memory, ...sizes }: Extract<ToHost, { kind: 'start' }>['options']) {
  const runtime = await openRuntime({ ...(gpu !== undefined && { gpu }), ...(workers && { workers }) })
  return createHost({ runtime, ...sizes, memory: memory ?? (await memoryForModels(runtime)) })
}

async function answer({ id, call, args, callbacks }: Extract<ToHost, { kind: 'call' }>): Promise<void> {
  const aborting = new AbortController()
  running.set(id, aborting)
  const host = await started
  const telling = createTelling((name, args) => tell({ kind: 'callback', id, name, args }))
  try {
    const result = await callHost(host, call, withCallbacks(args, callbacks, telling, aborting.signal))
    telling.flush()
    tell({ kind: 'result', id, result, status: host.status() })
  } catch (error) {
    telling.flush()
    tell({ kind: 'failure', id, failure: packError(error), status: host.status() })
  } finally {
    running.delete(id)
  }
}

/** The options of a call (its last argument) with their functions and signal put back. */
function withCallbacks(
  args: unknown[],
  callbacks: readonly string[],
  telling: Telling,
  signal: AbortSignal,
): unknown[] {
  const options = args.at(-1)
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return args
  const functions = callbacks.map((name) => [name, (...args: unknown[]) => telling.tell(name, args)])
  return [...args.slice(0, -1), { ...options, ...Object.fromEntries(functions), signal }]
}

process.on('message', (message: ToHost) => {
  if (message.kind === 'start') start(open(message.options))
  else if (message.kind === 'abort') running.get(message.id)?.abort()
  else void answer(message)
})
// Whoever started this process ends it. A terminal sends Ctrl-C, and a service manager its signal, to both.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit())
