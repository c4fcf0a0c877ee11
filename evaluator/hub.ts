import fs from 'node:fs/promises'
import path from 'node:path'
import { cachedAsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { z } from 'zod'
import { downloadJson } from '../core/download.ts'
import { EndonymError } from '../core/error.ts'
import { commitFile, writeError } from '../core/files.ts'
import { sha256 } from '../core/hash.ts'
import { explain, hubFiles } from './hub-files.ts'

/** Data sets in the layout of a Hugging Face hub, whose configurations are languages or tasks. From the hub itself, or from a folder (`openFolder`). */
export type Hub = {
  /** Its address, or the folder. */
  readonly endpoint: string
  /**
   * The first `limit` rows of a split, the given columns only.
   * @throws EndonymError `network`, `http_status`, `hub_dataset_gated`, `hub_dataset_unknown`, `hub_dataset_unreadable`
   */
  rows(
    dataset: string,
    config: string,
    split: string,
    options: { columns: readonly string[]; limit?: number; signal?: AbortSignal },
  ): Promise<Record<string, unknown>[]>
  /** The configurations that a data set has. @param wanted one that is hoped for: where the cache has a list with it, the hub is not asked. @throws as `rows` */
  configs(
    dataset: string,
    options?: { wanted?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<string[]>
}

const configurations = z.record(z.string(), z.unknown())

/**
 * The hub at `HF_ENDPOINT`, asked with `HF_TOKEN`, where these are set. Nothing is asked of it before the first `rows`.
 *
 * It is read by the parquet export that the hub makes of each data set: just the bytes that hold the columns are fetched, by range requests. What was read is kept in the cache
 * with its SHA-256, so that it is there without a network; a file of the cache that was damaged is fetched again.
 *
 * @param options.cache a folder, such as `home.cache`.
 * @example await openHub({ cache: home.cache }).rows('Davlan/sib200', 'glg_Latn', 'test', { columns: ['text', 'category'] })
 */
export function openHub({
  cache,
  endpoint,
  token,
}: {
  cache: string
  endpoint?: string | undefined
  token?: string | undefined
}): Hub {
  const { base, headersFor, list: listed, open } = hubFiles({ endpoint, token })

  const list = async (dataset: string, config: string, split: string, signal?: AbortSignal): Promise<string[]> => {
    try {
      return await listed(dataset, config, split, signal)
    } catch (error) {
      // That a split is not there is kept too, so that what was done without it is repeated without a network.
      const kept = path.join(
        cache,
        'datasets',
        `${fileName(dataset)}-${config}-${split}-${sha256({ base }).slice(0, 12)}-none.json`,
      )
      const missing = error instanceof EndonymError && error.code === 'hub_dataset_unknown'
      if (missing) await keep(kept, json(error.message))
      const offline = error instanceof EndonymError && error.code === 'network'
      const known = offline ? await readKept(kept, z.string()) : undefined
      throw known === undefined ? error : new EndonymError('hub_dataset_unknown', known, { cause: error })
    }
  }

  const read = async (url: string, columns: readonly string[], limit: number): Promise<Record<string, unknown>[]> => {
    const file = cachedAsyncBuffer(await open(url))
    const metadata = await parquetMetadataAsync(file)
    const rowEnd = Math.min(limit, Number(metadata.num_rows))
    return await parquetReadObjects({ file, metadata, columns: [...columns], rowEnd })
  }

  return {
    endpoint: base,
    rows: async (dataset, config, split, { columns, limit = Number.POSITIVE_INFINITY, signal }) => {
      const fileFor = (most: number | null) => {
        const key = sha256({ base, dataset, config, split, columns, limit: most })
        return path.join(cache, 'datasets', `${fileName(dataset)}-${config}-${split}-${key.slice(0, 12)}.json`)
      }
      const whole = await readKept(fileFor(null), keptRows)
      if (whole) return whole.slice(0, limit)
      if (Number.isFinite(limit)) {
        const some = await readKept(fileFor(limit), keptRows)
        if (some) return some
      }
      const rows: Record<string, unknown>[] = []
      for (const url of await list(dataset, config, split, signal)) {
        signal?.throwIfAborted()
        try {
          rows.push(...(await read(url, columns, limit - rows.length)))
        } catch (error) {
          throw explain(error, `${dataset} (${config}, ${split})`, `${base}/datasets/${dataset}`)
        }
        if (rows.length >= limit) break
      }
      const text = json(rows)
      await keep(fileFor(rows.length >= limit ? limit : null), text)
      return JSON.parse(text)
    },
    configs: async (dataset, { wanted, signal } = {}) => {
      const file = path.join(cache, 'datasets', `${fileName(dataset)}-${sha256({ base, dataset }).slice(0, 12)}.json`)
      const known = await readKept(file, z.array(z.string()))
      if (known && wanted !== undefined && known.includes(wanted)) return known
      const url = `${base}/api/datasets/${dataset}/parquet`
      try {
        const found = configurations.parse(
          await downloadJson(url, { headers: headersFor(url), tries: 2, ...(signal && { signal }) }),
        )
        const names = Object.keys(found)
        await keep(file, json(names))
        return names
      } catch (error) {
        if (known) return known
        throw explain(error, dataset, `${base}/datasets/${dataset}`)
      }
    },
  }
}

const keptRows = z.array(z.record(z.string(), z.unknown()))

const fileName = (dataset: string) => dataset.replaceAll('/', '--')

/** JSON of rows; parquet's 64-bit integers become numbers. */
function json(rows: unknown): string {
  return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
}

/** What a file of the cache holds, or undefined where it is not there, is not what was written, or is of another kind. */
async function readKept<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const [text, digest] = await Promise.all(
    [file, `${file}.sha256`].map((each) => fs.readFile(each, 'utf8').catch(() => undefined)),
  )
  if (text === undefined || digest?.trim() !== sha256(text)) return undefined
  return schema.safeParse(JSON.parse(text)).data
}

/** The digest comes first: a file without one, or with another's, is fetched again. */
async function keep(file: string, text: string): Promise<void> {
  try {
    await fs.mkdir(path.dirname(file), { recursive: true })
    for (const [name, content] of [
      [`${file}.sha256`, `${sha256(text)}\n`],
      [file, text],
    ] as const) {
      const temporary = `${name}.${process.pid}.tmp`
      await fs.writeFile(temporary, content)
      await commitFile(temporary, name)
    }
  } catch (error) {
    throw writeError(error, file)
  }
}
