import fs from 'node:fs/promises'
import path from 'node:path'
import {
  type AsyncBuffer,
  asyncBufferFromUrl,
  cachedAsyncBuffer,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet'
import { z } from 'zod'
import { downloadJson } from '../core/download.ts'
import { EndonymError, messageOf } from '../core/error.ts'
import { commitFile, writeError } from '../core/files.ts'
import { sha256 } from '../core/hash.ts'

/** Data sets of a Hugging Face hub, read by the parquet export that the hub makes of each. */
export type Hub = {
  readonly endpoint: string
  /**
   * The first `limit` rows of a split, the given columns only: just the bytes that hold them are fetched, by range requests, and what was read is kept in the cache.
   * @throws EndonymError `network`, `http_status`, `hub_dataset_gated`, `hub_dataset_unknown`, `hub_dataset_unreadable`
   */
  rows(
    dataset: string,
    config: string,
    split: string,
    options: { columns: readonly string[]; limit?: number; signal?: AbortSignal },
  ): Promise<Record<string, unknown>[]>
}

const listing = z.array(z.url())

/**
 * The hub at `HF_ENDPOINT`, asked with `HF_TOKEN`, where these are set. Nothing is asked of it before the first `rows`.
 *
 * @param options.cache a folder, such as `home.cache`.
 * @example await openHub({ cache: home.cache }).rows('Davlan/sib200', 'glg_Latn', 'test', { columns: ['text', 'category'] })
 */
export function openHub({
  cache,
  endpoint = process.env.HF_ENDPOINT || 'https://huggingface.co',
  token = process.env.HF_TOKEN?.trim(),
}: {
  cache: string
  endpoint?: string
  token?: string | undefined
}): Hub {
  const base = endpoint.replace(/\/+$/, '')
  // The files may lie on another server, which the token is none of the business of.
  const headersFor = (url: string): Record<string, string> =>
    token && new URL(url).origin === new URL(base).origin ? { authorization: `Bearer ${token}` } : {}

  const list = async (dataset: string, config: string, split: string, signal?: AbortSignal): Promise<string[]> => {
    const url = `${base}/api/datasets/${dataset}/parquet/${encodeURIComponent(config)}/${encodeURIComponent(split)}`
    try {
      return listing.parse(await downloadJson(url, { headers: headersFor(url), tries: 2, ...(signal && { signal }) }))
    } catch (error) {
      throw explain(error, `${dataset} (${config}, ${split})`, `${base}/datasets/${dataset}`)
    }
  }

  const read = async (url: string, columns: readonly string[], limit: number): Promise<Record<string, unknown>[]> => {
    const file: AsyncBuffer = cachedAsyncBuffer(
      await asyncBufferFromUrl({
        url,
        requestInit: { headers: headersFor(url), signal: AbortSignal.timeout(120_000) },
      }),
    )
    const metadata = await parquetMetadataAsync(file)
    const rowEnd = Math.min(limit, Number(metadata.num_rows))
    return await parquetReadObjects({ file, metadata, columns: [...columns], rowEnd })
  }

  return {
    endpoint: base,
    rows: async (dataset, config, split, { columns, limit = Number.POSITIVE_INFINITY, signal }) => {
      const key = sha256({ base, dataset, config, split, columns, limit: Number.isFinite(limit) ? limit : null })
      const kept = path.join(
        cache,
        'datasets',
        `${dataset.replaceAll('/', '--')}-${config}-${split}-${key.slice(0, 12)}.json`,
      )
      const known = await fs.readFile(kept, 'utf8').catch(() => undefined)
      if (known !== undefined) return JSON.parse(known)
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
      await keep(kept, rows)
      return JSON.parse(json(rows))
    },
  }
}

/** JSON of rows; parquet's 64-bit integers become numbers. */
function json(rows: unknown): string {
  return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
}

async function keep(file: string, rows: unknown): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await fs.mkdir(path.dirname(file), { recursive: true })
    await fs.writeFile(temporary, json(rows))
    await commitFile(temporary, file)
  } catch (error) {
    throw writeError(error, file)
  }
}

/** A sentence for what can go wrong with a data set. The token is never part of it. */
function explain(error: unknown, what: string, page: string): unknown {
  const message = messageOf(error)
  const status = /HTTP (\d{3})/.exec(message)?.[1] ?? /failed (\d{3})/.exec(message)?.[1]
  if (error instanceof EndonymError && error.code !== 'http_status') return error
  if (status === '401' || status === '403') {
    return new EndonymError(
      'hub_dataset_gated',
      `The data set ${what} may not be read: accept its terms at ${page}, and set HF_TOKEN to a token of that account.`,
      { cause: error },
    )
  }
  if (status === '404') {
    return new EndonymError(
      'hub_dataset_unknown',
      `The hub has no parquet files of the data set ${what}; see ${page}.`,
      {
        cause: error,
      },
    )
  }
  if (error instanceof EndonymError) return error
  if (error instanceof TypeError && message === 'fetch failed') {
    return new EndonymError(
      'network',
      `The data set ${what} could not be fetched: the connection broke off. Run the same command again.`,
      { cause: error },
    )
  }
  return new EndonymError('hub_dataset_unreadable', `The data set ${what} cannot be read: ${message}.`, {
    cause: error,
  })
}
