import os from 'node:os'
import koffi from 'koffi'
import type { Workers } from '../llama/cores.ts'

/** Bytes that a semaphore takes at most, on whatever platform. */
const semaphoreBytes = 256
/** Workers at most, however many cores there are: koffi calls 64 functions at once. */
const most = 32

/**
 * Node's workers for native work: one for each core, of which only as many take work as contexts compute. A context that computes alone must have one worker (`models/llama/one-worker.ts` says why); two that compute side by
 * side need one each.
 *
 * Whoever shall take no work waits for a semaphore: libuv's, which Node exports on all its platforms. Where it cannot be had, this is undefined, and contexts compute in turn.
 *
 * The number of workers is read when the first work comes, so this is imported before whatever has any.
 */
export const workers: Workers | undefined = openWorkers(Math.min(os.availableParallelism(), most))

function openWorkers(size: number): Workers | undefined {
  if (size === 1) return undefined
  const semaphore = Buffer.alloc(semaphoreBytes)
  const functions = semaphoreFunctions()
  if (functions?.init(semaphore, 0) !== 0) return undefined
  process.env.UV_THREADPOOL_SIZE = String(size)
  /** Workers that wait for the semaphore, or will once they are free. */
  let waiting = 0
  const use = (count: number): void => {
    const rest = size - Math.min(Math.max(1, count), size)
    for (; waiting < rest; waiting++) functions.wait.async(semaphore, () => {})
    for (; waiting > rest; waiting--) functions.post(semaphore)
  }
  // At its end, a process waits for its workers.
  process.once('exit', () => use(size))
  use(1)
  return { use }
}

function semaphoreFunctions() {
  try {
    const node = koffi.load(null)
    return {
      init: node.func('int uv_sem_init(_Out_ void *semaphore, unsigned int value)'),
      wait: node.func('void uv_sem_wait(void *semaphore)'),
      post: node.func('void uv_sem_post(void *semaphore)'),
    }
  } catch {
    return undefined
  }
}
