import crypto from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { EndonymError } from '../core/error.ts'
import { commitFile, diskFull, formatBytes, freeSpace, writeError } from '../core/files.ts'
import { sha256File } from '../core/hash.ts'
import type { Home } from '../core/home.ts'
import { withLock } from '../core/lock.ts'
import { nearNames } from '../core/near.ts'
import type { Store } from '../data/database.ts'
import type { ModelRow } from '../data/schema.ts'
import { readGguf } from './gguf.ts'

/**
 * The store of models: GGUF files named by their SHA-256 under `home.models`, and a row in the table `models` for each name that people call them by.
 *
 * Files are written and deleted only while this home's lock is held, by rename after their bytes are on disk and checked: a file that has its
 * name is whole, and a `*.tmp` that is met under the lock was left by a process that died. A file that lost its row (a kill between
 * rename and insert) is whole too; the same import, run again, takes it up.
 */
export type ModelDeps = {
  home: Home
  store: Store
  /** Told once when another process holds the lock. */
  onWait?: (sentence: string) => void
}

/** A row of the store and where its file is. */
export type StoredModel = ModelRow & { file: string }

export type ImportOptions = {
  name: string
  /** (`adapter` for a LoRA, else `base`) */
  role?: ModelRow['role']
  /** ISO 639-3. */
  language?: string
  /** Name of the model that it applies to or comes from. */
  base?: string
  run?: string
  /** Where it came from, for people. (the file's path) */
  source?: string
  /** The file is a temporary of ours: it is moved into the store, not copied, and is gone afterwards. */
  move?: boolean
  signal?: AbortSignal
}

/** All models, by name. */
export async function listModels(store: Store): Promise<ModelRow[]> {
  return await store.selectFrom('models').selectAll().orderBy('name').execute()
}

/** Where the content of that SHA-256 is, or would be. */
export function modelFile(home: Home, sha256: string): string {
  return path.join(home.models, `${sha256}.gguf`)
}

/** What a model is called whose file has that name: `…/Qwen3-0.6B-Q8_0.gguf` → `qwen3-0.6b-q8_0`. */
export function nameOf(file: string): string {
  return (
    path
      .basename(file)
      .replace(/\.gguf$/i, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}._@+-]+/gu, '-')
      .replace(/^[^\p{L}\p{N}]+/u, '') || 'model'
  )
}

/**
 * Puts a GGUF file into the store under a name. The same content is stored once, however many names it has; the same name
 * with the same content again changes nothing.
 *
 * @throws EndonymError `model_missing`, `model_not_gguf`, `model_truncated`, `model_name_taken`, `model_name_invalid`, `disk_full`, `not_writable`
 * @example await importModel({ home, store }, 'merged-q8_0.gguf', { name: 'gl@smollm2.8c71d2', role: 'student', language: 'glg' })
 */
