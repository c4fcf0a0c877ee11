import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'

/** `owner/name` → configuration → split → rows. */
export type DataSets = Record<string, Record<string, Record<string, readonly Record<string, unknown>[]>>>

type State = {
  /** Every answer has this status. */
  status: number
  /** Connections break off after three bytes of a file. */
  cut: boolean
  /** Files have lost their last bytes. */
  truncated: boolean
}

/** A hub on loopback that speaks the real one's wire format: the listings of a data set's and of a split's parquet files, and the files with range requests. */
export async function serveDataSets(sets: DataSets) {
  const files = new Map<string, Buffer>()
  const requests: { url: string; method: string; range: string | undefined; authorization: string | undefined }[] = []
  const state: State = { status: 200, cut: false, truncated: false }
  for (const [dataset, configs] of Object.entries(sets)) {
    for (const [config, splits] of Object.entries(configs)) {
      for (const [split, rows] of Object.entries(splits)) {
        files.set(`/files/${dataset}/${config}/${split}/0.parquet`, parquet(rows))
      }
    }
  }
  const server = http.createServer((request, response) => {
    const { url = '', method = '', headers } = request
    requests.push({ url, method, range: headers.range, authorization: headers.authorization })
    if (state.status !== 200) return response.writeHead(state.status).end('{}')
    const address = (file: string) => `http://${headers.host}${file}`
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      return response.end(JSON.stringify(value))
    }
    const [, dataset = '', place] = /^\/api\/datasets\/([^/]+\/[^/]+)\/parquet(?:\/(.+))?$/.exec(url) ?? []
    if (place !== undefined) {
      const found = [...files.keys()].filter((file) => file.startsWith(`/files/${dataset}/${place}/`))
      return json(found.length > 0 ? 200 : 404, found.map(address))
    }
    if (dataset !== '') {
      const configs = sets[dataset]
      return json(
        configs ? 200 : 404,
        Object.fromEntries(Object.keys(configs ?? {}).map((config) => [config, { test: [] }])),
      )
    }
    const all = files.get(url)
    if (!all) return response.writeHead(404).end()
    const bytes = state.truncated ? all.subarray(0, -6) : all
    const range = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '')
    const start = !range ? 0 : range[1] === '' ? bytes.length - Number(range[2]) : Number(range[1])
    const end = !range || range[1] === '' || range[2] === '' ? bytes.length - 1 : Number(range[2])
    const body = bytes.subarray(start, end + 1)
    response.writeHead(range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-length': body.length,
      ...(range && { 'content-range': `bytes ${start}-${end}/${bytes.length}` }),
    })
    if (method === 'HEAD') return response.end()
    if (!state.cut) return response.end(body)
    response.write(body.subarray(0, 3))
    return response.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { endpoint, requests, state, stop }
}

/** Rows as the bytes of a parquet file: whole numbers are 64-bit ones, as most data sets have them, and everything but numbers is text. */
export function parquet(rows: readonly Record<string, unknown>[]): Buffer {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const columnData = names.map((name): ColumnSource => {
    const values = rows.map((row) => row[name] ?? null)
    const numeric = values.every((value) => value === null || typeof value === 'number')
    const data = numeric ? values.map((value) => (value === null ? null : BigInt(value as number))) : values
    return { name, data, type: numeric ? 'INT64' : 'STRING', nullable: true }
  })
  return Buffer.from(parquetWriteBuffer({ columnData }))
}
