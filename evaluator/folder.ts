import fs from 'node:fs/promises'
import path from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { z } from 'zod'
import { EndonymError, messageOf } from '../core/error.ts'
import type { Hub } from './hub.ts'

const row = z.record(z.string(), z.unknown())

/**
 * Data sets from a folder: `<owner>/<name>/<configuration>/<split>/*.parquet`, as the hub names its exports, or `.jsonl` files in their place, or one `<split>.jsonl` (or `.parquet`).
 * The folder may also have them under `datasets/`.
 *
 * @example await openFolder('~/data').rows('Davlan/sib200', 'glg_Latn', 'test', { columns: ['text'] })
 */
export function openFolder(dir: string): Hub {
  const find = async (dataset: string): Promise<string> => {
    for (const place of [path.join(dir, dataset), path.join(dir, 'datasets', dataset)]) {
      if ((await fs.stat(place).catch(() => undefined))?.isDirectory()) return place
    }
    throw new EndonymError(
      'hub_dataset_unknown',
      `The folder ${dir} has no data set ${dataset}: it should be at ${path.join(dir, dataset)}.`,
    )
  }
  return {
    endpoint: dir,
    configs: async (dataset) => {
      const entries = await fs.readdir(await find(dataset), { withFileTypes: true })
      return entries
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort()
    },
    rows: async (dataset, config, split, { columns, limit = Number.POSITIVE_INFINITY, signal }) => {
      const files = await splitFiles(path.join(await find(dataset), config), split)
      if (files.length === 0) {
        throw new EndonymError(
          'hub_dataset_unknown',
          `The folder ${dir} has no rows of ${dataset} (${config}, ${split}): neither ${path.join(dataset, config, split)}/*.parquet nor ${path.join(dataset, config, split)}.jsonl.`,
        )
      }
      const rows: Record<string, unknown>[] = []
      for (const file of files) {
        signal?.throwIfAborted()
        rows.push(...(file.endsWith('.jsonl') ? await readJsonl(file) : await readParquet(file, columns)))
        if (rows.length >= limit) break
      }
      return rows.slice(0, limit)
    },
  }
}

/** The rows of a JSONL file. @throws EndonymError `rows_unreadable`, with the line */
export async function readJsonl(file: string): Promise<Record<string, unknown>[]> {
  const text = await fs.readFile(file, 'utf8').catch((cause: unknown) => {
    throw new EndonymError('rows_unreadable', `${file} cannot be read: ${messageOf(cause)}.`, { cause })
  })
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    try {
      return [row.parse(JSON.parse(line))]
    } catch (cause) {
      throw new EndonymError('rows_unreadable', `Line ${i + 1} of ${file} is not a JSON object.`, { cause })
    }
  })
}

async function splitFiles(folder: string, split: string): Promise<string[]> {
  const inside = await fs.readdir(path.join(folder, split)).catch(() => [])
  if (inside.length > 0)
    return inside
      .filter(isRows)
      .sort(byNumber)
      .map((name) => path.join(folder, split, name))
  const beside = await fs.readdir(folder).catch(() => [])
  return beside.filter((name) => isRows(name) && path.parse(name).name === split).map((name) => path.join(folder, name))
}

const isRows = (name: string) => /\.(parquet|jsonl)$/.test(name)

const byNumber = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

async function readParquet(file: string, columns: readonly string[]): Promise<Record<string, unknown>[]> {
  try {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file), columns: [...columns] })
    // Parquet's 64-bit integers become numbers.
    return rows.map((each) =>
      Object.fromEntries(
        Object.entries(each).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
      ),
    )
  } catch (cause) {
    throw new EndonymError(
      'hub_dataset_unreadable',
      `${file} cannot be read, because it is damaged, cut off or of a kind that is not known here: ${messageOf(cause).replace(/\.$/, '')}.`,
      { cause },
    )
  }
}