export async function importModel(deps: ModelDeps, file: string, options: ImportOptions): Promise<StoredModel> {
  const { home, store } = deps
  checkName(options.name)
  const summary = await readGguf(file)
  const sha256 = await sha256File(file)
  return await withStoreLock(deps, async () => {
    await removeLeftovers(home)
    const stored = modelFile(home, sha256)
    const existing = await rowNamed(store, options.name)
    await checkNoAlias(store, options.name)
    if (existing && existing.sha256 !== sha256)
      throw new EndonymError(
        'model_name_taken',
        `Another model is already called "${options.name}". Choose another name with --name, or remove that one first: endonym models rm ${options.name}`,
        { exitCode: 2 },
      )
    const { size } = await fs.stat(file)
    if ((await sizeOf(stored)) !== size) await place(file, stored, sha256, options)
    else if (options.move) await fs.rm(file)
    if (existing) return { ...existing, file: stored }
    const row = await store
      .insertInto('models')
      .values({
        name: options.name,
        role: options.role ?? (summary.kind === 'adapter' ? 'adapter' : 'base'),
        sha256,
        bytes: size,
        architecture: summary.architecture,
        parameters: summary.parameters,
        quantisation: summary.quantisation,
        language: options.language ?? null,
        base: options.base ?? null,
        run: options.run ?? null,
        source: options.source ?? path.resolve(file),
        created_at: new Date().toISOString(),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return { ...row, file: stored }
  })
}

/** Writes the content under its name in the store, by way of a temporary file that is checked before it gets that name. */
async function place(from: string, to: string, sha256: string, { move, signal }: ImportOptions): Promise<void> {
  const temporary = path.join(path.dirname(to), `${crypto.randomUUID()}.tmp`)
  try {
    const { size } = await fs.stat(from)
    if (move) {
      try {
        return await commitFile(from, to)
      } catch (error) {
        // On another file system it can only be copied.
        if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
      }
    }
    const free = await freeSpace(path.dirname(to))
    if (free < size) throw diskFull(to, size - free)
    // Shares the blocks on file systems that can (Btrfs, XFS, APFS); a hard link would let whoever edits the original change the store.
    await fs.copyFile(from, temporary, fs.constants.COPYFILE_FICLONE)
    signal?.throwIfAborted()
    if ((await sha256File(temporary)) !== sha256)
      throw new EndonymError(
        'model_changed',
        `${from} was changed while it was read. Import it again when it is complete.`,
      )
    await commitFile(temporary, to)
    if (move) await fs.rm(from)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw writeError(error, to)
  }
}

/**
 * Takes a name out of the store; its file goes when no other name uses it.
 *
 * @returns the bytes that were freed.
 * @param name its own: an alias is not followed.
 * @throws EndonymError `model_unknown`, `model_needed` (an adapter applies to it, or an alias stands for it)
 */
export async function removeModel(deps: ModelDeps, name: string): Promise<{ freed: number }> {
  const { home, store } = deps
  return await withStoreLock(deps, async () => {
    await removeLeftovers(home)
    await checkNoAlias(store, name)
    const row = (await rowNamed(store, name)) ?? (await unknown(store, name))
    const adapters = await store
      .selectFrom('models')
      .select('name')
      .where('role', '=', 'adapter')
      .where('base', '=', name)
      .execute()
    if (adapters.length > 0)
      throw new EndonymError(
        'model_needed',
        `"${name}" cannot be removed while these adapters apply to it: ${adapters.map((adapter) => adapter.name).join(', ')}. Remove them first.`,
      )
    const aliases = await store.selectFrom('aliases').select('name').where('model', '=', row.id).execute()
    if (aliases.length > 0)
      throw new EndonymError(
        'model_needed',
        `"${name}" cannot be removed while it is asked for by another name: ${aliases.map((alias) => alias.name).join(', ')}. Move that to another model with "endonym models alias NAME MODEL", or take it away with "endonym models alias NAME --rm".`,
      )
    await store.deleteFrom('models').where('id', '=', row.id).execute()
    const others = await store.selectFrom('models').select('id').where('sha256', '=', row.sha256).execute()
    if (others.length > 0) return { freed: 0 }
    await fs.rm(modelFile(home, row.sha256), { force: true })
    return { freed: row.bytes }
  })
}

/**
 * The model of that name or alias, and where its file is.
 *
 * @throws EndonymError `model_unknown` (with the nearest names), `model_missing` (its file was deleted behind the store's back)
 * @example const { file } = await findModel({ home, store }, 'smollm2-135m-instruct')
 */
export async function findModel(
  { home, store }: Pick<ModelDeps, 'home' | 'store'>,
  name: string,
): Promise<StoredModel> {
  const row = (await rowNamed(store, name)) ?? (await rowOfAlias(store, name)) ?? (await unknown(store, name))
  const file = modelFile(home, row.sha256)
  if ((await sizeOf(file)) === undefined)
    throw new EndonymError(
      'model_missing',
      `The file of "${name}" is gone from ${file}. It came from ${row.source}: remove the name with "endonym models rm ${name}" and get it again.`,
    )
  return { ...row, file }
}

/**
 * Reads a model's whole file and compares it with the SHA-256 that it is stored under.
 *
 * @throws EndonymError `model_unknown`, `model_missing`, `model_damaged`
 */
export async function verifyModel(deps: Pick<ModelDeps, 'home' | 'store'>, name: string): Promise<StoredModel> {
  const model = await findModel(deps, name)
  if ((await sha256File(model.file)) !== model.sha256)
    throw new EndonymError(
      'model_damaged',
      `The file of "${name}" (${formatBytes(model.bytes)}, ${model.file}) is damaged. Remove it with "endonym models rm ${name}" and get it again from ${model.source}.`,
    )
  return model
}

async function rowNamed(store: Store, name: string): Promise<ModelRow | undefined> {
  return await store.selectFrom('models').selectAll().where('name', '=', name).executeTakeFirst()
}

async function rowOfAlias(store: Store, name: string): Promise<ModelRow | undefined> {
  return await store
    .selectFrom('models')
    .selectAll('models')
    .innerJoin('aliases', 'aliases.model', 'models.id')
    .where('aliases.name', '=', name)
    .executeTakeFirst()
}

/** Whoever asks by an alias must not suddenly get the model that is imported under its name, nor remove a model by it. */
async function checkNoAlias(store: Store, name: string): Promise<void> {
  const aliases = await store.selectFrom('aliases').select('name').execute()
  const alias = aliases.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (alias)
    throw new EndonymError(
      'model_name_taken',
      `"${alias.name}" is an alias, another name of a model ("endonym models alias" lists them). Give the model's own name, or take the alias away first: endonym models alias ${alias.name} --rm`,
      { exitCode: 2 },
    )
}

/** Runs work while no other process changes the store of models. */
export function withStoreLock<T>({ home, onWait }: ModelDeps, work: () => Promise<T>): Promise<T> {
  return withLock(path.join(home.dir, 'models.lock'), work, {
    wait: true,
    busy: 'Waiting for another Endonym process to finish with the store of models.',
    ...(onWait && { onWait }),
  })
}

/** Deletes what dead imports left. Only called under the lock, under which every temporary file is made. */
async function removeLeftovers(home: Home): Promise<void> {
  for (const name of await fs.readdir(home.models))
    if (name.endsWith('.tmp')) await fs.rm(path.join(home.models, name), { force: true })
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await fs.stat(file)).size
  } catch {
    return undefined
  }
}

/** Names are typed in shells, addresses and file names: no spaces, no slashes at the ends, nothing invisible. @throws EndonymError `model_name_invalid` */
export function checkName(name: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._@+-]*$/u.test(name) && name.length <= 100) return
  throw new EndonymError(
    'model_name_invalid',
    `"${name}" cannot be a model's name or alias: use letters, digits and . _ @ + -, beginning with a letter or digit.`,
    { exitCode: 2 },
  )
}

async function unknown(store: Store, name: string): Promise<never> {
  const aliases = await store.selectFrom('aliases').select('name').execute()
  const names = [...(await listModels(store)), ...aliases].map((row) => row.name)
  const near = nearNames(name, names)
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : names.length > 0
        ? `The store has ${names.slice(0, 8).join(', ')}.`
        : 'The store is empty: "endonym models pull smollm2-135m-instruct" gets the default student.'
  throw new EndonymError('model_unknown', `No model is called "${name}". ${hint}`, { exitCode: 2 })
}
