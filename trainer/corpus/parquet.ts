import zlib from 'node:zlib'
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { EndonymError } from '../../core/error.ts'
import type { CorpusOptions, Document } from './corpus.ts'

/** What hyparquet does not unpack by itself, and Node does. */
const compressors: Compressors = {
  GZIP: (input) => new Uint8Array(zlib.gunzipSync(input)),
  ZSTD: (input) => new Uint8Array(zlib.zstdDecompressSync(input)),
  BROTLI: (input) => new Uint8Array(zlib.brotliDecompressSync(input)),
}

/** The documents of a parquet file, one group of rows after the other: of each only the bytes of the text's column are read. */
export async function* readParquet(
  file: AsyncBuffer,
  name: string,
  { field, signal }: CorpusOptions,
): AsyncGenerator<Document> {
  const metadata = await parquetMetadataAsync(file)
  const columns = metadata.schema.slice(1).map((column) => column.name)
  if (!columns.includes(field)) {
    throw new EndonymError(
      'corpus_unreadable',
      `${name} has no column "${field}". Name the one that holds the text: --set field=NAME. It has: ${columns.join(', ')}.`,
      { exitCode: 2 },
    )
  }
  let row = 0
  for (const group of metadata.row_groups) {
    signal?.throwIfAborted()
    const rowEnd = row + Number(group.num_rows)
    const rows = await parquetReadObjects({ file, metadata, columns: [field], rowStart: row, rowEnd, compressors })
    for (const each of rows) {
      row++
      const text = each[field]
      if (typeof text === 'string') yield { text, origin: `${name}:${row}` }
    }
    row = rowEnd
  }
}
