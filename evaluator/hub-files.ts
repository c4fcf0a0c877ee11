import { type AsyncBuffer, asyncBufferFromUrl } from 'hyparquet'
import { z } from 'zod'
import { downloadJson } from '../core/download.ts'
import { EndonymError, messageOf } from '../core/error.ts'

const listing = z.array(z.url())

/** The parquet files of a hub's data sets: which there are, and their bytes by range requests. */
export type HubFiles = {
  base: string
  headersFor(url: string): Record<string, string>
  /** Addresses of a split's files, in order. @throws as `Hub.rows` */
  list(dataset: string, config: string, split: string, signal?: AbortSignal): Promise<string[]>
  /** A file of which only what is asked for is fetched. */
  open(url: string, signal?: AbortSignal): Promise<AsyncBuffer>
}

/** @param options the hub at `HF_ENDPOINT`, asked with `HF_TOKEN`, where nothing else is said. */
export function hubFiles({
  endpoint = process.env.HF_ENDPOINT || 'https://huggingface.co',
  token = process.env.HF_TOKEN?.trim(),
}: {
  endpoint?: string | undefined
  token?: string | undefined
} = {}): HubFiles {
  const base = endpoint.replace(/\/+$/, '')
  // The files may lie on another server, which the token is none of the business of.
  const headersFor = (url: string): Record<string, string> =>
    token && new URL(url).origin === new URL(base).origin ? { authorization: `Bearer ${token}` } : {}
  return {
    base,
    headersFor,
    list: async (dataset, config, split, signal) => {
      const url = `${base}/api/datasets/${dataset}/parquet/${encodeURIComponent(config)}/${encodeURIComponent(split)}`
      try {
        return listing.parse(await downloadJson(url, { headers: headersFor(url), tries: 2, ...(signal && { signal }) }))
      } catch (error) {
        throw explain(error, `${dataset} (${config}, ${split})`, `${base}/datasets/${dataset}`)
      }
    },
    open: (url, signal = AbortSignal.timeout(120_000)) =>
      asyncBufferFromUrl({ url, requestInit: { headers: headersFor(url), signal } }),
  }
}

/** A sentence for what can go wrong with a data set. The token is never part of it. */
export function explain(error: unknown, what: string, page: string): unknown {
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
  return new EndonymError(
    'hub_dataset_unreadable',
    `The data set ${what} cannot be read, because its parquet file is damaged, cut off or of a kind that is not known here: ${message.replace(/\.$/, '')}.`,
    {
      cause: error,
    },
  )
}
