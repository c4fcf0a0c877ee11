import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { EndonymError, messageOf } from '../core/error.ts'
import type { Home } from '../core/home.ts'

const amount = z.number().nonnegative()

const fileSchema = z.strictObject({
  /** When the prices were noted. */
  date: z.iso.date(),
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/),
  note: z.string(),
  models: z.record(
    z.string(),
    z.strictObject({ prompt: amount, completion: amount, batch: amount.optional(), note: z.string().optional() }),
  ),
})

/** What a model costs, per million tokens. */
export type Price = {
  prompt: number
  completion: number
  /** What a batch API asks of that: 0.5 is half the price. */
  batch?: number
  /** ISO 4217; undefined for a price that was given without one. */
  currency?: string
  /** The day it was noted, ISO 8601, and the file it stands in. */
  date?: string
  file?: string
}

const shipped = path.join(import.meta.dirname, 'prices', 'prices.json')

/**
 * The price of an endpoint's model: from `prices.json` in the home, which the user writes, else from the file that ships with Endonym. Both have the same form; a model may be named with its endpoint
 * before it (`https://host/v1:model`), which counts before its name alone.
 *
 * @returns undefined where neither knows it.
 * @throws EndonymError `prices_invalid`
 */
export function priceOf(home: Home, endpoint: string, model: string): Price | undefined {
  const own = path.join(home.dir, 'prices.json')
  for (const file of [own, shipped]) {
    if (!fs.existsSync(file)) continue
    const { models, currency, date } = readPrices(file)
    const found = models[`${endpoint}:${model}`] ?? models[model]
    if (!found) continue
    const { prompt, completion, batch } = found
    return { prompt, completion, ...(batch !== undefined && { batch }), currency, date, file }
  }
  return undefined
}

function readPrices(file: string): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)
    throw new EndonymError(
      'prices_invalid',
      `The price file ${file} cannot be used: ${reason}. Its form is that of ${shipped}.`,
      { cause, exitCode: 2 },
    )
  }
}
