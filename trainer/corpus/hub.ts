import { setTimeout as sleep } from 'node:timers/promises'
import type { AsyncBuffer } from 'hyparquet'
import { downloadJson } from '../../core/download.ts'
import { EndonymError } from '../../core/error.ts'
import type { Language } from '../../data/language.ts'
import { explain, hubFiles } from '../../evaluator/hub-files.ts'
import type { CorpusOptions, Document } from './corpus.ts'
import { readParquet } from './parquet.ts'

/** Tries of a range of bytes: a corpus is read for hours, and connections break off. */
const tries = 5

/**
 * The documents of a data set on the hub, streamed: of each parquet file one group of rows after the other is fetched, by range requests.
 *
 * @param address `owner/name`, `owner/name:config`, `owner/name:config:split`. Without a configuration the language's own is taken (`glg_Latn`, as FineWeb-2 names it, or `gl`, `glg`, `default`);
 * the split is `train`.
 * @throws EndonymError `corpus_lacks_language`, and as `Hub.rows`
 */
export async function* readHub(address: string, language: Language, options: CorpusOptions): AsyncGenerator<Document> {
  const { signal } = options
  const [dataset = '', named, split = 'train'] = address.split(':')
  const files = hubFiles()
  const page = `${files.base}/datasets/${dataset}`
  let config = named
  try {
    if (config === undefined) {
      const url = `${files.base}/api/datasets/${dataset}/parquet`
      const found = await downloadJson(url, { headers: files.headersFor(url), ...(signal && { signal }) })
      config = configOf(Object.keys((found as Record<string, unknown> | null) ?? {}), language, dataset)
    }
    for (const url of await files.list(dataset, config, split, signal)) {
      const name = `${dataset}/${url.split('/').slice(-3).join('/')}`
      const file = stubborn(await again(() => files.open(url, signal), signal), signal)
      yield* readParquet(file, name, options)
    }
  } catch (error) {
    if (signal?.aborted) throw error
    throw explain(error, `${dataset}${config ? ` (${config}, ${split})` : ''}`, page)
  }
}

function configOf(configs: readonly string[], language: Language, dataset: string): string {
  const { iso1, iso3, script, bcp47, flores } = language
  for (const wanted of [`${iso3}_${script}`, flores, bcp47, iso3, iso1, 'default']) {
    const found = configs.find((config) => config === wanted)
    if (found !== undefined) return found
  }
  throw new EndonymError(
    'corpus_lacks_language',
    `The data set ${dataset} has no configuration for ${language.name} (${iso3}_${script}). It has ${configs.slice(0, 8).join(', ')}${configs.length > 8 ? ' …' : ''}: name one as hub:${dataset}:CONFIG.`,
    { exitCode: 2 },
  )
}

/** A file whose ranges are asked for again when the connection breaks off. */
function stubborn(file: AsyncBuffer, signal: AbortSignal | undefined): AsyncBuffer {
  return {
    byteLength: file.byteLength,
    slice: (start, end) => again(async () => file.slice(start, end), signal),
  }
}

async function again<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work()
    } catch (error) {
      // fetch's own errors are TypeErrors; an answer such as 404 is not asked for again.
      if (signal?.aborted || !(error instanceof TypeError) || failures >= tries) throw error
      await sleep(500 * 2 ** failures, undefined, signal ? { signal } : {})
    }
  }
}
